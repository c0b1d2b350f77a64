# Sourced by quickstart and run-tests: sees to it that the packages they need are there.
#
# need_packages NAME…: installs the Debian or Ubuntu packages that are missing. Asks for sudo only if something is missing and
# the caller is not root. Ends the script, naming the package, when one cannot be installed.

BUILD_PACKAGES=(g++ cmake ninja-build pkg-config ccache mold libboost-dev libboost-filesystem-dev libfmt-dev libspdlog-dev
  libtomlplusplus-dev nlohmann-json3-dev libcli11-dev libcurl4-openssl-dev libssl-dev libsodium-dev libkeyutils-dev
  libsecret-1-dev libqrcodegencpp-dev ca-certificates curl)
TEST_PACKAGES=(clang catch2 gnome-keyring dbus dbus-x11 chromium)

need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  echo "Installing: ${missing[*]}"
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq ||
    { echo "apt-get update failed; needed: ${missing[*]}" >&2; exit 1; }
  if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
    for package in "${missing[@]}"; do
      dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        echo "could not install the package $package" >&2
    done
    exit 1
  fi
}
