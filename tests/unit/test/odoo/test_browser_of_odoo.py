"""How failures in the browser are told."""

from __future__ import annotations

from pathlib import Path

from pipeline.test.odoo.browser import copy_screenshots, explained
from pipeline.test.recording.reader import Printed, RecordedTest, Recording, Result

CALL = 'AssertionError: The test code "odoo.startTour(\'buy\', {"startUrl": "/odoo"})" failed\n\n'
STEPS = (
    Printed("INFO", "[1/2] Tour buy → Step Open "),
    Printed("INFO", "[2/2] Tour buy → Step Pay"),
)
TAKEN = "/taken/screenshots/test/screenshots/sc_1_TestShop.png"


def told(message: str, *console: Printed, screenshots: tuple[str, ...] = (TAKEN,)) -> str:
    """The message of a failed test, as it is told."""
    results = (Result("passed"), Result("failed", message))
    test = RecordedTest("shop.tests.test_shop.TestShop.test_buy", results, 1, console, screenshots)
    (after,) = explained(Recording((test,)), "shop").tests
    assert after.results[0] == Result("passed") and after.console == console
    assert after.screenshots == tuple("screenshot-shop-sc_1_TestShop.png" for _ in screenshots)
    return after.results[1].message


def test_a_failed_step_is_told_without_the_call_and_the_stack() -> None:
    failed = "FAILED: [2/2] Tour buy → Step Pay (trigger: .pay).\nError: no money"
    stack = "\n    at Object.run (http://127.0.0.1/web/assets/1.js:8:5)\n    at async Macro.start"
    said = told(f"{CALL}{failed}{stack}", *STEPS, Printed("ERROR", failed + stack))
    assert said == f"{failed}; see screenshot-shop-sc_1_TestShop.png"


def test_what_the_console_printed_before_the_end_is_told() -> None:
    console = (
        *STEPS,
        Printed("WARNING", "odd\nand more"),
        Printed("ERROR", "\n"),
        Printed("ERROR", "Error received after termination: noise"),
        Printed("INFO", "fine"),
    )
    said = told(f"{CALL}Script timeout exceeded", *console, screenshots=())
    assert said == (
        "Script timeout exceeded; it was at [2/2] Tour buy → Step Pay; "
        "console: WARNING: odd and more"
    )


def test_what_is_allowed_is_not_told() -> None:
    test = RecordedTest("a.b", (Result("failed", "no"),), 1, (Printed("WARNING", "an odd thing"),))
    for allowed, message in ((("odd",), "no"), ((), "no; console: WARNING: an odd thing")):
        (after,) = explained(Recording((test,)), "shop", allowed).tests
        assert after.results[0].message == message


def test_code_that_is_no_tour_has_no_step() -> None:
    assert told("AssertionError: Some js test failed\n\n1 of 2 failed", screenshots=()) == (
        "AssertionError: Some js test failed\n\n1 of 2 failed"  # nothing of a browser was recorded
    )
    said = told("AssertionError: Some js test failed\n\n1 of 2 failed", Printed("INFO", "[HOOT]"))
    assert said.startswith("1 of 2 failed; see screenshot-")


def test_screenshots_are_copied_by_unit(tmp_path: Path) -> None:
    taken, output = tmp_path / "screenshots/test/screenshots/sc_1_TestShop.png", tmp_path / "output"
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b"picture")
    output.mkdir()
    copy_screenshots(tmp_path / "screenshots", "shop", output)
    copy_screenshots(tmp_path / "nothing", "shop", output)
    (copy,) = output.iterdir()
    assert (copy.name, copy.read_bytes()) == ("screenshot-shop-sc_1_TestShop.png", b"picture")
