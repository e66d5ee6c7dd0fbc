#!/bin/sh
# format.sh SOURCE: every C file is as clang-format leaves it.
cd "$1" || exit 1
command -v clang-format >/dev/null || { echo 'clang-format is not there'; exit 77; }
files=$(find src plugins tests -name '*.[ch]')
# shellcheck disable=SC2086  # a list of files
bad=$(clang-format --dry-run $files 2>&1 | sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: warning: code should be clang-formatted.*/\1/p' | sort -u)
for f in $bad; do
	echo "not formatted: $f"
done
# shellcheck disable=SC2086
set -- $files
n=$#
# shellcheck disable=SC2086
set -- $bad
echo "$((n - $#)) passed, $# failed"
[ $# = 0 ]
