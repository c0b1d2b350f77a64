# Sourced by quickstart and run-tests: sees to it that the packages they need are there.
#
# need_packages NAME…: installs the Debian or Ubuntu packages that are missing. Asks for sudo only if something is missing and
# the caller is not root. Ends the script, naming the package, when one cannot be installed.

BUILD_PACKAGES=(g++ cmake ninja-build pkg-config ccache mold libboost-dev libboost-filesystem-dev libfmt-dev libspdlog-dev
  libtomlplusplus-dev nlohmann-json3-dev libcli11-dev libcurl4-openssl-dev libssl-dev libsodium-dev libkeyutils-dev
  libsecret-1-dev libqrcodegencpp-dev ca-certificates curl)
CLIENTSET_PACKAGES=(libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc)  # AUTHHOST_CLIENTSET
TEST_PACKAGES=(clang openssl python3 catch2 gnome-keyring dbus dbus-x11 chromium libbenchmark-dev abigail-tools)
CLANG_PACKAGES=(clang libclang-rt-dev)  # the sanitizers' presets

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep 'ok installed' >/dev/null; }

need_packages() {
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  echo "Installing: ${missing[*]}"
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq ||
    { echo "apt-get update failed; needed: ${missing[*]}" >&2; exit 1; }
  if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
    for package in "${missing[@]}"; do
      is_installed "$package" || echo "could not install the package $package" >&2
    done
    exit 1
  fi
}

# need_node_modules: the foreign servers of the tests and the browser driver, as pinned in the lock files: a certified provider and
# a gRPC server. They want Node 20: the one in PATH, else the distribution's if it is new enough. Without it the tests against
# them are left out, and this says so.
NODE_FOLDERS=(tests/support/idp tests/support/flyte_server)

need_node_modules() {
  local folder version
  if ! command -v node >/dev/null; then
    version=$(apt-cache policy nodejs 2>/dev/null | sed -n 's/^  Candidate: \([0-9]*\).*/\1/p')
    [ "${version:-0}" -lt 20 ] || need_packages nodejs npm
  fi
  version=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/') || version=
  if [ "${version:-0}" -lt 20 ] || ! command -v npm >/dev/null; then
    echo "Without Node 20 and npm the tests against a certified provider and a foreign gRPC server are left out."
    return 0
  fi
  for folder in "${NODE_FOLDERS[@]}"; do
    if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock"; then
      npm ci --prefix "$folder" --ignore-scripts --silent --no-progress || { echo "npm ci failed in $folder" >&2; exit 1; }
      cp "$folder/package-lock.json" "$folder/node_modules/.installed-lock"
    fi
  done
}
