"""Run Odoo with its tests and its log recorded: ``pipeline_odoo.py EVENTS STACKS ADDON ARGUMENT…``.

It works with Odoo 16 to 19: it depends only on the names OdooTestResult and `odoo.cli.main`.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import inspect
import logging
import re
import sys
import threading
import unittest
from collections.abc import Callable, Collection, Sequence
from importlib.abc import Loader, MetaPathFinder
from types import ModuleType
from typing import Any

import pipeline_browser
import pipeline_javascript
from pipeline_recording import Frames, Recorder, describe, open_stacks, stack

#: Where OdooTestResult is. It cannot be imported early: that would load Odoo before its options.
RESULT_MODULES = ("odoo.tests.result", "odoo.tests.runner")

#: What Odoo logs when it has taken one.
_SCREENSHOT = re.compile(r"Screenshot in: (.+)")
#: Set in a thread while Odoo logs the outcome of a test that is already recorded.
_logging_outcome = threading.local()


class Log(logging.Handler):
    """Records warnings and worse, with the add-on that was being installed and where in the code.

    Args:
        recorder: gets the records.
    """

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(logging.INFO)
        self.recorder = recorder
        self.module = ""
        self.completed = False

    def emit(self, record: logging.LogRecord) -> None:
        """Record a log entry. Odoo also calls it directly, with entries whose level it lowered."""
        if self.recorder.running and record.name.endswith(".browser"):
            level, message = logging.getLevelName(record.levelno), record.getMessage()
            self.recorder.emit("console", test=self.recorder.running, level=level, message=message)
        elif record.levelno < logging.WARNING:
            self._follow(record)
        elif not getattr(_logging_outcome, "now", False):
            message, trace = record.getMessage(), ""
            frames: Frames = stack()
            if record.exc_info and record.exc_info[0]:
                reason, trace, frames = describe(record.exc_info)
                message = f"{message}: {reason}"
            self.recorder.emit(
                "log",
                level=logging.getLevelName(record.levelno),
                logger=record.name,
                message=message,
                trace=trace,
                frames=frames,
                module=self.module,
            )

    def _follow(self, record: logging.LogRecord) -> None:
        """Follow what Odoo is doing by what it logs."""
        if record.name == "odoo.modules.loading":
            loading = re.match(r"Loading module (\w+) \(", record.getMessage())
            if loading:
                self.module = loading[1]
            elif " modules loaded in " in record.getMessage():
                self.module = ""
        elif record.name == "odoo.service.server" and "Initiating shutdown" in record.getMessage():
            self.completed = True
        elif self.recorder.running and (taken := _SCREENSHOT.match(record.getMessage())):
            self.recorder.emit("screenshot", test=self.recorder.running, path=taken[1])


class ImportHook(MetaPathFinder, Loader):
    """Calls a function with a module of a given name just after it has been imported.

    Args:
        names: the modules.
        then: the function.
    """

    def __init__(self, names: Sequence[str], then: Callable[[ModuleType], None]) -> None:
        self.names, self.then = set(names), then
        self._loaders: dict[str, Loader] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find it with the other finders, then intercept its loading."""
        if fullname not in self.names:
            return None
        self.names.discard(fullname)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            self._loaders[fullname], spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """Leave it to the real loader."""
        return self._loaders[spec.name].create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then call the function with it."""
        loader = self._loaders[module.__name__]
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = loader
        loader.exec_module(module)
        self.then(module)


def identify(test: Any) -> tuple[str, str]:
    """A test's name as ``addon.tests.module.Class.method``, and for a subtest its description.

    What Odoo reports for a class, ``setUpClass (…Class)``, becomes ``…Class.setUpClass``.
    """
    whole = test.id()
    while getattr(test, "test_case", None) is not None:
        test = test.test_case
    name = test.id()
    part = whole[len(name) :].strip()
    of_class = re.fullmatch(r"(\w+) \(([\w.]+)\)", name)
    if of_class:
        name = f"{of_class[2]}.{of_class[1]}"
    return name.removeprefix("odoo.addons."), part


def watch(result_class: Any, recorder: Recorder) -> None:
    """Make a class of test results also record the outcomes that it receives."""

    def also(name: str, before: Callable[..., None], silent: bool = False) -> None:
        original = getattr(result_class, name)

        @functools.wraps(original)
        def method(self: Any, *arguments: Any, **options: Any) -> Any:
            before(self, *arguments)
            _logging_outcome.now = silent
            try:
                return original(self, *arguments, **options)
            finally:
                _logging_outcome.now = False

        setattr(result_class, name, method)

    def outcome(kind: str) -> Callable[..., None]:
        def record(self: Any, test: Any, error: Any) -> None:
            if getattr(self, "_soft_fail", False):  # it will be tried again
                return
            name, part = identify(test)
            message, trace, frames = describe(error)
            recorder.result(name, kind, message, part=part, trace=trace, frames=frames)

        return record

    def skip(self: Any, test: Any, reason: str) -> None:
        name, part = identify(test)
        recorder.result(name, "skipped", reason, part=part)

    also("startTest", lambda self, test: recorder.start(identify(test)[0]))
    also("stopTest", lambda self, test: recorder.stop(identify(test)[0]))
    also("addFailure", outcome("failed"), silent=True)
    also("addError", outcome("error"), silent=True)
    also("addSkip", skip)
    also("addSuccess", lambda self, test: recorder.result(identify(test)[0], "passed"))


def test_modules(addon: str) -> list[str]:
    """The test modules of an add-on that have been imported, such as ``test_visit``."""
    prefix = f"odoo.addons.{addon}.tests."
    return sorted(name.removeprefix(prefix) for name in sys.modules if name.startswith(prefix))


def collected(addon: str, started: Collection[str]) -> list[str]:
    """The tests that an add-on has, by what was imported, whatever Odoo selected.

    Odoo leaves out modules and classes by their names, classes of other frameworks, tests with
    other tags, and inherited methods. A test that ran in a subclass counts as that.

    Args:
        addon: its name.
        started: names of the tests that began.
    """
    modules = [sys.modules[f"odoo.addons.{addon}.tests.{name}"] for name in test_modules(addon)]
    classes = {
        kind: f"{kind.__module__.removeprefix('odoo.addons.')}.{kind.__qualname__}"
        for module in modules
        for kind in list(vars(module).values())
        if isinstance(kind, type) and kind.__module__ == module.__name__
    }
    cases = [kind for kind in classes if issubclass(kind, unittest.TestCase)]
    names: dict[str, None] = {}
    for kind, name in classes.items():
        heirs = [one for one in cases if issubclass(one, kind)]
        if not heirs and not (kind.__bases__ == (object,) and kind.__name__.startswith("Test")):
            continue  # not a class of tests, such as a model made for them
        for method, function in list(vars(kind).items()):
            if method.startswith("test") and inspect.isroutine(function):
                places = [f"{classes[one]}.{method}" for one in heirs]
                names[next((one for one in places if one in started), f"{name}.{method}")] = None
    return list(names)


def main(events: str, stacks: str, addon: str, *arguments: str) -> None:
    """Run Odoo's command line, recorded. Ends the process as Odoo would."""
    open_stacks(stacks)
    recorder = Recorder(events)
    log = Log(recorder)
    logging.getLogger().addHandler(log)
    hook = ImportHook(RESULT_MODULES, lambda module: watch(module.OdooTestResult, recorder))
    sys.meta_path.insert(0, hook)
    sys.meta_path.insert(0, ImportHook(["odoo.tests.common"], pipeline_browser.watch))
    more = ImportHook(["odoo.tests.loader"], lambda one: pipeline_javascript.watch(one, addon))
    sys.meta_path.insert(0, more)
    pipeline_browser.offer()
    sys.argv = ["odoo", *arguments]
    from odoo.cli import main as odoo

    try:
        odoo()
    finally:
        # Odoo always ends by exit(). What counts is whether it got to its shutdown.
        if log.completed:
            recorder.emit("collected", tests=collected(addon, recorder.begun), files=[])
            recorder.emit("end", modules=test_modules(addon))


if __name__ == "__main__":
    main(*sys.argv[1:])
