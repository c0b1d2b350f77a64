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

# What the documents show as whole projects: a plugin with its test, and a program that uses a profile.
top=$(cd "$here/../.." && pwd)
projects=(plugins/examples/api_key docs/examples/header)
[ ! -e "$build/host/clientset" ] || projects+=(docs/examples/clientset docs/examples/greeter)
for project in "${projects[@]}"; do
  cmake -S "$top/$project" -B "$work/$project" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_CXX_FLAGS="$flags" >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
  cmake --build "$work/$project"
done
ctest --test-dir "$work/plugins/examples/api_key" --output-on-failure --no-tests=error >"$work/ctest.log" || { cat "$work/ctest.log"; exit 1; }

# What the installed `authhost plugin new` writes builds there and passes its own test; its plugin loads, also where a umask lets the
# group write to new files.
cc=${cxx/clang++/clang} cc=${cc/g++/gcc} cc=${cc/c++/cc}
for lang in cpp c; do
  new=$work/new-$lang
  "$work/prefix/bin/authhost" plugin new "$new" --id "com.example.new-$lang" --lang "$lang" >/dev/null
  (
    umask 002
    cmake -S "$new" -B "$new/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_C_COMPILER="$cc" \
      -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_C_FLAGS="$flags" >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
    cmake --build "$new/build"
  )
  ctest --test-dir "$new/build" --output-on-failure --no-tests=error >"$work/ctest.log" || { cat "$work/ctest.log"; exit 1; }
  "$work/prefix/bin/authhost" plugin inspect "$new/new-$lang.toml" | grep "^id: com.example.new-$lang\$" >/dev/null
done
for lang in sh python; do
  "$work/prefix/bin/authhost" plugin new "$work/new-$lang" --id "com.example.new-$lang" --lang "$lang" >/dev/null
done
for lang in cpp c sh python; do
  "$work/prefix/bin/authhost" plugin check "$work/new-$lang/new-$lang.toml" >"$work/check.log" || { cat "$work/check.log"; exit 1; }
done
mkdir -p "$XDG_CONFIG_HOME/authhost"
cat >"$XDG_CONFIG_HOME/authhost/config.toml" <<TOML
[profiles.prod]
endpoint = "api.example.com"
authenticator = "passthrough"
storage = "file"
[profiles.prod.settings]
token_env = "CONSUMER_TOKEN"
TOML
[ "$(CONSUMER_TOKEN=t "$work/docs/examples/header/header")" = "authorization is set" ]
said=$(env -u CONSUMER_TOKEN XDG_RUNTIME_DIR="$work/elsewhere" XDG_STATE_HOME="$work/elsewhere" \
  "$work/docs/examples/header/header" 2>&1) && { echo "no error without a token"; exit 1; }
[[ $said == *CONSUMER_TOKEN*$'\n'"hint: set CONSUMER_TOKEN" ]] || { echo "said: $said"; exit 1; }

# The client set's program says what is wrong with an endpoint where nobody listens.
if [ -e "$work/docs/examples/clientset/clientset" ]; then
  sed 's/api.example.com/127.0.0.1:1/' "$XDG_CONFIG_HOME/authhost/config.toml" >"$work/closed.toml"
  status=0
  said=$(CONSUMER_TOKEN=t AUTHHOST_CONFIG=$work/closed.toml "$work/docs/examples/clientset/clientset" 2>&1) || status=$?
  [ "$status" = 6 ] || { echo "at a closed port the status is $status"; exit 1; }
  [[ $said == *127.0.0.1:1:*"Connection refused"*$'\n'"hint: check the port, and that the server runs" ]] || { echo "said: $said"; exit 1; }
  status=0
  said=$(CONSUMER_TOKEN=t "$work/docs/examples/greeter/greeter" 127.0.0.1:1 2>&1) || status=$?
  [ "$status" = 6 ] && [[ $said == *127.0.0.1:1:*"Connection refused"* ]] || { echo "the greeter ends with $status: $said"; exit 1; }
  [ -x "$work/prefix/libexec/authhost/authhost-flyte-rpc" ]
  ! ldd "$work/prefix/libexec/authhost/authhost-flyte-rpc" | grep "not found" || exit 1
fi

# The installed command line works from where it is now, and finds its built-in plugins.
"$work/prefix/bin/authhost" plugin list | grep org.authhost.pkce >/dev/null

# The places that others look into.
share=$work/prefix/share
for file in doc/authhost/LICENSE doc/authhost/README.md doc/authhost/docs/config.md authhost/authhost.example.toml \
  authhost/authhost.schema.json man/man1/authhost.1; do
  [ -s "$share/$file" ] || { echo "the prefix has no share/$file"; exit 1; }
done
cmp "$share/bash-completion/completions/authhost" <("$work/prefix/bin/authhost" completion bash)
cmp "$share/zsh/site-functions/_authhost" <("$work/prefix/bin/authhost" completion zsh)
cmp "$share/fish/vendor_completions.d/authhost.fish" <("$work/prefix/bin/authhost" completion fish)
"$work/prefix/bin/authhost" --config "$share/authhost/authhost.example.toml" config show >/dev/null

# And without CMake: pkg-config knows the headers and the core, wherever the prefix is.
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig
# shellcheck disable=SC2046
"$cxx" -std=c++20 -fPIC -shared -fvisibility=hidden $(pkg-config --cflags authhost-sdk) "$here/project/plugin.cpp" -o "$work/by-hand.so"
nm -D --defined-only "$work/by-hand.so" | grep ' authhost_plugin_v1$' >/dev/null
for lang in cpp c; do  # as the READMEs of new projects say
  rm -r "$work/new-$lang/build"
  (cd "$work/new-$lang" && sh -c "$(sed -n 's/^Without CMake: `\(.*\)`\.$/\1/p' README.md)")
  "$work/prefix/bin/authhost" plugin inspect "$work/new-$lang/new-$lang.toml" | grep "^state: loaded$" >/dev/null
done
# shellcheck disable=SC2046
"$cxx" $flags -std=c++20 "$top/docs/examples/header/header.cpp" $(pkg-config --cflags --libs authhost) \
  -Wl,-rpath,"$(pkg-config --variable=libdir authhost)" -o "$work/by-hand"
[ "$(CONSUMER_TOKEN=t "$work/by-hand")" = "authorization is set" ]
if [ -e "$work/docs/examples/clientset/clientset" ]; then
  # shellcheck disable=SC2046
  "$cxx" $flags -std=c++20 "$top/docs/examples/clientset/clientset.cpp" $(pkg-config --cflags --libs authhost-clientset) \
    -Wl,-rpath,"$(pkg-config --variable=libdir authhost)" -o "$work/clientset-by-hand"
  status=0
  CONSUMER_TOKEN=t AUTHHOST_CONFIG=$work/closed.toml "$work/clientset-by-hand" >/dev/null 2>&1 || status=$?
  [ "$status" = 6 ] || { echo "built by hand, at a closed port the status is $status"; exit 1; }
fi

# A prefix without the client set, as it is made after quickstart, is whole; who asks for more than there is, is told so.
rm -f "$work/prefix/lib/libauthhost-clientset.so"* "$work/prefix/lib/libauthhost-flyte.so"* "$work/prefix/libexec/authhost/authhost-flyte-rpc"
says() { tr -s ' \n' ' ' <"$work/configure.log" | grep -qF "$1" || { cat "$work/configure.log"; exit 1; }; }  # CMake breaks lines
configure() {  # PROJECT NAME
  cmake -S "$1" -B "$work/without/$2" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$cxx" >"$work/configure.log" 2>&1
}
configure "$top/docs/examples/header" header || { cat "$work/configure.log"; exit 1; }
configure "$top/docs/examples/clientset" clientset && { echo "a client set that is not there is found"; exit 1; }
says "without its client set"
mkdir "$work/odd"
cat >"$work/odd/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.25)
project(odd CXX)
find_package(authhost REQUIRED COMPONENTS sdk core testing clienset)
CMAKE
configure "$work/odd" odd && { echo "a component that there is not is found"; exit 1; }
says "no component clienset; it has sdk, core, testing and clientset"
echo "the prefix works where it was moved to"
