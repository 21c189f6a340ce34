/* SPDX-License-Identifier: Apache-2.0 */
#include "bootargs.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

const char *bootargs_find(const char *args, const char *name, size_t *len)
{
	size_t name_len = strlen(name);
	const char *found = NULL;

	while (*args) {
		size_t n = 0;

		while (is_space(*args))
			args++;
		while (args[n] && !is_space(args[n]))
			n++;
		if (n > name_len && args[name_len] == '=' && !memcmp(args, name, name_len)) {
			found = args + name_len + 1;
			*len = n - name_len - 1;
		}
		args += n;
	}
	return found;
}

bool bootargs_number(const char *args, const char *name, u64 min, u64 max, u64 *val)
{
	size_t len;
	const char *text = bootargs_find(args, name, &len);
	u64 n = 0;

	if (!text)
		return true;
	if (len == 0 || len > 18)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (u64)(text[i] - '0');
	}
	if (n < min || n > max)
		return false;
	*val = n;
	return true;
}

bool bootargs_list_has(const char *list, size_t len, const char *item)
{
	size_t item_len = strlen(item);

	for (size_t i = 0, start = 0; i <= len; i++) {
		if (i < len && list[i] != ',')
			continue;
		if (i - start == item_len && !memcmp(list + start, item, item_len))
			return true;
		start = i + 1;
	}
	return false;
}
