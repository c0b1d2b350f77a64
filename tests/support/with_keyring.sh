#!/bin/bash
# with_keyring.sh MODE COMMAND…: runs COMMAND on a session bus of its own, in a home of its own, with
#   unlocked   gnome-keyring and an unlocked default collection
#   empty      gnome-keyring without any collection
#   absent     a bus without a Secret Service, and none that it could start
# Nothing of the person's own session is touched. The exit status is the command's.
set -euo pipefail

if [[ ${1:-} == --inside ]]; then
  mode=$2
  shift 2
  keyring=
  case $mode in
    unlocked) printf 'a test password' >"$HOME/password" ;;
    empty) : ;;
    absent) exec "$@" ;;
    *) echo "with_keyring.sh: unknown mode $mode" >&2; exit 2 ;;
  esac
  if [[ $mode == unlocked ]]; then
    gnome-keyring-daemon --foreground --components=secrets --unlock <"$HOME/password" >"$HOME/keyring.log" 2>&1 &
  else
    gnome-keyring-daemon --foreground --components=secrets >"$HOME/keyring.log" 2>&1 &
  fi
  keyring=$!
  # The daemon owns its name some moments after it was started; the command waits for that itself.
  status=0
  "$@" || status=$?
  kill "$keyring" 2>/dev/null || true
  wait "$keyring" 2>/dev/null || true
  exit "$status"
fi

mode=$1
shift
home=$(mktemp -d "${TMPDIR:-/tmp}/authhost-keyring-XXXXXX")
trap 'rm -rf "$home"' EXIT
mkdir -m 700 "$home/run" "$home/data" "$home/state" "$home/config" "$home/cache"
cat >"$home/bus.conf" <<'CONF'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <keep_umask/>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
CONF
env -u DBUS_SESSION_BUS_ADDRESS -u DISPLAY -u WAYLAND_DISPLAY HOME="$home" XDG_RUNTIME_DIR="$home/run" \
  XDG_DATA_HOME="$home/data" XDG_STATE_HOME="$home/state" XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache" \
  GNOME_KEYRING_TEST_PATH="$home/data" \
  dbus-run-session --config-file="$home/bus.conf" -- bash "$0" --inside "$mode" "$@"
