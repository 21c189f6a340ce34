/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bits of the registers that control EL1 and EL0 from EL2, and of the few EL1 registers that neve
 * has to take apart. Plain constants; names and positions are those of the Arm ARM (D19.2).
 * CPTR_EL2 and CNTHCTL_EL2 have two layouts: with HCR_EL2.E2H = 0 (CPTR_*, CNTHCTL_*), and with
 * E2H = 1, where CPTR_EL2 looks like CPACR_EL1 (CPACR_*) and CNTHCTL_EL2 contains CNTKCTL_EL1
 * (CNTHCTL_E2H_*).
 */
#ifndef NEVE_CPU_HCR_H
#define NEVE_CPU_HCR_H

#include "types.h"

/* HCR_EL2 */
#define HCR_VM	     BIT(0)
#define HCR_SWIO     BIT(1)
#define HCR_PTW	     BIT(2)
#define HCR_FMO	     BIT(3)
#define HCR_IMO	     BIT(4)
#define HCR_AMO	     BIT(5)
#define HCR_VF	     BIT(6)
#define HCR_VI	     BIT(7)
#define HCR_VSE	     BIT(8)
#define HCR_FB	     BIT(9)
#define HCR_BSU	     GENMASK(11, 10)
#define HCR_DC	     BIT(12)
#define HCR_TWI	     BIT(13)
#define HCR_TWE	     BIT(14)
#define HCR_TID0     BIT(15)
#define HCR_TID1     BIT(16)
#define HCR_TID2     BIT(17)
#define HCR_TID3     BIT(18)
#define HCR_TSC	     BIT(19)
#define HCR_TIDCP    BIT(20)
#define HCR_TACR     BIT(21)
#define HCR_TSW	     BIT(22)
#define HCR_TPCP     BIT(23)
#define HCR_TPU	     BIT(24)
#define HCR_TTLB     BIT(25)
#define HCR_TVM	     BIT(26)
#define HCR_TGE	     BIT(27)
#define HCR_TDZ	     BIT(28)
#define HCR_HCD	     BIT(29)
#define HCR_TRVM     BIT(30)
#define HCR_RW	     BIT(31)
#define HCR_CD	     BIT(32)
#define HCR_ID	     BIT(33)
#define HCR_E2H	     BIT(34)
#define HCR_TLOR     BIT(35)
#define HCR_TERR     BIT(36)
#define HCR_TEA	     BIT(37)
#define HCR_APK	     BIT(40) /* 0 traps */
#define HCR_API	     BIT(41) /* 0 traps */
#define HCR_NV	     BIT(42)
#define HCR_NV1	     BIT(43)
#define HCR_AT	     BIT(44)
#define HCR_NV2	     BIT(45)
#define HCR_FWB	     BIT(46)
#define HCR_FIEN     BIT(47) /* 0 traps */
#define HCR_TID4     BIT(49)
#define HCR_TICAB    BIT(50)
#define HCR_AMVOFFEN BIT(51)
#define HCR_TOCU     BIT(52)
#define HCR_ENSCXT   BIT(53) /* 0 traps */
#define HCR_TTLBIS   BIT(54)
#define HCR_TTLBOS   BIT(55)
#define HCR_ATA	     BIT(56) /* 0 traps */
#define HCR_DCT	     BIT(57)
#define HCR_TID5     BIT(58)
#define HCR_TWEDEN   BIT(59)
#define HCR_TWEDEL   GENMASK(63, 60)

/* HCRX_EL2 */
#define HCRX_MCE2  BIT(10)
#define HCRX_MSCEN BIT(11) /* 0: FEAT_MOPS instructions are undefined at EL1 and EL0 */
/* Where 0 denies: EnAS0 EnALS EnASR MSCEn TCR2En SCTLR2En D128En EnIDCP128 GCSEn EnFPM PACMEn */
#define HCRX_N (GENMASK(2, 0) | BIT(11) | GENMASK(15, 14) | BIT(17) | GENMASK(24, 21))

/* CPTR_EL2, E2H = 0. A 1 traps. CPTR_RES1 leaves out the ones with a name. */
#define CPTR_RES1  UINT64_C(0x22ff)
#define CPTR_TZ	   BIT(8)
#define CPTR_TFP   BIT(10)
#define CPTR_TSM   BIT(12)
#define CPTR_TTA   BIT(20)
#define CPTR_TAM   BIT(30)
#define CPTR_TCPAC BIT(31)

/*
 * CPACR_EL1, and CPTR_EL2 with E2H = 1 (TAM, TCPAC only there, at the positions above). Of the
 * two-bit fields the low bit decides for EL1 and, unless TGE is set, EL0 from EL2: 0 traps.
 */
#define CPACR_ZEN  GENMASK(17, 16)
#define CPACR_FPEN GENMASK(21, 20)
#define CPACR_SMEN GENMASK(25, 24)
#define CPACR_TTA  BIT(28)

#define CPACR_ZEN_EL1  BIT(16)
#define CPACR_FPEN_EL1 BIT(20)
#define CPACR_SMEN_EL1 BIT(24)

/* MDCR_EL2 */
#define MDCR_HPMN  GENMASK(4, 0)
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM   BIT(6)
#define MDCR_HPME  BIT(7)
#define MDCR_TDE   BIT(8)
#define MDCR_TDA   BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA  BIT(11)
#define MDCR_TPMS  BIT(14)
#define MDCR_HPMD  BIT(17)
#define MDCR_TTRF  BIT(19)
#define MDCR_HCCD  BIT(23)
#define MDCR_HLP   BIT(26)
#define MDCR_TDCC  BIT(27)

/* HSTR_EL2: AArch32 accesses to CP15 by CRn; there is no T4 and no T14 */
#define HSTR_T UINT64_C(0xbfef)

/* CNTHCTL_EL2, bits at the same place in both layouts */
#define CNTHCTL_EVNTEN	 BIT(2)
#define CNTHCTL_EVNTDIR	 BIT(3)
#define CNTHCTL_EVNTI	 GENMASK(7, 4)
#define CNTHCTL_ECV	 BIT(12)
#define CNTHCTL_EL1TVT	 BIT(13)
#define CNTHCTL_EL1TVCT	 BIT(14)
#define CNTHCTL_EL1NVPCT BIT(15)
#define CNTHCTL_EL1NVVCT BIT(16)
#define CNTHCTL_EVNTIS	 BIT(17)
/* E2H = 0. A 0 traps. */
#define CNTHCTL_EL1PCTEN BIT(0)
#define CNTHCTL_EL1PCEN	 BIT(1)
/* E2H = 1. A 0 traps. */
#define CNTHCTL_E2H_EL0PCTEN BIT(0)
#define CNTHCTL_E2H_EL0VCTEN BIT(1)
#define CNTHCTL_E2H_EL0VTEN  BIT(8)
#define CNTHCTL_E2H_EL0PTEN  BIT(9)
#define CNTHCTL_E2H_EL1PCTEN BIT(10)
#define CNTHCTL_E2H_EL1PTEN  BIT(11)
/*
 * E2H = 1: the bits that CNTKCTL_EL1 has as well. A vEL2 in that mode writes them under the name
 * CNTKCTL_EL1, which no control of EL2 traps, so they live in the real CNTKCTL_EL1.
 */
#define CNTHCTL_IN_CNTKCTL (GENMASK(9, 0) | BIT(17))

/* ZCR_ELx.LEN: the longest vector length there can be; the hardware takes what it has. */
#define ZCR_LEN_MAX UINT64_C(0xf)

/*
 * Fine-grained traps. Most bits trap when 1; the "n" ones trap when 0 and the Arm ARM's names for
 * them begin with n.
 */
#define HFGRTR_NSMPRI  BIT(54)
#define HFGRTR_NTPIDR2 BIT(55)
#define HFGITR_ERET    BIT(51)
#define HFGITR_SVC_EL0 BIT(52)
#define HFGITR_SVC_EL1 BIT(53)
#define HFGRTR_N       (GENMASK(63, 52) | BIT(50)) /* and HFGWTR */
#define HFGITR_N       GENMASK(59, 55)
#define HDFGRTR_N      GENMASK(62, 59) /* and HDFGWTR */

#define HDFGRTR_PMEVTYPER BIT(13) /* and HDFGWTR, with PMXEVTYPER_EL0 */
#define HDFGRTR_PMCCFILTR BIT(14)
#define HDFGRTR_PMCNTEN	  BIT(16)

/* MPAM2_EL2: TRAPMPAM1EL1, TRAPMPAM0EL1 */
#define MPAM2_TRAPS GENMASK(49, 48)

#define MDSCR_SS  BIT(0)
#define MDSCR_KDE BIT(13)
#define MDSCR_MDE BIT(15)

/* SCTLR_ELx. The same position in SCTLR_EL1 and SCTLR_EL2 unless it says otherwise. */
#define SCTLR_M	    BIT(0)
#define SCTLR_A	    BIT(1)
#define SCTLR_C	    BIT(2)
#define SCTLR_SA    BIT(3)
#define SCTLR_NAA   BIT(6)
#define SCTLR_I	    BIT(12)
#define SCTLR_ENDB  BIT(13)
#define SCTLR_WXN   BIT(19)
#define SCTLR_IESB  BIT(21)
#define SCTLR_SPAN  BIT(23) /* SCTLR_EL1, and SCTLR_EL2 with E2H = 1 */
#define SCTLR_E0E   BIT(24)
#define SCTLR_EE    BIT(25)
#define SCTLR_ENDA  BIT(27)
#define SCTLR_ENIB  BIT(30)
#define SCTLR_ENIA  BIT(31)
#define SCTLR_BT    BIT(36) /* BT1 in SCTLR_EL1 */
#define SCTLR_DSSBS BIT(44)
#define SCTLR_EPAN  BIT(57) /* like SPAN */
#define SCTLR_TIDCP BIT(63) /* SCTLR_EL1 */
/* What an implementation without the feature behind the bit has as 1. */
#define SCTLR_EL1_RES1 UINT64_C(0x30d00800)

/* TCR_EL2 with E2H = 0, and TCR_EL1 (also TCR_EL2 with E2H = 1) */
#define TCR_T0SZ      GENMASK(5, 0)
#define TCR_IRGN0     GENMASK(9, 8)
#define TCR_ORGN0     GENMASK(11, 10)
#define TCR_SH0	      GENMASK(13, 12)
#define TCR_TG0	      GENMASK(15, 14)
#define TCR_EL2_PS    GENMASK(18, 16)
#define TCR_EL2_TBI   BIT(20)
#define TCR_EL2_HA    BIT(21)
#define TCR_EL2_HD    BIT(22)
#define TCR_EL2_HPD   BIT(24)
#define TCR_EL2_HWU   GENMASK(28, 25)
#define TCR_EL2_TBID  BIT(29)
#define TCR_EL1_EPD1  BIT(23)
#define TCR_EL1_IPS   GENMASK(34, 32)
#define TCR_EL1_TBI0  BIT(37)
#define TCR_EL1_HA    BIT(39)
#define TCR_EL1_HD    BIT(40)
#define TCR_EL1_HPD0  BIT(41)
#define TCR_EL1_HWU0  GENMASK(46, 43)
#define TCR_EL1_TBID0 BIT(51)

#endif
