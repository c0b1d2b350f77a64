#!/usr/bin/env bash
# quickstart_targets.sh BUILD_DIR: whether what quickstart builds is all that `cmake --install` will look for.
set -euo pipefail
build=$1
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

read -r -a targets <<<"$(sed -n 's/^cmake --build --preset release --target \([a-z_ -]*[a-z]\) >.*/\1/p' "$top/quickstart")"
[ ${#targets[@]} -gt 0 ] || { echo "quickstart names no targets"; exit 1; }
ninja -C "$build" -t commands "${targets[@]}" >"$work/commands"
ninja -C "$build" -t targets all | sed 's/: [^:]*$//' >"$work/built"
# What is marked OPTIONAL, as the client set is, is installed where it was built.
find "$build" -name cmake_install.cmake -exec cat {} + |
  awk '/file\(INSTALL /{inside = 1; wanted = !/ OPTIONAL /} inside && wanted; /\)$/{inside = 0}' |
  sed -n "s|.*\"$build/\([^\"]*\)\".*|\1|p" | sort -u | grep -xFf "$work/built" >"$work/installed"

[ "$(wc -l <"$work/installed")" -ge 10 ]
while read -r file; do
  grep -qF -- "$file" "$work/commands" || { echo "quickstart does not build $file, which the install rules want"; exit 1; }
done <"$work/installed"
