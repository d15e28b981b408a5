"""Events become tests, log entries and stacks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pipeline.test.recording.inside import pipeline_recording
from pipeline.test.recording.reader import Places, parse, read, stacks


def events(*entries: dict[str, object]) -> list[str]:
    """Entries as lines of the file."""
    return [json.dumps(entry) for entry in entries]


def test_the_running_test_is_the_last_one_that_began(tmp_path: Path) -> None:
    recorder = pipeline_recording.Recorder(str(tmp_path / "events"))
    assert recorder.running == ""
    recorder.start("first")
    recorder.start("second")
    assert recorder.running == "second"
    recorder.stop("second")
    assert recorder.running == "first"


def test_what_the_recorder_writes_is_read_back(tmp_path: Path) -> None:
    recorder = pipeline_recording.Recorder(str(tmp_path / "events"))
    recorder.start("x.tests.test_a.A.test_one")
    try:
        raise ValueError("a \udcff surrogate")
    except ValueError:
        error = sys.exc_info()
        assert error[0] is not None and error[1] is not None
        message, trace, frames = pipeline_recording.describe((error[0], error[1], error[2]))
    recorder.result(
        "x.tests.test_a.A.test_one", "error", message, part="(i=1)", trace=trace, frames=frames
    )
    recorder.stop("x.tests.test_a.A.test_one")
    recorder.emit("end", modules=["test_a"])
    recording = read(tmp_path / "events")
    (test,) = recording.tests
    (result,) = test.results
    assert (result.outcome, result.part) == ("error", "(i=1)")
    assert result.message.startswith("ValueError: a ")
    assert result.frames[-1][0] == __file__
    assert "Traceback" in result.trace
    assert recording.ended and recording.running == "" and recording.modules == ("test_a",)


def test_test_that_never_stopped_is_running() -> None:
    recording = parse(
        events(
            {"event": "start", "test": "one"},
            {"event": "stop", "test": "one", "seconds": 1.5},
            {"event": "start", "test": "two"},
        )
        + ['{"event": "res']  # the process was killed while it wrote
    )
    assert [test.seconds for test in recording.tests] == [1.5, 0.0]
    assert recording.running == "two"
    assert not recording.ended


def test_missing_file_is_an_empty_recording(tmp_path: Path) -> None:
    assert read(tmp_path / "none").tests == ()


def test_syntax_error_points_into_the_file_that_does_not_parse() -> None:
    try:
        compile("a =\n", "/src/x/tests/test_a.py", "exec")
    except SyntaxError as error:
        message, _, frames = pipeline_recording.describe((type(error), error, error.__traceback__))
    assert message == "SyntaxError: invalid syntax"
    assert frames[-1] == ["/src/x/tests/test_a.py", 1]


def test_stack_ends_where_it_is_asked_for() -> None:
    path, line = pipeline_recording.stack()[-1]
    assert path == __file__
    assert isinstance(line, int) and line > 0


def test_places_map_links_and_real_folders_and_leave_out_packages() -> None:
    places = Places({"/links/x": "odoo_addons/x", "/src": ""})
    assert places.relative("/links/x/models/a.py") == "odoo_addons/x/models/a.py"
    assert places.relative("/src/tests/a.py") == "tests/a.py"
    assert places.relative("/src/.venv/lib/site-packages/a.py") is None
    assert places.relative("/links/xy/a.py") is None
    frames = [("/src/a.py", 1), ("/src/b.py", 2), ("/usr/lib/c.py", 3)]
    assert places.deepest(frames) == ("b.py", 2)
    assert places.deepest(frames[2:]) == ("", 0)


def test_stacks_of_faulthandler_are_read_outermost_first() -> None:
    text = (
        "Thread 0x00007f (most recent call first):\n"
        '  File "/usr/lib/socket.py", line 10 in accept\n'
        "\n"
        "Current thread 0x00007e (most recent call first):\n"
        '  File "/src/x/a b.py", line 2 in inner\n'
        '  File "/src/x/tests/t.py", line 1 in test\n'
    )
    assert stacks(text) == (
        (("/usr/lib/socket.py", 10),),
        (("/src/x/tests/t.py", 1), ("/src/x/a b.py", 2)),
    )
