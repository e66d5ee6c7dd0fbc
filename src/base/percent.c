#include "base/percent.h"

#include <strings.h>

size_t percent_sign_len(const char *s, char sign, const char *hex)
{
	size_t n = 1;

	if (*s == sign)
		return 1;
	if (*s != '%')
		return 0;
	while (s[n] == '2' && s[n + 1] == '5')
		n += 2;
	return strncasecmp(s + n, hex, 2) == 0 ? n + 2 : 0;
}

const char *percent_word(const char *text, const char *start, const char *end)
{
	if (start == text || start[-1] != '%')
		return start;
	while (end - start > 2 && start[0] == '2' && start[1] == '5')
		start += 2;
	return end - start > 2 ? start + 2 : start;
}
