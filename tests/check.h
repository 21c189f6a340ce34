/* SPDX-License-Identifier: Apache-2.0 */
/* CHECK(cond) for what host tests and fuzz targets share: ends the program if it is false. */
#ifndef NEVE_TESTS_CHECK_H
#define NEVE_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
