"""A service that only looks like ours, to see whether the smoke test notices."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler


class Impostor(BaseHTTPRequestHandler):
    """Answers as the service does; what it gets wrong is set on the class."""

    fault, count = "", 0

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        cls = type(self)
        if self.path.endswith(".mid"):
            cls.count += 1
            number = {"fickle": cls.count, "deaf": 0}.get(cls.fault, cls.count == 3)
            self.answer(200, b"RIFF" if cls.fault == "mute" else b"MThd%d" % number)
        elif self.path == "/readyz" and cls.fault == "busy":
            self.answer(404, b"{}")
        elif self.path == "/metrics" and cls.fault != "uncounted":
            names = (b"requests_total", b"request_seconds_bucket", b"queue_length")
            self.answer(200, b"\n".join(b"melodyai_" + name + b" 1" for name in names))
        else:
            self.answer(200, b"{}")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = 422 if body.get("bars") == 0 and self.fault != "careless" else 201
        self.answer(status, b'{"id": "abc"}')

    def do_DELETE(self):
        self.answer(204, b"")

    def log_message(self, *_):
        """Say nothing."""
