"""tame_exec: a well-behaved exec plugin, for animals that differ from it in one thing: they subclass Plugin and call run()."""
import json
import os
import sys

TOKEN_URL = "https://idp.conform.example/token"


class Failure(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Plugin:
    id = "org.example.animal"
    services = ["authhost.http/1", "authhost.clock/1"]

    def write(self, frame):
        os.write(1, (json.dumps(frame) + "\n").encode())

    def read(self):
        line = sys.stdin.buffer.readline()
        if not line:
            sys.exit(0)
        return json.loads(line)

    # Asks the host for a service.
    def ask(self, service, method, /, **params):
        self.last = getattr(self, "last", 0) + 1
        self.write({"type": "call", "id": self.last, "service": service, "method": method, "params": params})
        while True:
            frame = self.read()
            if frame.get("type") == "reply" and frame.get("id") == self.last:
                break
        if frame["status"] != "ok":
            raise Failure(frame["status"], frame.get("message", "the host said no"))
        return frame["result"]

    def describe(self):
        return {"type": "description", "id": 1, "authenticators": [
            {"id": self.id, "name": "Animal", "version": "1.0.0", "summary": "Does one thing oddly", "services": self.services,
             "settings": [{"name": "token", "type": "secret", "required": True, "summary": "the token"}]}]}

    def refresh(self, request):
        answer = self.ask("authhost.http/1", "send", method="POST", url=TOKEN_URL)
        if answer["status"] >= 500:
            raise Failure("unavailable", "the server has trouble")
        if answer["status"] != 200:
            raise Failure("denied", "the server said no")
        return {"type": "credentials", "id": 1, "access_token": request["settings"]["token"], "expires_in": 300}

    def fail(self, failure):
        self.write({"type": "error", "id": 1, "status": failure.status, "message": str(failure)})

    def run(self):
        while True:
            request = self.read()
            if request["type"] == "describe":
                self.write(self.describe())
            elif request["type"] == "refresh":
                try:
                    self.write(self.refresh(request))
                except Failure as failure:
                    self.fail(failure)
