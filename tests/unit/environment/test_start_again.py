"""What is started again after a failure: what ran; what did not work need not work now."""

from __future__ import annotations

import pytest

from pipeline.core.errors import CheckFailed, TimeLimitError, ToolError
from pipeline.core.odoo import health
from pipeline.core.settings.environments import Environments, resolve
from pipeline.environment.host.host import Host
from pipeline.environment.odoo import web

HERE = resolve("odoo-mta", Environments(), "uat")
SERVICES = (HERE.web_service, HERE.cron_service)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host with one web server that works."""
    monkeypatch.setattr(Host, "containers", lambda self, service, everything=False: ["one"])
    monkeypatch.setattr(Host, "address", lambda self, container: "127.0.0.1")
    monkeypatch.setattr(Host, "rows", lambda self, query, database="": [])
    monkeypatch.setattr(health, "fetch", lambda url, seconds=1.0: (200, "{}"))
    monkeypatch.setattr(health, "visit", lambda url, fetch=None: [])
    return Host(HERE)


def test_a_web_server_that_answers_works(host: Host) -> None:
    assert web.works(host)


@pytest.mark.parametrize(
    "name, broken",
    [
        ("containers", []),
        ("address", ToolError("it has none", "look")),
        ("rows", TimeLimitError("PostgreSQL does not answer", "look")),
        ("rows", ToolError("there is no such table", "look")),
    ],
)
def test_whatever_cannot_be_found_out_does_not_work(
    host: Host, monkeypatch: pytest.MonkeyPatch, name: str, broken: object
) -> None:
    def answer(*args: object, **more: object) -> object:
        if isinstance(broken, Exception):
            raise broken
        return broken

    monkeypatch.setattr(Host, name, answer)
    assert not web.works(host)


@pytest.mark.parametrize("code, findings", [(503, []), (200, ["no assets"])])
def test_a_page_that_is_not_good_does_not_work(
    host: Host, monkeypatch: pytest.MonkeyPatch, code: int, findings: list[str]
) -> None:
    monkeypatch.setattr(health, "fetch", lambda url, seconds=1.0: (code, ""))
    monkeypatch.setattr(health, "visit", lambda url, fetch=None: findings)
    assert not web.works(host)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was started; the web server is not healthy afterwards."""
    found: list[str] = []

    def check(host: Host, container: str) -> None:
        raise CheckFailed("it answers 500", "look")

    monkeypatch.setattr(web, "start", lambda host, image: found.append("web") or "one")
    monkeypatch.setattr(web, "start_crons", lambda host, image: found.append("cron"))
    monkeypatch.setattr(web, "check", check)
    return found


def test_what_did_not_work_before_need_not_work_now(host: Host, started: list[str]) -> None:
    said: list[str] = []
    web.start_again(host, "image", SERVICES, worked=False, say=said.append)
    assert started == ["web", "cron"]
    assert said == ["warning: the version that ran is not healthy: it answers 500"]


def test_what_worked_before_must_work_now(host: Host, started: list[str]) -> None:
    with pytest.raises(CheckFailed, match="answers 500"):
        web.start_again(host, "image", SERVICES, worked=True, say=lambda text: None)
    assert started == ["web"]


@pytest.mark.parametrize("ran", [(), (HERE.cron_service,)])
def test_only_what_ran_is_started(host: Host, started: list[str], ran: tuple[str, ...]) -> None:
    web.start_again(host, "image", ran, worked=True, say=lambda text: None)
    assert started == ["cron"] * len(ran)
