/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error numbers that functions return negated. The values are Linux's, so that a file built for
 * the host can include the C library's <errno.h> beside this one.
 */
#ifndef NEVE_ERRCODE_H
#define NEVE_ERRCODE_H

#define ENOENT 2
#define EIO    5
#define EAGAIN 11
#define ENOMEM 12
#define EFAULT 14
#define EEXIST 17
#define EINVAL 22

#endif
