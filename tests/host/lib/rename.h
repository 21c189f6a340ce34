/* SPDX-License-Identifier: Apache-2.0 */
/* Included before hyp/lib/string.c: its functions beside those of the C library. */
#define memcpy	neve_memcpy
#define memmove neve_memmove
#define memset	neve_memset
#define memcmp	neve_memcmp
#define memchr	neve_memchr
#define strlen	neve_strlen
#define strnlen neve_strnlen
#define strcmp	neve_strcmp
#define strncmp neve_strncmp
#define strchr	neve_strchr
#define strrchr neve_strrchr
#define strtoul neve_strtoul
