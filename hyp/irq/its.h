/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual ITS (GICv3, physical LPIs only) in front of a physical one. Pure: memory, hardware and
 * the vgic are reached through its_ops alone; host tests and a fuzzer run the same code.
 * Source: Arm IHI 0069, chapters "Locality-specific Peripheral Interrupts and the ITS" and "GITS
 * register descriptions".
 *
 * An ITS trusts what is in its tables: an entry of the device table leads it to an interrupt
 * translation table, which it writes. So all of them are neve's memory. The tables that the guest
 * gives (GITS_BASER<n>, the ITT address of MAPD) stay empty, as the architecture lets an ITS keep
 * its tables where it likes; the addresses are never used. Each command is checked against what
 * neve knows to be mapped, so that none reaches the hardware that this may answer by a stall, and
 * is done in hardware before the next. A command with an error is skipped, as the architecture
 * permits.
 *
 * DeviceIDs, EventIDs, collections and INTIDs are the same in both. RDbase is the number of a vCPU
 * here (GITS_TYPER.PTA = 0).
 *
 * Locking: one spinlock an ITS, taken inside; all of its_ops are called with it held, those for the
 * vgic and the allocator take theirs.
 */
#ifndef NEVE_IRQ_ITS_H
#define NEVE_IRQ_ITS_H

#include "types.h"
#include "cpu/spinlock.h"

#define ITS_FRAME_SIZE SZ_64K /* control registers; the translation frame behind is no CPU's */

#define ITS_EVENT_BITS 11 /* a device has up to 2048 vectors */
#define ITS_NR_COLL    64
#define ITS_COLL_BITS  6
#define ITS_LPI_BITS   16  /* bits of an INTID, also where the hardware has more */
#define ITS_MAX_DEV    128 /* devices mapped at a time */
#define ITS_MAX_PAGES  256 /* for their tables */
#define ITS_BATCH      32  /* commands done in one access */
#define ITS_NO_VCPU    0xff

#define ITS_CMD_WORDS 4
struct its_cmd {
	u64 w[ITS_CMD_WORDS];
};

enum its_op {
	ITS_MOVI = 0x01,
	ITS_INT = 0x03,
	ITS_CLEAR = 0x04,
	ITS_SYNC = 0x05,
	ITS_MAPD = 0x08,
	ITS_MAPC = 0x09,
	ITS_MAPTI = 0x0a,
	ITS_MAPI = 0x0b,
	ITS_INV = 0x0c,
	ITS_INVALL = 0x0d,
	ITS_MOVALL = 0x0e,
	ITS_DISCARD = 0x0f,
};

/* GITS_BASER<n> of the virtual ITS. */
enum its_table { ITS_DEVICES, ITS_COLLECTIONS, ITS_NR_TABLES };

struct its_ops {
	/* A command at an address of the guest; false: not in its RAM. */
	bool (*read)(void *ctx, u64 ipa, struct its_cmd *cmd);
	/* 2^order zeroed pages; the pointer's value is what the hardware is given. */
	void *(*alloc)(void *ctx, unsigned int order);
	void (*free)(void *ctx, void *pages, unsigned int order);
	/* To the hardware; true: it is done with them. false: it stopped, for good. */
	bool (*submit)(void *ctx, const struct its_cmd *cmd, u32 n);
	/* What stands in a command's RDbase field (bits 50:16) for a vCPU; false: it has no LPIs.
	 */
	bool (*rdbase)(void *ctx, u32 vcpu, u64 *field);
	/* GITS_CTLR.Enabled of the hardware. */
	bool (*enable)(void *ctx, bool on);
	/* While it is off: forget all that a table has. */
	bool (*reset)(void *ctx, enum its_table table);

	/* LPIs that the vgic has already: configuration changed, taken back, to another vCPU. */
	void (*lpi_changed)(void *ctx);
	void (*lpi_clear)(void *ctx, u32 intid);
	void (*lpi_move)(void *ctx, u32 intid, u32 vcpu);
	void (*lpi_move_all)(void *ctx, u32 from, u32 to);
	/* Is a vCPU still to see such a change? */
	bool (*lpi_waiting)(void *ctx);
};

/* One that is mapped. Its pages: the ITT, then a word an event. */
struct its_device {
	u32 id;
	u8 bits; /* of an EventID */
	u8 order;
	void *itt; /* NULL: this one is free */
	u32 *events;
};

/* A word of events[]: 0, or the INTID and the collection. */
#define ITS_EVENT(intid, icid) ((intid) | (u32)(icid) << 24)
#define ITS_EVENT_INTID(e)     (0xffffff & (e))
#define ITS_EVENT_ICID(e)      ((e) >> 24)

struct its_config {
	u32 nr_vcpus;
	u32 device_bits; /* of a DeviceID, at most 16 */
	u32 event_bits;	 /* at most ITS_EVENT_BITS */
	u32 itt_entry;	 /* bytes */
	const struct its_ops *ops;
	void *ctx;
};

struct its {
	struct spinlock lock;
	struct its_config cfg;
	bool enabled;
	bool dead; /* the hardware has stopped */
	bool stalled;
	u64 cbaser, cwriter, creadr;
	u64 creadr_seen; /* as the guest reads it while lpi_waiting() */
	u64 baser[ITS_NR_TABLES];
	u32 refused;	      /* commands with an error */
	u32 pages;	      /* of all devices */
	u8 coll[ITS_NR_COLL]; /* vCPU, or ITS_NO_VCPU */
	struct its_device dev[ITS_MAX_DEV];
};

/* Reset state. false: a number in cfg is out of range. */
bool its_init(struct its *its, const struct its_config *cfg);

enum its_result {
	ITS_REFUSE, /* the architecture has no such access: synchronous external abort */
	ITS_OK,
	ITS_AGAIN, /* a write of which more is to be done: let the guest write again */
};

/* MMIO in the control frame; size: 1, 2, 4, 8 bytes; val: zero-extended, in or out. */
enum its_result its_mmio(struct its *its, u64 offset, u32 size, bool write, u64 *val);

/*
 * One command of the guest, with the lock held. false: the hardware has stopped. An error in the
 * command counts in its->refused.
 */
bool its_command(struct its *its, const struct its_cmd *cmd);
/* Forgets devices or collections, with the lock held and the ITS off. */
bool its_forget(struct its *its, enum its_table table);

#endif
