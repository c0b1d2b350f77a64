#!/usr/bin/env bash
# build_tree.sh BUILD_DIR CXX [SANITIZERS]: whether a build tree whose programs are in PATH is all that a project of a plugin needs.
set -euo pipefail
build=$1 cxx=$2 flags=${3:+-fsanitize=$3}
cc=${cxx/clang++/clang} cc=${cc/g++/gcc} cc=${cc/c++/cc}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
export PATH=$build/bin:$PATH CXX=$cxx CC=$cc CXXFLAGS=$flags CFLAGS=$flags
export HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state XDG_RUNTIME_DIR=$work/home/run
mkdir -p "$XDG_CONFIG_HOME" "$XDG_RUNTIME_DIR"
chmod 700 "$work" "$XDG_RUNTIME_DIR"
unset CMAKE_PREFIX_PATH DBUS_SESSION_BUS_ADDRESS

for lang in cpp c; do
  authhost plugin new "$work/new-$lang" --id "com.example.new-$lang" --lang "$lang" >/dev/null
  (
    cd "$work/new-$lang"
    cmake -S . -B build -G Ninja >"$work/log" && cmake --build build >>"$work/log" && ctest --test-dir build --no-tests=error >>"$work/log"
    authhost plugin check "./new-$lang.toml" >>"$work/log"
  ) || { cat "$work/log"; exit 1; }
  grep "^authhost_DIR:PATH=$build/lib/cmake/authhost$" "$work/new-$lang/build/CMakeCache.txt" >/dev/null
done

# A program that opens a session, by CMake and by hand.
cmake -S "$here/../../docs/examples/header" -B "$work/header" -G Ninja >"$work/log" && cmake --build "$work/header" >>"$work/log" ||
  { cat "$work/log"; exit 1; }
export PKG_CONFIG_PATH=$build/lib/pkgconfig
# shellcheck disable=SC2046,SC2086
"$cxx" $flags -std=c++20 "$here/../../docs/examples/header/header.cpp" $(pkg-config --cflags --libs authhost) \
  -Wl,-rpath,"$(pkg-config --variable=libdir authhost)" -o "$work/by-hand"
for program in "$work/header/header" "$work/by-hand"; do
  said=$("$program" 2>&1) && { echo "$program finds a profile where none is"; exit 1; }
  [[ $said == *hint:* ]] || { echo "said: $said"; exit 1; }
done

# A project without any compiled language can have the conformance kit run on its program.
authhost plugin new "$work/new-sh" --id com.example.new-sh --lang sh >/dev/null
cat >"$work/new-sh/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.25)
project(new-sh NONE)
find_package(authhost REQUIRED COMPONENTS sdk)
enable_testing()
authhost_add_conformance_test(NAME new-sh PROGRAM new-sh.toml)
CMAKE
(cd "$work/new-sh" && cmake -S . -B build -G Ninja >"$work/log" && ctest --test-dir build --no-tests=error >>"$work/log") ||
  { cat "$work/log"; exit 1; }
echo "the build tree is a package"
