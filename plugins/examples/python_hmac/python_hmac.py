#!/usr/bin/env python3
"""org.example.python_hmac: signs the time of day with a shared key, and exchanges that for a token at the company's gate."""
import base64
import hashlib
import hmac
import json
import sys

DESCRIPTION = {
    "id": "org.example.python_hmac",
    "name": "Signed time",
    "version": "1.0.0",
    "summary": "Exchanges a signature of the time for a token",
    "services": ["authhost.clock/1", "authhost.http/1"],
    "settings": [
        {"name": "gate", "required": True, "summary": "where signatures are exchanged, https://…"},
        {"name": "key", "type": "secret", "required": True, "summary": "the shared key"},
    ],
}


class Refused(Exception):
    """The host, or the gate, said no: an error frame."""

    def __init__(self, status, message, hint=""):
        super().__init__(message)
        self.frame = {"type": "error", "status": status, "message": message, "hint": hint}


def say(frame):
    print(json.dumps(frame), flush=True)


def call(name, **params):
    service, method = name.split(".")
    say({"type": "call", "id": 1, "service": f"authhost.{service}/1", "method": method, "params": params})
    reply = {}
    while reply.get("type") != "reply":  # what is not known is passed over
        reply = json.loads(sys.stdin.readline() or '{"type": "cancel"}')
        if reply.get("type") == "cancel":
            raise Refused("cancelled", "the host wants no more")
    if reply["status"] != "ok":
        raise Refused(reply["status"], reply.get("message", ""), reply.get("hint", ""))
    return reply["result"]


def refresh(request):
    settings = request["settings"]
    now = str(int(call("clock.now_ms")["now_ms"]) // 1000)
    digest = hmac.new(settings["key"].encode(), now.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    answer = call("http.send", method="POST", url=settings["gate"], body=now, headers=[{"name": "x-signature", "value": signature}])
    if answer["status"] != 200:
        status = "unavailable" if answer["status"] >= 500 else "denied"
        raise Refused(status, f"{settings['gate']} answered {answer['status']}", "check the key, and this machine's clock")
    try:
        body = json.loads(answer.get("body", ""))
        return {"type": "credentials", "access_token": body["token"], "expires_in": body["ttl"]}
    except (ValueError, KeyError, TypeError):
        raise Refused("protocol", f"{settings['gate']} answered something else than a token", "check `gate`") from None


def main():
    line = sys.stdin.readline()
    if not line:
        return
    request = json.loads(line)
    try:
        if request["type"] == "describe":
            say({"type": "description", "authenticators": [DESCRIPTION]})
        elif request["type"] == "refresh":
            say(refresh(request))
        else:
            say({"type": "error", "status": "usage", "message": "this is no request that is known here"})
    except Refused as refused:
        say(refused.frame)


main()
