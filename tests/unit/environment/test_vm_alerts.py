"""Alerts: what they say, and what becomes of one that does not arrive."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

from pipeline.environment.runs import alerts
from pipeline.environment.runs.story import Began, Story


def test_the_alert_names_everything_but_secrets(tmp_path):
    began = Began("deploy", {"version": "1.2"}, at=10.0)
    story = Story(began, begun=("migrate",), last=70.0)
    said = alerts.text("prod", "deploy", story, "stopped", "it broke", "roll back", "https://run")
    for part in (
        "PROD",
        "deploy 1.2",
        "stopped",
        "step: migrate",
        "60 s",
        "it broke",
        "https://run",
    ):
        assert part in said
    assert alerts.wanted("deploy", True, "done", True)
    assert not alerts.wanted("deploy", False, "done", True)
    assert alerts.wanted("deploy", False, "rolled-back", True)
    assert alerts.webhook(tmp_path / "nowhere", {}) == ""
    assert alerts.webhook(None, {"SLACK_WEBHOOK_URL": " https://x "}) == "https://x"


def test_a_broken_channel_is_reported_without_its_url():
    for address in ("http://127.0.0.1:9/hidden", "file:///hidden", "http://[hidden"):
        problem = alerts.send(address, "text")
        assert problem and "hidden" not in problem


@pytest.mark.parametrize(("status", "says"), [(200, ""), (500, "the channel answered 500")])
def test_an_alert_arrives(status, says):
    heard = []

    class Channel(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *arguments):
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Channel) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert alerts.send(f"http://127.0.0.1:{server.server_port}/", "text") == says
        thread.join()
    assert heard == [{"text": "text"}]
