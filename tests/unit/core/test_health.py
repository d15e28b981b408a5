"""What counts as a working Odoo."""

from __future__ import annotations

import http.server
import threading
import time

import pytest
from click.testing import CliRunner

from pipeline.cli.image.smoke import command
from pipeline.core.odoo.health import fetch, visit, wait

PAGE = '<link rel="stylesheet" href="/web/assets/1-abc/web.assets_frontend.min.css"/>'


def pages(answers: dict[str, tuple[int, str]]):
    asked: list[str] = []

    def ask(url: str) -> tuple[int, str]:
        asked.append(url)
        return answers.get(url.removeprefix("http://odoo"), (404, "not found"))

    ask.asked = asked  # type: ignore[attr-defined]
    return ask


def test_a_healthy_server_is_not_waited_for() -> None:
    ask = pages({"/web/health": (200, "pass")})
    assert wait("http://odoo", 60, ask) is None
    assert ask.asked == ["http://odoo/web/health"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [((500, "error"), "answered 500"), ((0, "connection refused"), "connection refused")],
)
def test_a_server_that_stays_ill_is_reported_with_its_last_answer(answer, words) -> None:
    finding = wait("http://odoo", 0, pages({"/web/health": answer}))
    assert finding is not None and finding.code == "no-health" and words in finding.message


def test_a_page_with_a_working_bundle_is_good() -> None:
    bundle = "/web/assets/1-abc/web.assets_frontend.min.css"
    ask = pages({"/web/login": (200, PAGE), bundle: (200, "body {}")})
    assert visit("http://odoo", ask) == ()
    assert ask.asked[-1] == f"http://odoo{bundle}"


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({}, "no-login"),
        ({"/web/login": (500, "")}, "no-login"),
        ({"/web/login": (200, "<html></html>")}, "no-assets"),
        ({"/web/login": (200, PAGE)}, "no-assets"),
    ],
)
def test_a_page_that_a_visitor_cannot_use_is_a_finding(answers, code) -> None:
    assert [finding.code for finding in visit("http://odoo", pages(answers))] == [code]


def test_an_address_that_is_none_is_named() -> None:
    answer = CliRunner().invoke(command, ["--url", "odoo:8069"])
    assert answer.exit_code == 2
    assert "'odoo:8069' is not the address of a web server" in answer.output


def test_the_operator_s_proxy_is_not_asked(monkeypatch) -> None:
    """What is asked is this machine: a proxy in the shell would answer for it, or not at all."""

    class Odoo(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"pass")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Odoo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    try:
        assert fetch(f"http://127.0.0.1:{server.server_port}/web/health") == (200, "pass")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("seconds, status", [(0.2, 0), (20, 200)])
def test_a_page_has_the_time_that_it_is_given(seconds: float, status: int) -> None:
    class Slow(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

        def do_GET(self) -> None:
            time.sleep(1)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert fetch(f"http://127.0.0.1:{server.server_port}/", seconds)[0] == status
    finally:
        server.shutdown()
        server.server_close()
