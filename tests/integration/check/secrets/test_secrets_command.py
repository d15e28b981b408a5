"""`pipeline check secrets` and `detect-secrets audit` as a person runs them."""

from __future__ import annotations

import json
import random
import string
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import pipeline
from pipeline.core.process import run
from pipeline.core.results import Status, read_results

Run = Callable[..., tuple[int, str]]
Git = Callable[..., str]
BASELINE = ".secrets.baseline"


@pytest.fixture
def secret() -> str:
    source = random.Random(11)
    return "".join(source.choice(string.ascii_letters + string.digits) for _ in range(28)) + "4"


@pytest.fixture
def repository(tmp_path: Path, git_in: Git, secret: str) -> Path:
    """A secret in the tree, in a file with spaces in its name, and one in the history alone."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git_in(folder, "init", "-q")
    (folder / "old.conf").write_text(f"[options]\nadmin_passwd = {secret[::-1]}\n")
    git_in(folder, "add", "-A")
    git_in(folder, "commit", "-q", "-m", "one")
    (folder / "old.conf").unlink()
    (folder / "a b").mkdir()
    (folder / "a b" / "my odoo.conf").write_text(f"[options]\n\nadmin_passwd = {secret}\n")
    git_in(folder, "add", "-A")
    git_in(folder, "commit", "-q", "-m", "two")
    return folder


def label(path: Path, value: bool) -> None:
    data = json.loads(path.read_text())
    for entries in data["results"].values():
        for entry in entries:
            entry["is_secret"] = value
    path.write_text(json.dumps(data))


def test_secrets_fail_the_step_and_are_never_printed(
    run_pipeline: Run, repository: Path, secret: str, tmp_path: Path
) -> None:
    for form in ("table", "json"):
        code, printed = run_pipeline(
            "check",
            "secrets",
            "--source",
            repository,
            "--output",
            tmp_path / "out",
            "--format",
            form,
        )
        assert code == 1
        assert "rotate it first" in printed and "2 secrets" in printed
        written = (tmp_path / "out" / "secrets.json").read_text()
        for part in (secret, secret[::-1], secret[:6], secret[-6:]):
            assert part not in printed + written
    (result,) = read_results(tmp_path / "out")
    assert result.status is Status.FAILED
    assert [finding.where for finding in result.findings] == ["a b/my odoo.conf:3", "old.conf:2"]
    assert "no longer in the tree" in result.findings[1].message


def test_a_clean_repository_passes(run_pipeline: Run, tmp_path: Path, git_in: Git) -> None:
    git_in(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("x = 1\n")
    code, printed = run_pipeline("check", "secrets", "--source", tmp_path)
    assert code == 0 and "no secrets, 1 file" in printed


def test_entries_count_until_a_person_labels_them_false(
    run_pipeline: Run, repository: Path, secret: str
) -> None:
    scan = ("check", "secrets", "--source", repository)
    code, printed = run_pipeline(*scan, "--update-baseline")
    assert code == 0 and "2 entries, 2 of them not reviewed" in printed
    assert "pipeline check secrets --audit" in printed
    files = [repository / BASELINE, repository / f"{BASELINE}.history"]
    assert not any(secret in file.read_text() for file in files)

    code, printed = run_pipeline(*scan)
    assert code == 1 and "it is not labelled" in printed
    for file in files:
        label(file, True)
    code, printed = run_pipeline(*scan)
    assert code == 1 and "real one" in printed
    for file in files:
        label(file, False)
    code, printed = run_pipeline(*scan)
    assert code == 0 and "2 reviewed false alarms" in printed

    code, printed = run_pipeline(*scan, "--update-baseline")
    assert "2 entries, 0 of them not reviewed" in printed and "--audit" not in printed
    (repository / "a b" / "my odoo.conf").write_text("[options]\n")
    code, printed = run_pipeline(*scan)
    assert "1 stale entry in .secrets.baseline" in printed


def test_the_audit_of_detect_secrets_shows_and_labels_what_we_found(
    run_pipeline: Run, repository: Path, git_in: Git, secret: str
) -> None:
    token = "glpat-" + secret[:20]
    git_in(repository, "commit", "-q", "--allow-empty", "-m", f"message\n\nuses {token}")
    run_pipeline("check", "secrets", "--source", repository, "--update-baseline")
    # It asks whether a value may be committed: y labels it as a false alarm, n as a real secret.
    program = (
        sys.executable,
        "-m",
        "pipeline",
        "check",
        "secrets",
        "--source",
        str(repository),
        "--audit",
    )
    path = {"PYTHONPATH": str(Path(pipeline.__file__).parents[1])}
    shown = run(program, stdin="y\nn\ny\n", env=path).stdout
    assert all(value in shown for value in (secret, secret[::-1], token))
    assert shown.count("odoo-password") == 2 and "gitlab-token" in shown
    now = json.loads((repository / BASELINE).read_text())["results"]
    past = json.loads((repository / f"{BASELINE}.history").read_text())["results"]
    (message,) = set(past) - {"old.conf"}
    assert [entry["is_secret"] for entry in now["a b/my odoo.conf"]] == [False]
    assert (past[message][0]["is_secret"], past["old.conf"][0]["is_secret"]) == (False, True) or (
        past[message][0]["is_secret"],
        past["old.conf"][0]["is_secret"],
    ) == (True, False)
    code, printed = run_pipeline("check", "secrets", "--source", repository)
    assert code == 1 and "1 secret, " in printed and "2 reviewed false alarms" in printed
    assert run(program, stdin="", env=path).code == 0  # everything is labelled: nothing is asked


def test_an_audit_without_baselines_asks_nothing(run_pipeline: Run, tmp_path: Path) -> None:
    assert run_pipeline("check", "secrets", "--source", tmp_path, "--audit") == (0, "")


def test_an_audit_leaves_out_what_git_no_longer_has(run_pipeline: Run, repository: Path) -> None:
    run_pipeline("check", "secrets", "--source", repository, "--update-baseline")
    (repository / BASELINE).unlink()
    path = repository / f"{BASELINE}.history"
    path.write_text(path.read_text().replace('"commit": "', '"commit": "0000'))
    before = json.loads(path.read_text())
    assert run_pipeline("check", "secrets", "--source", repository, "--audit")[0] == 0
    assert json.loads(path.read_text()) == before


def test_a_malformed_baseline_is_one_clear_error(run_pipeline: Run, repository: Path) -> None:
    (repository / BASELINE).write_text("not json")
    code, printed = run_pipeline("check", "secrets", "--source", repository)
    assert code == 2
    assert f"{BASELINE} is not a baseline" in printed and "--update-baseline" in printed


def test_the_settings_name_the_baseline(run_pipeline: Run, repository: Path) -> None:
    (repository / "pipeline.toml").write_text('[secrets]\nbaseline = "reviewed.json"\n')
    code, printed = run_pipeline("check", "secrets", "--source", repository, "--update-baseline")
    assert code == 0 and (repository / "reviewed.json").exists()


def test_a_source_without_git_is_scanned_as_it_is(run_pipeline: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    code, printed = run_pipeline("check", "secrets", "--source", tmp_path)
    assert code == 0 and "no git checkout, so no history" in printed


def test_answers_of_an_audit_in_this_process_reach_both_baselines(
    run_pipeline: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_pipeline("check", "secrets", "--source", repository, "--update-baseline")
    answers = iter("yq")
    monkeypatch.setattr("builtins.input", lambda *_: next(answers))
    assert run_pipeline("check", "secrets", "--source", repository, "--audit")[0] == 0
    texts = [(repository / name).read_text() for name in (BASELINE, f"{BASELINE}.history")]
    assert ["is_secret" in text for text in texts] == [True, False]
    assert Path.cwd() != repository


def test_strict_shows_doubtful_values_as_notes_and_fails_nothing(
    run_pipeline: Run, tmp_path: Path
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text('password = "sunflower"\n')
    command = ("check", "secrets", "--source", str(tmp_path))
    code, printed = run_pipeline(*command)
    assert code == 0 and "note:" not in printed
    code, printed = run_pipeline(*command, "--strict")
    assert code == 0 and "note: tests/test_a.py:1: password this may be a secret" in printed
    assert "no secrets, 1 doubtful one, 1 file" in printed and "sunflower" not in printed
    (tmp_path / "odoo.conf").write_text("[options]\nadmin_passwd = admin\n")
    code, printed = run_pipeline(*command, "--strict")
    assert code == 1
    assert printed.index("odoo.conf:2: weak-master-password") < printed.index("note: tests/")
