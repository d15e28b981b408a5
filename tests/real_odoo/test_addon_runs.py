"""What `test-addon` says about good and bad add-ons, in a real Odoo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from addon_files import file_of, junit, line
from coverage import CoverageData

from pipeline.core.results import Outcome

pytestmark = pytest.mark.odoo

Addon = Callable[..., None]
Run = Callable[..., Outcome]


def test_good_addon_passes_with_both_positions_and_http(
    addon: Addon, run: Run, repository: Path
) -> None:
    addon(
        "base_part",
        {
            "__init__.py": "from . import models\n",
            "models.py": "def add(a, b):\n    if a:\n        return a + b\n    return b\n",
        },
    )
    body = """
class TestAtInstall(TransactionCase):
    def test_add(self):
        from odoo.addons.base_part.models import add
        self.assertEqual(add(1, 2), 3)


@tagged("post_install", "-at_install")
class TestWeb(HttpCase):
    def test_health(self):
        self.assertEqual(self.url_open("/web/health").status_code, 200)
"""
    addon("x", file_of(body), '"depends": ["base_part"],')
    outcome = run()
    assert outcome.findings == ()
    assert outcome.summary == "2 tests"
    assert junit(repository) == {
        "x.tests.test_it.TestAtInstall.test_add": [],
        "x.tests.test_it.TestWeb.test_health": [],
    }
    data = CoverageData(str(repository / "out" / "coverage-x"))
    data.read()
    assert data.has_arcs()
    measured = {Path(file).as_posix() for file in data.measured_files()}
    assert "base_part/models.py" in measured
    assert not any("tests/" in file or "manifest" in file for file in measured)
    assert "2 tests" in (repository / "out" / "log-x.txt").read_text()


def test_failure_error_and_subtests_are_found_at_their_lines(
    addon: Addon, run: Run, repository: Path
) -> None:
    body = """
class TestIt(TransactionCase):
    def test_fails(self):
        self.assertEqual(1, 2, "not equal")  # here

    def test_raises(self):
        self.env["res.partner"].browse(-1).unknown_method()

    def test_parts(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertEqual(number, 1)

    def test_good(self):
        self.assertTrue(True)
"""
    addon("x", file_of(body))
    outcome = run()
    found = [(finding.code, finding.message) for finding in outcome.findings]
    assert (
        "test-failed",
        "x.tests.test_it.TestIt.test_fails: AssertionError: 1 != 2 : not equal",
    ) in found
    assert any(
        code == "test-error" and "test_raises: AttributeError" in text for code, text in found
    )
    parts = [text for _, text in found if "test_parts" in text]
    assert len(parts) == 2 and "(number=0)" in " ".join(parts) and "(number=2)" in " ".join(parts)
    assert len(found) == 4  # Odoo's own log repeats each of them
    assert all(finding.path == "x/tests/test_it.py" for finding in outcome.findings)
    assert line(body) in [finding.line for finding in outcome.findings]
    assert outcome.summary == "4 tests, 3 failed"
    assert junit(repository)["x.tests.test_it.TestIt.test_parts"] == ["failure", "failure"]


def test_error_in_set_up_of_a_class_is_found(addon: Addon, run: Run, repository: Path) -> None:
    body = """
class TestIt(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        raise ValueError("no fixture")  # here

    def test_never(self):
        pass
"""
    addon("x", file_of(body))
    (finding,) = run().findings
    assert (finding.path, finding.line) == ("x/tests/test_it.py", line(body))
    assert finding.code == "test-error"
    assert finding.message == "x.tests.test_it.TestIt.setUpClass: ValueError: no fixture"
    assert junit(repository) == {"x.tests.test_it.TestIt.setUpClass": ["error"]}


@pytest.mark.parametrize(
    "wait",
    ["time.sleep(600)", "self.env.cr.execute('SELECT pg_sleep(600)')"],
    ids=["python", "database"],
)
def test_hanging_test_is_named_with_its_line(
    addon: Addon, run: Run, repository: Path, wait: str
) -> None:
    body = f"""
class TestIt(TransactionCase):
    def test_a_good(self):
        pass

    def test_hangs(self):
        {wait}  # here
"""
    addon("x", file_of(body))
    (finding,) = run(time_limit=25).findings
    assert finding.code == "test-hang"
    assert "x.tests.test_it.TestIt.test_hangs" in finding.message
    assert (finding.path, finding.line) == ("x/tests/test_it.py", line(body))
    assert junit(repository)["x.tests.test_it.TestIt.test_hangs"] == ["error"]
    assert junit(repository)["x.tests.test_it.TestIt.test_a_good"] == []


@pytest.mark.parametrize(
    "crash, ending",
    [
        ("os._exit(0)", "ended with exit code 0"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was killed by signal 9"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "was killed by signal 11"),
    ],
    ids=["exit", "kill", "segfault"],
)
def test_crash_of_odoo_is_no_success(
    addon: Addon, run: Run, repository: Path, crash: str, ending: str
) -> None:
    body = f"""
class TestIt(TransactionCase):
    def test_crashes(self):
        {crash}
"""
    addon("x", file_of(body))
    (finding,) = run().findings
    assert finding.code == "test-crash"
    assert ending in finding.message
    assert "while it ran x.tests.test_it.TestIt.test_crashes" in finding.message
    assert "Starting TestIt.test_crashes" in finding.message  # its last log lines
    assert junit(repository) == {"x.tests.test_it.TestIt.test_crashes": ["error"]}


def test_exit_in_set_up_of_a_class_is_no_success(addon: Addon, run: Run) -> None:
    body = """
class TestIt(TransactionCase):
    @classmethod
    def setUpClass(cls):
        raise SystemExit(0)

    def test_never(self):
        pass
"""
    addon("x", file_of(body))
    (finding,) = run().findings
    assert finding.code == "test-crash"
    assert "before the end" in finding.message


def test_unlisted_skips_are_found(addon: Addon, run: Run, repository: Path) -> None:
    body = """
class TestIt(TransactionCase):
    @unittest.skip("later")
    def test_later(self):
        pass

    def test_sometimes(self):
        self.skipTest("not today")


class TestAll(TransactionCase):
    @classmethod
    def setUpClass(cls):
        raise unittest.SkipTest("no chrome")

    def test_browser(self):
        pass
"""
    addon("x", file_of(body))
    listed = ("x.tests.test_it.TestIt.test_later", "x.tests.test_it.TestAll")
    (finding,) = run(allowed_skips=listed).findings
    assert finding.code == "test-skipped"
    assert "TestIt.test_sometimes was skipped: not today" in finding.message
    assert junit(repository)["x.tests.test_it.TestIt.test_later"] == ["skipped"]


def test_log_records_and_python_warnings_are_found(addon: Addon, run: Run) -> None:
    body = """
_logger = logging.getLogger(__name__)


class TestIt(TransactionCase):
    def test_logs(self):
        _logger.warning("something %s", "odd")  # here
        _logger.error("something bad")
        _logger.warning("expected noise")

    def test_expects(self):
        with self.assertLogs(_logger, "WARNING"):
            _logger.warning("this one is expected")

    def test_deprecated(self):
        warnings.warn("old way", DeprecationWarning)
"""
    addon("x", file_of(body))
    outcome = run(allowed_log=("expected noise",))
    found = {finding.message: finding for finding in outcome.findings}
    logger = "odoo.addons.x.tests.test_it"
    assert set(found) == {
        f"{logger}: something odd",
        f"{logger}: something bad",
        "DeprecationWarning: old way",
    }
    odd = found[f"{logger}: something odd"]
    assert (odd.path, odd.line, odd.code) == ("x/tests/test_it.py", line(body), "odoo-warning")
    assert found[f"{logger}: something bad"].code == "odoo-error"
    assert found["DeprecationWarning: old way"].code == "python-warning"


def test_warning_of_odoo_about_the_addon_is_found(addon: Addon, run: Run) -> None:
    model = """\
from odoo import fields, models


class Thing(models.Model):
    _name = "x.thing"
    _description = "Thing"

    name = fields.Char(unknown_option=True)
"""
    addon("x", {"__init__.py": "from . import models\n", "models.py": model})
    messages = [finding.message for finding in run().findings]
    assert any("unknown_option" in message for message in messages)
    assert any("no access rules" in message for message in messages)
