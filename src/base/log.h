/* Lines for the person who runs the program, on standard error. The level is the only mutable global.
 *
 * Never used for bad bytes on the wire: those are counted (an attacker must not be able to write our log).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* journal: each line begins with <3>, <4>, <6> or <7>, as sd-daemon(3) reads it from a service's standard
 * error. */
void log_set(enum log_level level, bool journal);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
