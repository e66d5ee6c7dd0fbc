#!/bin/sh
# format.sh SOURCE: every C file is as clang-format leaves it.
cd "$1" || exit 1
command -v clang-format >/dev/null || { echo 'clang-format is not there'; exit 77; }
passed=0 failed=0
for f in $(find src plugins tests -name '*.[ch]'); do
	if clang-format --dry-run -Werror "$f" 2>/dev/null; then
		passed=$((passed + 1))
	else
		echo "not formatted: $f"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
