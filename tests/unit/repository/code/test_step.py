"""What every step does with its outcome: keep it, print it, end with its exit code."""

from __future__ import annotations

import json

import pytest

from pipeline.cli import tree
from pipeline.cli.main import main
from pipeline.cli.output.step import run_step
from pipeline.core.errors import CheckFailed, InputError, PipelineError, SettingsError, ToolError
from pipeline.core.results import Finding, Outcome, Status, read_results

FINDINGS = (Finding("b.py", 1, "x", "second"), Finding("a.py", 2, "x", "first", "fix it"))


def finish(work, output=None, form="table", show=None) -> int:
    with pytest.raises(SystemExit) as caught:
        run_step("step", work, output, form, show)
    return caught.value.code


def test_a_step_without_findings_passes(tmp_path, capsys):
    assert finish(lambda: Outcome("3 things"), tmp_path) == 0
    (result,) = read_results(tmp_path)
    assert (result.status, result.summary) == (Status.PASSED, "3 things")
    assert capsys.readouterr().out.startswith("step: PASSED in")


def test_a_step_with_findings_fails_and_prints_them_sorted(tmp_path, capsys):
    assert finish(lambda: Outcome("2 things", FINDINGS, "do it"), tmp_path) == 1
    (result,) = read_results(tmp_path)
    assert result.status is Status.FAILED
    assert [finding.path for finding in result.findings] == ["a.py", "b.py"]
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "a.py:2: x first"
    assert printed[1] == "    fix: fix it"
    assert printed[-1] == "what to do: do it"


def test_the_riskiest_finding_is_printed_first(capsys):
    risky = Finding("z.py", 1, "y", "third", risk=2)
    finish(lambda: Outcome("3 things", (*FINDINGS, risky)))
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in printed if ".py:" in line] == [
        "z.py",
        "a.py",
        "b.py",
    ]


def test_notes_are_printed_and_kept_and_the_step_passes(tmp_path, capsys):
    assert finish(lambda: Outcome("2 things", notes=FINDINGS), tmp_path) == 0
    (result,) = read_results(tmp_path)
    assert result.status is Status.PASSED and result.findings == ()
    assert [note.path for note in result.notes] == ["a.py", "b.py"]
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "note: a.py:2: x first"
    assert printed[-1].startswith("step: PASSED")


def test_a_step_with_nothing_to_do_is_skipped_and_good(tmp_path):
    assert finish(lambda: Outcome("no Python", skipped=True), tmp_path) == 0
    assert read_results(tmp_path)[0].status is Status.SKIPPED


@pytest.mark.parametrize("error", [InputError, SettingsError, ToolError])
def test_an_error_is_kept_as_the_result_with_the_code_of_its_class(tmp_path, error):
    def work():
        raise error("what happened", "what to do")

    assert finish(work, tmp_path) == error.exit_code
    (result,) = read_results(tmp_path)
    assert (result.status, result.summary) == (Status.ERROR, "what happened")
    assert result.advice == "what to do"


def test_json_on_standard_output_is_the_result(capsys):
    finish(lambda: Outcome("2 things", FINDINGS), form="json")
    data = json.loads(capsys.readouterr().out)
    assert data["status"] == "failed"
    assert len(data["findings"]) == 2


def test_a_step_may_print_its_own_form(capsys):
    finish(lambda: Outcome("3 things"), show=lambda result: print(f"mine: {result.summary}"))
    assert capsys.readouterr().out == "mine: 3 things\n"


def test_every_class_of_error_has_its_own_exit_code():
    classes = [PipelineError]
    for one in classes:
        classes += one.__subclasses__()
    codes = [one.exit_code for one in classes]
    assert len(codes) == len(set(codes)) > 4
    assert CheckFailed.exit_code == 1


def test_an_error_outside_a_step_ends_the_command_with_its_code(tmp_path, monkeypatch, capsys):
    (tmp_path / "pipeline.toml").write_text("[nope]")
    monkeypatch.setattr("sys.argv", ["pipeline", "test", "plan", "--source", str(tmp_path)])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == SettingsError.exit_code
    said = capsys.readouterr().err
    assert said.startswith("error: pipeline.toml: unknown section [nope]")
    assert "what to do: use one of: project" in said


def test_an_unknown_command_is_refused(run_pipeline):
    code, said = run_pipeline("no-such-command")
    assert code == 2
    assert "there is no command `pipeline no-such-command`" in said


def test_every_command_has_a_help_text(run_pipeline):
    for words in tree.walk():
        code, said = run_pipeline(*words, "--help")
        assert code == 0, words
        assert f"{words[-1]} [OPTIONS]" in said
