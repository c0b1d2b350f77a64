"""The plugin in a host that is a list of lines."""
import json
import pathlib
import subprocess
import sys
import unittest

PLUGIN = pathlib.Path(__file__).with_name("@name@.py")
REFRESH = {"protocol": "authhost.exec/1", "type": "refresh", "id": 1}


def answers(*frames):
    """What it writes when the host writes these."""
    lines = "".join(json.dumps(frame) + "\n" for frame in frames)
    done = subprocess.run([sys.executable, PLUGIN], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Test(unittest.TestCase):
    def test_the_token_of_the_setting_lives_for_five_minutes(self):
        now = {"type": "reply", "id": 2, "status": "ok", "result": {"now_ms": 1000}}
        credentials = answers({**REFRESH, "settings": {"token": "t-1"}}, now)[-1]
        self.assertEqual((credentials["access_token"], credentials["expires_at_ms"]), ("t-1", 301_000))

    def test_what_it_does_not_know_it_passes_over(self):
        news = {"type": "news", "id": 2, "text": "of a later host"}
        now = {"type": "reply", "id": 2, "status": "ok", "result": {"now_ms": 1000}}
        credentials = answers({**REFRESH, "settings": {"token": "t-1"}}, news, now)[-1]
        self.assertEqual(credentials["type"], "credentials")

    def test_cancelled_it_says_so(self):
        error = answers({**REFRESH, "settings": {"token": "t-1"}}, {"type": "cancel"})[-1]
        self.assertEqual((error["type"], error["status"]), ("error", "cancelled"))

    def test_without_the_setting_it_says_so(self):
        self.assertEqual(answers(REFRESH)[-1]["status"], "invalid-config")


if __name__ == "__main__":
    unittest.main()
