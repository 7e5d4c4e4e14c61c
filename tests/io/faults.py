"""A proxy on this computer that breaks what goes through it, as a bad network would.

It stands between a client (s3fs, gcsfs) and a store (moto, the GCS emulator). Each request takes
the next fault of a plan; None lets it pass. What may go wrong:

- ``500``, ``503``, ``429``: the answer, and the store never hears of the request;
- ``"hang"``: no answer until the client gives up;
- ``"reset"``: the connection ends before anything is read;
- ``("request", k)``: the store gets the first k bytes of the body, then the connection ends;
- ``("answer", k)``: the store does all it was asked; the client gets k bytes of the answer's body;
- ``"stale"``: a listing is what it was when it was first asked for.

After each request that reached the store, before the client hears of it, ``watch`` is called: that
is every moment at which another reader can see something new.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Fault = int | str | tuple[str, int] | None
HOP = {"connection", "transfer-encoding", "expect", "keep-alive"}


class FaultProxy:
    """Serve on a free port of the loopback, and forward to another one."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.watch: Callable[[], object] = lambda: None
        self.plan: list[Fault] = []
        self.injected = 0
        self.paths: list[str] = []
        self.listings: dict[str, tuple[int, list[tuple[str, str]], bytes]] = {}
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> FaultProxy:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def next_fault(self, path: str) -> Fault:
        with self.lock:
            self.paths.append(path)
            fault = self.plan.pop(0) if self.plan else None
            self.injected += fault is not None
            return fault


def _handler(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, TimeoutError):
                self.close_connection = True

        def serve(self) -> None:
            self.close_connection = True
            fault = proxy.next_fault(f"{self.command} {self.path}")
            body = self.body() if fault != "reset" else b""
            if fault in ("reset", "hang"):
                if fault == "hang":
                    self.wait()
                return
            if isinstance(fault, int):
                self.answer(fault, [("Content-Type", "text/plain")], b"a fault")
            elif isinstance(fault, tuple) and fault[0] == "request" and body:
                self.send_cut(body[: fault[1] % len(body)], len(body))
            else:
                status, headers, content = self.listed(fault, body)
                cut = fault[1] if isinstance(fault, tuple) and fault[0] == "answer" else None
                self.answer(status, headers, content, cut)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve

        def wait(self) -> None:
            """Until the client has gone."""
            self.connection.settimeout(0.05)
            while not proxy.closing.is_set():
                try:
                    if not self.connection.recv(1, socket.MSG_PEEK):
                        return
                    proxy.closing.wait(0.05)
                except TimeoutError:
                    continue
                except OSError:
                    return

        def body(self) -> bytes:
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                data = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    data += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return data
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def listed(self, fault: Fault, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            listing = self.command == "GET" and ("list-type" in self.path or "/o?" in self.path)
            if fault == "stale" and listing and self.path in proxy.listings:
                return proxy.listings[self.path]
            answer = self.forward(body)
            if listing:
                proxy.listings.setdefault(self.path, answer)
            return answer

        def sent_headers(self, length: int) -> list[tuple[str, str]]:
            kept = [(k, v) for k, v in self.headers.items() if k.lower() not in HOP]
            kept = [(k, v) for k, v in kept if k.lower() != "content-length"]
            return [*kept, ("Content-Length", str(length)), ("Connection", "close")]

        def forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            upstream = http.client.HTTPConnection("127.0.0.1", proxy.upstream, timeout=20)
            try:
                upstream.putrequest(
                    self.command, self.path, skip_host=True, skip_accept_encoding=True
                )
                for key, value in self.sent_headers(len(body)):
                    upstream.putheader(key, value)
                upstream.endheaders(body)
                answer = upstream.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            finally:
                upstream.close()
                proxy.watch()

        def send_cut(self, body: bytes, length: int) -> None:
            """Promise the store more than it gets."""
            with socket.create_connection(("127.0.0.1", proxy.upstream), timeout=20) as upstream:
                head = [f"{self.command} {self.path} HTTP/1.1"]
                head += [f"{key}: {value}" for key, value in self.sent_headers(length)]
                upstream.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
                upstream.shutdown(socket.SHUT_WR)
                while upstream.recv(65536):  # until it has done what it does
                    pass
            proxy.watch()

        def answer(
            self,
            status: int,
            headers: list[tuple[str, str]],
            content: bytes,
            cut: int | None = None,
        ) -> None:
            if cut is not None and self.command != "HEAD" and not content:
                return  # nothing to cut but the whole answer
            self.send_response_only(status)
            length = dict((k.lower(), v) for k, v in headers).get("content-length")
            for key, value in headers:
                if key.lower() not in HOP and key.lower() != "content-length":
                    self.send_header(key, value)
            shown = length if self.command == "HEAD" and length else str(len(content))
            if status != 204:
                self.send_header("Content-Length", shown)
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content if cut is None else content[: cut % len(content)])

    return Handler
