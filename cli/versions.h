/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a result was made with.
 */
#ifndef CLI_VERSIONS_H
#define CLI_VERSIONS_H

#include <json-glib/json-glib.h>

/*
 * An object: neve's commit, QEMU's version, @cpu, @mode and the packages that were fetched. @mode
 * may be NULL: it is not the same for all.
 */
JsonNode *versions_json(const char *qemu, const char *cpu, const char *mode);

#endif
