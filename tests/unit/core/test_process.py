"""Running programs: their output, their end, and what is left of them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

import pipeline
from pipeline.core import limits
from pipeline.core.errors import TimeLimitError, ToolError
from pipeline.core.process import detach, run, run_appending, run_logged, stream, tail


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
    monkeypatch.setattr(limits, "GRACE", 0.3)
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


def test_a_program_whose_output_is_appended(tmp_path):
    output = tmp_path / "output"
    output.write_bytes(b"before\n")
    speaks = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    assert run_appending(python(speaks), output) == 3
    assert output.read_text() == "before\nout\nerr\n"


def test_a_detached_program_outlives_the_one_that_started_it(tmp_path):
    number = tmp_path / "number"
    writes = f"import os, pathlib; pathlib.Path({str(number)!r}).write_text(str(os.getpgid(0)))"
    detaching = (
        f"from pathlib import Path; from pipeline.core.process import detach; "
        f"detach({python(writes)!r}, Path({str(tmp_path)!r}))"
    )
    run(python(detaching), env={"PYTHONPATH": str(Path(pipeline.__file__).parents[1])})
    deadline = time.monotonic() + 10
    while not (number.exists() and number.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert int(number.read_text()) != os.getpgid(0)


def test_a_detached_program_that_is_missing(tmp_path):
    with pytest.raises(ToolError, match="`no-such-program` is not installed"):
        detach(("no-such-program",), tmp_path)


def test_a_program_that_is_talked_with_answers():
    with stream(python("import sys; sys.stdout.write(sys.stdin.read().upper())")) as program:
        assert program.stdin and program.stdout
        program.stdin.write(b"hello")
        program.stdin.close()
        assert program.stdout.read() == b"HELLO"


def test_a_program_that_is_talked_with_and_missing():
    with pytest.raises(ToolError, match="`no-such-program` is not installed"):
        with stream(("no-such-program",)):
            pass


def test_a_program_that_is_talked_with_and_fails_says_why():
    with pytest.raises(ToolError, match="(?s)exit code 4.*no such table"):
        with stream(python("import sys; print('no such table', file=sys.stderr); sys.exit(4)")):
            pass


def test_a_program_that_no_longer_listens_says_why():
    """Its exit code, not the broken pipe, is what happened."""
    with pytest.raises(ToolError, match="(?s)exit code 5"):
        with stream(python("import os; os._exit(5)")) as program:
            assert program.stdin
            program.wait(10)
            program.stdin.write(b"x" * (1 << 20))
            program.stdin.flush()


def test_an_error_in_the_block_ends_the_program():
    with pytest.raises(ValueError, match="of the block"):
        with stream(python("import time; time.sleep(60)")) as program:
            raise ValueError("of the block")
    assert program.returncode


def test_a_program_that_is_talked_with_over_its_limit():
    with pytest.raises(TimeLimitError, match="did not end within 0.2 s"):
        with stream(python("import time; time.sleep(60)"), timeout=0.2) as program:
            assert program.stdout
            assert program.stdout.read() == b""


def test_a_program_that_is_talked_with_over_its_limit_leaves_no_children(tmp_path):
    file = tmp_path / "child"
    code = PARENT.format(child="import time; time.sleep(60)", file=str(file))
    with pytest.raises(TimeLimitError):
        with stream(python(code), timeout=1) as program:
            program.stdout.read()
    assert ended(int(file.read_text()))


def test_an_error_in_the_block_leaves_no_children(tmp_path):
    file = tmp_path / "child"
    code = PARENT.format(child="import time; time.sleep(60)", file=str(file))
    with pytest.raises(ZeroDivisionError):
        with stream(python(code)):
            while not (file.exists() and file.read_text()):
                time.sleep(0.05)
            raise ZeroDivisionError
    assert ended(int(file.read_text()))
