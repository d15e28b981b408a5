"""What is changed of Odoo's tests with a browser, tried on an imitation of its class."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pipeline.test.recording.reader import INSIDE


class Failed(Exception):
    """Odoo's ChromeBrowserException."""


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, imported as the test process imports it."""
    monkeypatch.syspath_prepend(str(INSIDE))
    return importlib.import_module("pipeline_browser")


def common() -> Any:
    """A module like `odoo.tests.common`, with a browser that does what it is told."""

    class ChromeBrowser:
        def __init__(self, *program: str) -> None:
            self.chrome = subprocess.Popen(program)
            self._result: Future[bool] = Future()

        def _wait_ready(self, answer: bool | Exception) -> bool:
            if isinstance(answer, Exception):
                raise answer
            return answer

        def _handle_console(self, type: str, args: Any = None, stackTrace: Any = None) -> str:
            return type

    return SimpleNamespace(
        ChromeBrowser=ChromeBrowser, ChromeBrowserException=Failed, CHECK_BROWSER_ITERATIONS=100
    )


def test_a_browser_of_the_container_is_found_after_those_of_the_image(
    inside: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setattr(sys, "path", before := [*sys.path])
    inside.offer(str(tmp_path / "none"))
    assert (os.environ["PATH"], sys.path) == ("/usr/bin", before)
    inside.offer(str(tmp_path))
    assert os.environ["PATH"] == f"/usr/bin:{tmp_path}/bin"
    assert sys.path[-1] == f"{tmp_path}/python"


def test_a_browser_gets_more_time_to_start(inside: ModuleType) -> None:
    inside.watch(module := common())
    assert module.CHECK_BROWSER_ITERATIONS > 100
    inside.watch(other := SimpleNamespace())  # a version with other names
    assert vars(other) == {}


def test_an_error_of_the_console_that_is_allowed_is_a_warning(
    inside: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(inside.ALLOWED, '["lacks \\\\w+"]')
    inside.watch(module := common())
    browser = module.ChromeBrowser("true")
    browser.chrome.wait()
    lacks, other = {"type": "string", "value": "it lacks files"}, {"description": "Error: no"}
    assert browser._handle_console(type="error", args=[other, lacks], stackTrace={}) == "warning"
    assert browser._handle_console(type="error", args=[other]) == "error"
    assert browser._handle_console(type="error") == "error"
    assert browser._handle_console(type="info", args=[lacks]) == "info"


@pytest.mark.parametrize(
    "program, how",
    [(("false",), "ended with exit code 1"), (("sh", "-c", "kill -9 $$"), "killed by signal 9")],
)
def test_the_end_of_the_browser_is_the_cause(
    inside: ModuleType, program: tuple[str, ...], how: str
) -> None:
    inside.watch(module := common())
    browser = module.ChromeBrowser(*program)
    with pytest.raises(Failed, match=f"the browser .*{how} during the test") as raised:
        browser._wait_ready(OSError("no connection"))
    assert isinstance(raised.value.__cause__, OSError)
    browser._result.cancel()  # Odoo takes some lost connections for a success
    with pytest.raises(Failed, match=how):
        browser._wait_ready(True)


def test_while_the_browser_runs_nothing_changes(
    inside: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside, "_TO_END", 0.1)
    inside.watch(module := common())
    browser = module.ChromeBrowser("sleep", "60")
    try:
        assert browser._wait_ready(True) is True
        with pytest.raises(OSError, match="no connection"):
            browser._wait_ready(OSError("no connection"))
        browser._result.cancel()
        assert browser._wait_ready(True) is True
    finally:
        browser.chrome.kill()
        browser.chrome.wait()
