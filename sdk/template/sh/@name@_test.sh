#!/bin/sh
# The plugin in a host that is one line.
cd "$(dirname "$0")" || exit 1
expect() { # REQUEST PART: what answers the request has this in it
  answer=$(echo "$1" | ./@name@.sh)
  case $answer in *"$2"*) return ;; esac
  echo "asked: $1"; echo "answered: $answer"; echo "expected: $2"; exit 1
}
expect '{"type":"refresh","id":1,"settings":{"token":"t-1"}}' '"access_token":"t-1"'
expect '{"type":"refresh","id":1}' '"status":"invalid-config"'
echo OK
