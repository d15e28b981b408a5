"""Running programs: their output, their end, and what is left of them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from pipeline import process
from pipeline.errors import TimeLimitError, ToolError
from pipeline.process import run, run_logged, tail


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def is_running(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def ended(number: int, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(number) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(number)


#: A program with a child; both would live for a minute. The child's number goes to the file named.
PARENT = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {child!r}])
pathlib.Path({file!r}).write_text(str(child.pid))
time.sleep(60)
"""


def test_output_and_exit_code():
    done = run(python("import sys; print('ü'); print('b', file=sys.stderr); sys.exit(3)"), ok=(3,))
    assert (done.code, done.stdout, done.stderr) == (3, "ü\n", "b\n")


def test_input_variables_and_folder(tmp_path):
    code = "import os, sys; print(sys.stdin.read(), os.environ['COLOUR'], os.getcwd())"
    done = run(python(code), stdin="text", env={"COLOUR": "red"}, cwd=tmp_path)
    assert done.stdout == f"text red {tmp_path}\n"


def test_without_input_a_program_reads_nothing():
    assert run(python("import sys; print(repr(sys.stdin.read()))")).stdout == "''\n"


def test_bytes_that_are_no_text_do_no_harm():
    assert run(python("import sys; sys.stdout.buffer.write(b'a\\xff')")).stdout == "a\ufffd"


def test_an_unexpected_exit_code_shows_the_last_lines():
    with pytest.raises(ToolError, match="ended with exit code 2:\n    broken pipe dream"):
        run(python("import sys; sys.exit(2 * bool(print('broken pipe dream') is None))"))


def test_a_missing_program_is_named():
    with pytest.raises(ToolError, match="`no-such-program` is not installed"):
        run(("no-such-program",))


def test_a_program_that_may_not_be_run_is_named(tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("text")
    with pytest.raises(ToolError, match="plain` cannot be run: Permission denied"):
        run((str(plain),))


@pytest.mark.parametrize("make", ["nothing", "file"])
def test_a_working_directory_that_is_none(tmp_path, make):
    place = tmp_path / "place"
    if make == "file":
        place.touch()
    with pytest.raises(ToolError, match="place is not a directory"):
        run(python(""), cwd=place)


def test_the_time_limit_ends_a_program_and_its_children(tmp_path):
    file = tmp_path / "child"
    child = "import time; time.sleep(60)"
    with pytest.raises(TimeLimitError, match="did not end within 1 s"):
        run(python(PARENT.format(child=child, file=str(file))), timeout=1)
    assert ended(int(file.read_text()))


def test_a_child_that_ignores_the_polite_signal_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.3)
    file = tmp_path / "child"
    child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    with pytest.raises(TimeLimitError):
        run(python(PARENT.format(child=child, file=str(file))), timeout=1)
    assert ended(int(file.read_text()))


def test_an_interrupt_ends_the_program(monkeypatch):
    seen = []

    def interrupt(self, *arguments, **options):
        seen.append(self)
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr("subprocess.Popen.communicate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(python("import time; time.sleep(60)"))
    assert ended(seen[0].pid)


def test_a_logged_program_that_ends(tmp_path):
    log = tmp_path / "log"
    done = run_logged(
        python("import os; print('hello', flush=True); os._exit(7)"), log=log, timeout=20
    )
    assert (done.code, done.timed_out) == (7, False)
    assert log.read_text() == "hello\n"


def test_a_logged_program_over_its_limit_leaves_no_children(tmp_path):
    file, log = tmp_path / "child", tmp_path / "log"
    code = PARENT.format(child="import time; time.sleep(60)", file=str(file))
    done = run_logged(python(code), log=log, timeout=1, patience=0.2)
    assert done.timed_out
    assert ended(int(file.read_text()))


def test_a_logged_program_that_is_missing(tmp_path):
    with pytest.raises(ToolError, match="`no-such-program` is not installed"):
        run_logged(("no-such-program",), log=tmp_path / "log", timeout=1)


def test_the_tail_of_a_text():
    assert tail("\n".join(map(str, range(30))), 2) == "    28\n    29"
    assert tail(" \n") == "    (it printed nothing)"


def test_no_program_is_run_by_a_shell(tmp_path):
    mark = tmp_path / "mark"
    run((sys.executable, "-c", "", f"; touch {mark}"))
    assert not mark.exists()
    assert os.listdir(tmp_path) == []
