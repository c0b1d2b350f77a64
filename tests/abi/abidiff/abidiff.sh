#!/usr/bin/env bash
# abidiff.sh COMPILER TOP HEADERS WORK: what libabigail says of HEADERS beside the last release, or beside 1.0.abi where there is
# none that builds. Ends with 1 if anything but an append is among it.
#
# 1.0.abi is what `abidw --no-corpus-path --no-comp-dir-path --type-id-style sequence` wrote of structs.c, without places and blanks.
set -euo pipefail
compiler=$1 top=$2 headers=$3 work=$4
here=$top/tests/abi/abidiff
rm -rf "$work"
mkdir -p "$work/old/authhost"

build() { "$compiler" -std=c99 -g -O0 -fPIC -shared -fvisibility=hidden "-I$1" "$2" -o "$3"; }
of_tag() { git -C "$top" show "$1:$2" 2>/dev/null; }

build "$headers" "$here/structs.c" "$work/now.so"
before=$here/1.0.abi
if tag=$(git -C "$top" describe --tags --abbrev=0 2>/dev/null); then
  if of_tag "$tag" sdk/include/authhost/abi.h >"$work/old/authhost/abi.h" &&
    of_tag "$tag" sdk/include/authhost/services.h >"$work/old/authhost/services.h" &&
    { of_tag "$tag" tests/abi/abidiff/structs.c >"$work/structs.c" || cp "$here/structs.c" "$work/structs.c"; } &&
    build "$work/old" "$work/structs.c" "$work/old.so" 2>/dev/null; then
    before=$work/old.so
    echo "beside the release $tag"
  fi
fi
[ "$before" != "$here/1.0.abi" ] || echo "no release that builds: beside 1.0.abi"

status=0
abidiff "$before" "$work/now.so" >"$work/report" || status=$?
# 1 and 2 are abidiff's own errors, 8 what it calls incompatible; 4 is any change, and the report says which.
if [ $((status & 11)) != 0 ]; then
  cat "$work/report"
  exit 1
fi
# What an append looks like, and the way down to it. Any other line is a change of another kind.
append="^ *($|(Functions|Variables) changes summary: 0 Removed,"
append+="|[0-9]+ functions? with some indirect sub-type changes?:|[0-9]+ Added functions?:|\[A\] 'function "
append+="|\[C\] 'function .* has some indirect sub-type changes?:|parameter [0-9]+ of type .* has sub-type changes:"
append+="|in pointed to type |in unqualified underlying type |underlying type 'struct [a-z_]+' changed:"
append+="|type size hasn't changed|type size changed from |[0-9]+ data member insertions?:|'[^']+', at offset [0-9]+ \(in bits\)"
append+="|[0-9]+ data member changes?( \([0-9]+ filtered\))?:|no data member changes? \([0-9]+ filtered\);|type of '[^']+' changed:)"
if grep -vE "$append" "$work/report" >"$work/breaks"; then
  cat "$work/report"
  echo "R7 of docs/abi.md: a minor version only appends, and these lines are no append:"
  cat "$work/breaks"
  exit 1
fi
echo "unchanged, or appended to"
