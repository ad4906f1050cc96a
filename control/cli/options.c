/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of every command: no abbreviations, every wrong argument is named. */
#include "control/cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/vmm/message.h"

static const struct option_slot *find(const char *argument, const struct option_slot *slots,
				      int count)
{
	size_t length = strcspn(argument, "=");

	for (int i = 0; i < count; i++) {
		if (strlen(slots[i].name) == length && !strncmp(slots[i].name, argument, length)) {
			return &slots[i];
		}
	}
	return NULL;
}

int options_read(int argc, char **argv, const struct option_slot *slots, int count)
{
	for (int i = 0; i < argc; i++) {
		const struct option_slot *slot = find(argv[i], slots, count);
		const char *equals = strchr(argv[i], '=');

		if (!slot) {
			return fail("%s: unknown option; `corbel help` lists them", argv[i]);
		}
		if (*slot->value) {
			return fail("%s: given twice", slot->name);
		}
		if (equals) {
			*slot->value = equals + 1;
		} else if (i + 1 < argc) {
			*slot->value = argv[++i];
		} else {
			return fail("%s: needs a value behind it", slot->name);
		}
	}
	return 0;
}

int options_count(const char *name, const char *text, int most, int *number)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || !value ||
	    value > (unsigned long)most) {
		return fail("%s %s: not a number from 1 to %d", name, text, most);
	}
	*number = (int)value;
	return 0;
}

int options_size(const char *name, const char *text, uint64_t *bytes)
{
	static const char units[] = "KMG";
	unsigned long long number;
	int shift = 20;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (*end) {
		const char *unit = strchr(units, toupper((unsigned char)*end));

		if (unit && !end[1]) {
			shift = 10 * (int)(unit - units + 1);
			end++;
		}
	}
	if (!isdigit((unsigned char)text[0]) || *end || errno || number > UINT64_MAX >> shift) {
		return fail("%s %s: not a size; write it as 256M or 1G", name, text);
	}
	*bytes = (uint64_t)number << shift;
	return 0;
}
