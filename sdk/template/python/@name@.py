#!/usr/bin/env python3
"""@id@: hands out the token of its setting for five minutes. Put in its place what gets yours.

Speaks authhost.exec/1: JSON objects, one a line, in and out. What goes to stderr is logged.
"""
import json
import sys

DESCRIPTION = {
    "id": "@id@",
    "name": "@name@",
    "version": "0.1.0",
    "summary": "Hands out the token of its setting",
    "settings": [{"name": "token", "type": "secret", "required": True, "summary": "the token"}],
    "services": ["authhost.clock/1"],
}


class Failed(Exception):
    """Why there are no credentials: status, message, and a hint what to do."""


def send(**frame):
    print(json.dumps(frame), flush=True)


def call(service, method, /, **params):
    """Asks the host for a service that the manifest grants, such as "authhost.http/1"."""
    send(type="call", id=2, service=service, method=method, params=params)
    for line in sys.stdin:
        frame = json.loads(line)
        if frame.get("type") == "cancel":  # nobody waits any more; there is a second left
            raise Failed("cancelled", "cancelled", "")
        if frame.get("type") == "reply" and frame.get("id") == 2:
            break
        # What a later host may say is passed over.
    else:
        sys.exit(0)  # the host is gone
    if frame.get("status") != "ok":  # the host said why
        raise Failed(frame.get("status", "internal"), frame.get("message", ""), frame.get("hint", ""))
    return frame["result"]


def refresh(request):
    token = request.get("settings", {}).get("token")
    if not token:
        raise Failed("invalid-config", "the setting token is missing", "say token_env in the settings")
    now = call("authhost.clock/1", "now_ms")["now_ms"]
    return {"access_token": token, "expires_at_ms": now + 300_000}


def main():
    request = json.loads(sys.stdin.readline())
    try:
        if request["type"] == "describe":
            send(type="description", id=request["id"], authenticators=[DESCRIPTION])
        elif request["type"] == "refresh":
            send(type="credentials", id=request["id"], **refresh(request))
        else:
            raise Failed("usage", "@name@ cannot do that", "")
    except Failed as why:
        status, message, hint = why.args
        send(type="error", id=request["id"], status=status, message=message, hint=hint)


if __name__ == "__main__":
    main()
