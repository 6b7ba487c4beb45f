"""Errors reach a service that speaks Sentry's protocol, and bring nobody's words along."""

from __future__ import annotations

import gzip
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sentry_sdk

from bot.service import report_errors
from bot.settings import Settings


class Receiver(BaseHTTPRequestHandler):
    got: list[bytes] = []  # noqa: RUF012 - one list for the one server of a test

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    Receiver.got.clear()
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://public@127.0.0.1:{server.server_port}/1"
    sentry_sdk.get_client().close(timeout=2)
    sentry_sdk.get_global_scope().set_client(None)
    server.shutdown()
    serving.join()
    server.server_close()


def test_an_error_is_reported_without_the_question(address: str) -> None:
    report_errors(Settings(sentry_dsn=address, _env_file=None))
    question = "-".join(("my", "very", "own", "words"))  # lines of source are sent, what variables hold is not
    try:
        raise RuntimeError("the expert fell ill")
    except RuntimeError:
        logging.getLogger("bot.test").exception("interaction 7: failed")
    sentry_sdk.flush(timeout=5)
    (event,) = [body for body in Receiver.got if b'"exception"' in body]
    assert b"interaction 7: failed" in event
    assert b"the expert fell ill" in event
    assert question.encode() not in event


def test_without_an_address_nothing_is_sent() -> None:
    report_errors(Settings(_env_file=None))
    assert not sentry_sdk.get_client().is_active()
