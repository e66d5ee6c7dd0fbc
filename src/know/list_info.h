/* What a list is: for the run record and `onlooker lists`. */
#ifndef KNOW_LIST_INFO_H
#define KNOW_LIST_INFO_H

#include "know/load.h"

/* Reads the file once: its hash, and of a table what its head says ("# version:", "# licence:", "# source:")
 * and how many entries it has. returns: false with err set.
 */
bool list_info_read(const char *name, const char *path, bool is_table, struct list_info *ret_info,
		    struct err *err);

/* The date of a time in seconds, as a version. */
void list_info_date(struct list_info *info, int64_t at_s);

#endif
