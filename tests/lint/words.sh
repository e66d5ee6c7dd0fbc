#!/bin/sh
# words.sh SOURCE: words that may not stand in the project: functions that cannot be used safely, and what belongs to the
# machine of one developer.
cd "$1" || exit 1
passed=0 failed=0
sources=$(find src plugins tests/unit tests/fuzz tests/lib tests/e2e -name '*.[ch]' 2>/dev/null)
texts=$(find . -type f \( -name '*.[ch]' -o -name '*.md' -o -name '*.py' -o -name '*.sh' -o -name 'meson.build' -o -path './scripts/*' -o -path './.ci/*' \
	-o -path './doc/*' -o -path './data/tools/*' -o -name 'args' -o -name 'README' \) -not -path './build*' -not -path './.git/*' -not -name words.sh)
check() { # what it is about, hits
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		printf '%s\n%s\n' "$1" "$2"
		failed=$((failed + 1))
	fi
}
ban() { # files, functions
	for f in $2; do
		# shellcheck disable=SC2086  # a list of files
		check "banned: $f" "$(grep -nE "(^|[^a-zA-Z0-9_>.])$f\(" $1 | grep -vE ':[0-9]+:[[:space:]]*(/?\*|//)')"
	done
}
ban "$sources" 'strcpy stpcpy strcat strncpy sprintf vsprintf gets strtok alloca system popen mktemp tmpnam tempnam'
ban "$(find src plugins -name '*.[ch]')" 'atoi atol atoll rand srand random drand48 signal setlocale usleep'
# shellcheck disable=SC2086
check 'paths and names of one machine' "$(grep -nE '/(work|home|root|Users)/|/tmp/(wt|build|pub)|localhost:[0-9]+/' $texts)"
# shellcheck disable=SC2086
check 'work left undone' "$(grep -nwE 'TODO|FIXME|XXX|HACK' $texts)"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
