#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static struct {
	enum log_level level;
	bool journal;
} settings = { LOG_LEVEL_INFO, false };

void log_set(enum log_level level, bool journal)
{
	settings.level = level;
	settings.journal = journal;
}

static void line(enum log_level level, const char *format, va_list args)
{
	static const char *const priority[] = { "<3>", "<4>", "<6>", "<7>" };
	if (level > settings.level)
		return;
	char text[1024];
	vsnprintf(text, sizeof(text), format, args);
	fprintf(stderr, "%sonlooker: %s\n", settings.journal ? priority[level] : "", text);
}

#define LOG_FUNCTION(name, level)                                                                            \
	void name(const char *format, ...)                                                                   \
	{                                                                                                    \
		va_list args;                                                                                \
		va_start(args, format);                                                                      \
		line(level, format, args);                                                                   \
		va_end(args);                                                                                \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
