#!/usr/bin/env bash
# run.sh BUILD_DIR CXX [SANITIZERS]
set -euo pipefail
build=$1 cxx=$2 sanitize=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 700 "$work"
umask 022

cmake --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/prefix"

flags=${sanitize:+-fsanitize=$sanitize}
cmake -S "$here/project" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$cxx" \
  -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_BUILD_TYPE=Debug >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
cmake --build "$work/build"

# A program opens a session without any configuration; the plugin is one that the consumer built.
mkdir -p "$work/plugins.d" "$work/home"
cat >"$work/plugins.d/consumer.toml" <<TOML
kind = "native"
path = "$work/build/consumer-plugin.so"
TOML
export HOME=$work/home XDG_STATE_HOME=$work/home/state XDG_RUNTIME_DIR=$work/home/run XDG_CONFIG_HOME=$work/home/config
mkdir -m 700 "$XDG_RUNTIME_DIR"
unset DBUS_SESSION_BUS_ADDRESS
[ "$("$work/build/consumer" "$work/plugins.d")" = "token-of-the-consumer" ]
"$work/build/consumer_test"

# The installed command line works from where it is now, and finds its built-in plugins.
"$work/prefix/bin/authhost" plugin list | grep -q org.authhost.pkce

# And without CMake: pkg-config knows the headers, wherever the prefix is.
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig
# shellcheck disable=SC2046
"$cxx" -std=c++20 -fPIC -shared -fvisibility=hidden $(pkg-config --cflags authhost-sdk) "$here/project/plugin.cpp" -o "$work/by-hand.so"
nm -D --defined-only "$work/by-hand.so" | grep -q ' authhost_plugin_v1$'
echo "the prefix works where it was moved to"
