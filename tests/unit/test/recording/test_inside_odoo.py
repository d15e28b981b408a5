"""What runs inside Odoo's process, tried on small imitations of its classes."""

from __future__ import annotations

import importlib
import json
import logging
import sys
import unittest
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline.test.recording.reader import INSIDE, Recording, read


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, imported as the test process imports it."""
    monkeypatch.syspath_prepend(str(INSIDE))
    return importlib.import_module("pipeline_odoo")


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """The file of events."""
    return tmp_path / "events"


@pytest.fixture
def log(inside: ModuleType, events: Path) -> Iterator[logging.Handler]:
    """The handler, at work; other handlers rest."""
    root = logging.getLogger()
    handler = inside.Log(inside.Recorder(str(events)))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def make_result() -> type:
    """A new class like Odoo's, which logs what it is told."""

    class OdooTestResult(unittest.TestResult):
        _soft_fail = False

        def addFailure(self, test: Any, err: Any) -> None:
            super().addFailure(test, err)
            logging.getLogger("odoo.tests").error("FAIL")

        def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
            if err is not None:
                self.addFailure(subtest, err)

    return OdooTestResult


class Sample(unittest.TestCase):
    """Tests that go every way; pytest collects them not, for no name begins with `test`."""

    def good(self) -> None:
        pass

    def fails(self) -> None:
        self.fail("no")

    def parts(self) -> None:
        for n in (1, 2):
            with self.subTest(n=n):
                self.assertEqual(n, 1)

    def skips(self) -> None:
        self.skipTest("not today")


def record(
    inside: ModuleType, events: Path, *methods: str, then: Callable[[Any], None] | None = None
) -> Recording:
    """Run methods of the sample with a watched result."""
    result_class = make_result()
    inside.watch(result_class, inside.Recorder(str(events)))
    result = result_class()
    if then:
        then(result)
    for method in methods:
        Sample(method).run(result)
    return read(events)


def test_outcomes_are_recorded_as_they_happen(inside: ModuleType, events: Path) -> None:
    recording = record(inside, events, "good", "fails", "parts", "skips")
    outcomes = {
        test.name.rpartition(".")[2]: [(one.outcome, one.part) for one in test.results]
        for test in recording.tests
    }
    assert outcomes == {
        "good": [("passed", "")],
        "fails": [("failed", "")],
        "parts": [("failed", "(n=2)")],
        "skips": [("skipped", "")],
    }
    assert recording.running == ""


def test_outcome_that_odoo_logs_as_well_is_recorded_once(
    inside: ModuleType, events: Path, log: logging.Handler
) -> None:
    recording = record(inside, events, "fails")
    assert recording.log == ()
    logging.getLogger("odoo.tests").error("another")
    assert [entry.message for entry in read(events).log] == ["another"]


def test_failure_that_will_be_tried_again_is_not_recorded(inside: ModuleType, events: Path) -> None:
    recording = record(
        inside, events, "fails", then=lambda result: setattr(result, "_soft_fail", True)
    )
    assert recording.tests[0].results == ()


def test_problem_of_a_class_is_named_after_it(inside: ModuleType) -> None:
    class Holder:
        def id(self) -> str:
            return "setUpClass (odoo.addons.x.tests.test_a.A)"

    assert inside.identify(Holder()) == ("x.tests.test_a.A.setUpClass", "")


def test_records_know_level_place_and_module(
    inside: ModuleType, events: Path, log: logging.Handler
) -> None:
    loading = logging.getLogger("odoo.modules.loading")
    loading.info("Loading module %s (%d/%d)", "sale", 1, 2)
    logging.getLogger("odoo.models").warning("odd %s", "thing")
    loading.info("2 modules loaded in 0.1s")
    try:
        raise ValueError("bad")
    except ValueError:
        logging.getLogger("odoo").critical("Failed", exc_info=True)
    first, second = read(events).log
    assert (first.level, first.logger, first.message) == ("WARNING", "odoo.models", "odd thing")
    assert first.module == "sale" and second.module == ""
    assert any(path == __file__ for path, _ in first.frames)
    assert second.message == "Failed: ValueError: bad"
    assert "Traceback" in second.trace and second.frames[-1][0] == __file__


def test_end_is_known_from_odoos_shutdown(log: logging.Handler) -> None:
    logging.getLogger("odoo.service.server").info("HTTP service running")
    assert not log.completed  # type: ignore[attr-defined]
    logging.getLogger("odoo.service.server").info("Initiating shutdown")
    assert log.completed  # type: ignore[attr-defined]


def test_hook_is_called_after_the_import_and_leaves_others_alone(
    inside: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hooked_module.py").write_text("value = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    seen: list[ModuleType] = []
    hook = inside.ImportHook(["hooked_module", "hooked_nowhere"], seen.append)
    monkeypatch.setattr(sys, "meta_path", [hook, *sys.meta_path])
    module = importlib.import_module("hooked_module")
    assert [one.value for one in seen] == [1]
    assert module.__loader__ is not hook
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("hooked_nowhere")
    importlib.reload(module)
    assert len(seen) == 1


@pytest.mark.parametrize("completes", [True, False])
def test_main_runs_odoo_and_tells_whether_it_got_to_its_end(
    inside: ModuleType,
    events: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    completes: bool,
) -> None:
    seen: list[list[str]] = []

    def odoo() -> None:
        seen.append(sys.argv)
        if completes:
            logging.getLogger("odoo.service.server").info("Initiating shutdown")
        raise SystemExit(0)

    cli = ModuleType("odoo.cli")
    cli.main = odoo  # type: ignore[attr-defined]
    modules = {"odoo": ModuleType("odoo"), "odoo.cli": cli}
    modules["odoo.addons.x.tests.test_a"] = ModuleType("test_a")
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(inside, "open_stacks", lambda path: None)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", logging.INFO)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "argv", [])
    logging.getLogger("odoo.service.server").manager._clear_cache()  # type: ignore[attr-defined]
    with pytest.raises(SystemExit):
        inside.main(str(events), str(tmp_path / "stacks"), "x", "--stop-after-init")
    assert seen == [["odoo", "--stop-after-init"]]
    assert read(events).ended is completes
    assert read(events).modules == (("test_a",) if completes else ())


def test_stacks_are_written_on_the_signal(
    inside: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import faulthandler
    import signal

    module = importlib.import_module("pipeline_recording")
    monkeypatch.setattr(faulthandler, "enable", lambda stream: None)  # pytest's own stays
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        module.open_stacks(str(tmp_path / "stacks"))
        signal.raise_signal(module.STACKS_SIGNAL)
        faulthandler.unregister(module.STACKS_SIGNAL)
    assert __file__ in (tmp_path / "stacks").read_text()


def test_events_survive_anything_that_can_be_printed(inside: ModuleType, events: Path) -> None:
    inside.Recorder(str(events)).emit("log", message=object())
    assert json.loads(events.read_text())["message"].startswith("<object")


def test_tests_are_counted_by_what_was_imported(
    inside: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
import unittest
class Mixin:
    def test_mixed(self): ...
    def make(self): ...
class Base(unittest.TestCase):
    test_tags = {"standard"}
    def test_inherited(self): ...
class TestHeir(Mixin, Base):
    def test_own(self): ...
    test_data = 3
class TestPlain:
    def testOne(self): ...
class Model(dict):
    def test_connection(self): ...
"""
    name = "odoo.addons.x.tests.deep.test_a"
    module = ModuleType(name)
    exec(text, vars(module))
    other = ModuleType("odoo.addons.x.tests.test_b")
    vars(other).update(Base=vars(module)["Base"])  # imported, not its own
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, other.__name__, other)
    here = "x.tests.deep.test_a"
    started = {f"{here}.TestHeir.test_mixed", f"{here}.TestHeir.test_own"}
    assert inside.collected("x", started) == [
        f"{here}.TestHeir.test_mixed",
        f"{here}.Base.test_inherited",
        f"{here}.TestHeir.test_own",
        f"{here}.TestPlain.testOne",
    ]
    assert inside.collected("y", set()) == []


def test_what_a_browser_prints_belongs_to_the_test(
    inside: ModuleType, events: Path, log: Any
) -> None:
    browser = logging.getLogger("odoo.addons.shop.tests.test_shop.TestShop.test_buy.browser")
    odoo = logging.getLogger("odoo.addons.shop")
    log.recorder.start("shop.test_buy")
    browser.info("[1/2] Tour buy")
    browser.error("FAILED: %s", "[1/2]")
    odoo.info("Screenshot in: /taken/sc_1.png")
    log.recorder.stop("shop.test_buy")
    browser.error("nobody's")
    odoo.info("Screenshot in: /taken/sc_2.png")
    recording = read(events)
    (test,) = recording.tests
    assert [str(one) for one in test.console] == ["[1/2] Tour buy", "ERROR: FAILED: [1/2]"]
    assert test.screenshots == ("/taken/sc_1.png",)
    assert [entry.message for entry in recording.log] == ["nobody's"]
