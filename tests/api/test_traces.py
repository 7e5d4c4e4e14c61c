"""Traces, taken by a collector that really listens."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("opentelemetry.sdk")


@pytest.fixture
def collector():
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", received
    server.shutdown()


def spans(received):
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    return [
        span
        for body in received
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def test_a_job_hangs_below_the_request_it_came_from(settings_of, collector):
    from fastapi.testclient import TestClient

    from melodyai_edu.api.music_generation_api import create_app

    endpoint, received = collector
    app = create_app(settings_of(traces=endpoint))
    asked = {"genre": "jig", "bars": 4, "seed": 7, "model": "ngram", "key": "D major"}
    with TestClient(app, base_url="http://localhost") as client:
        answer = client.post("/v1/compositions", json=asked)
        assert answer.status_code == 201
        piece = answer.json()["id"]
        assert client.get(f"/v1/compositions/{piece}.mid?a=b").status_code == 200
        assert client.get("/healthz").status_code == 200
        unsampled = {"traceparent": f"00-{'1' * 32}-{'1' * 16}-00"}
        assert client.get("/v1/genres", headers=unsampled).status_code == 200
    found = spans(received)
    job = next(span for span in found if span.name == "job compose")
    request = next(span for span in found if span.name == "POST /v1/compositions")
    assert job.trace_id == request.trace_id
    assert job.parent_span_id == request.span_id
    assert not any("healthz" in span.name for span in found)
    assert {span.name for span in found} >= {"GET /v1/compositions/{piece_id}.mid"}
    for secret in ("D major", piece, "a=b", "testclient"):
        assert not any(secret.encode() in body for body in received), secret
