/* A build with AddressSanitizer looks for leaks at its end, by a thread that traces all others. The sandbox
 * refuses that, and the search would wait for ever: where the sandbox holds, none is made. To look for leaks,
 * run with --no-sandbox.
 */
#include <stdbool.h>
#include <sys/prctl.h>

int __lsan_is_turned_off(void); /* asked by LeakSanitizer, see sanitizer/lsan_interface.h */

int __lsan_is_turned_off(void)
{
	bool is_confined = prctl(PR_GET_DUMPABLE) < 0; /* which never fails but for our own filter */
	return is_confined;
}
