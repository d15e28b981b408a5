"""`pipeline release create` against a stand-in for GitHub."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import GitHubError, InputError

NEW = ("GET", "/repos/customer/fields/releases/tags/v0.3.0")
MAKE = ("POST", "/repos/customer/fields/releases")
REPOSITORY = ("GET", "/repos/customer/fields")


@pytest.fixture
def release(
    run_pipeline: Callable[..., tuple[int, str]],
    released: Path,
    github: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, str]]:
    """Publish: ``release("--version", "0.3.0", token="…")``."""
    for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)

    def run(*more: str, token: str = "right-token", publish: bool = True) -> tuple[int, str]:
        file = tmp_path / "token"
        file.write_text(token, encoding="utf-8")
        options = ["--source", released, "--api", github.address, "--token-file", file]
        options += ["--repository", "customer/fields", *(["--publish"] if publish else [])]
        code, said = run_pipeline("release", "create", *options, *more)
        assert token not in said or not token
        return code, said

    return run


def test_a_release_is_made_with_notes(
    release: Any, github: Any, git_in: Any, released: Path
) -> None:
    code, said = release()
    assert code == 0, said
    made = github.releases["v0.3.0"]
    assert made["target_commitish"] == git_in(released, "rev-parse", "HEAD")
    assert made["prerelease"] is False
    assert "## 1 commit since v0.2.0" in made["body"]
    assert "Visits, thanks to &#64;ada &#60;b&#62;" in made["body"]
    assert "| visit | new | 19.0.1.0.0 |" in made["body"]
    assert "contract" not in made["body"]
    assert "made: https://github.example/v0.3.0" in said
    assert github.asked == [NEW, REPOSITORY, MAKE]


def test_by_default_nothing_is_asked_and_nothing_made(release: Any, github: Any) -> None:
    code, said = release(publish=False, token="")
    assert code == 0, said
    assert "## 1 commit since v0.2.0" in said and "dry run: nothing was created" in said
    assert github.asked == []


def test_the_release_of_an_older_tag(
    release: Any, github: Any, git_in: Any, released: Path
) -> None:
    assert release("--version", "v0.2.0")[0] == 0
    made = github.releases["v0.2.0"]
    assert made["target_commitish"] == git_in(released, "rev-parse", "v0.2.0")
    assert "Contracts end (#7)" in made["body"] and "Visits" not in made["body"]
    assert "| contract | 19.0.1.0.0 | 19.0.1.1.0 |" in made["body"]


def test_the_first_release_has_all_commits(release: Any, github: Any) -> None:
    assert release("--version", "0.1.0")[0] == 0
    assert "## 1 commit up to the first release" in github.releases["v0.1.0"]["body"]


def test_a_version_that_is_not_final_says_so(release: Any, github: Any) -> None:
    assert release("--version", "0.3.0-rc.1")[0] == 0
    assert github.releases["v0.3.0-rc.1"]["prerelease"] is True


def test_an_existing_release_stays_as_it_is(release: Any, github: Any) -> None:
    before = {"html_url": "https://github.example/old", "body": "written by hand"}
    github.releases["v0.3.0"] = dict(before)
    code, said = release()
    assert code == 0
    assert "exists already, and was left as it is: https://github.example/old" in said
    assert github.releases["v0.3.0"] == before and github.asked == [NEW]


def test_json(release: Any) -> None:
    code, said = release("--format", "json")
    shown = json.loads(said)
    assert (code, shown["tag"], shown["previous"]) == (0, "v0.3.0", "v0.2.0")
    assert (shown["state"], shown["address"]) == ("made", "https://github.example/v0.3.0")


REFUSALS = {
    "wrong token": (
        NEW,
        (401, {"message": "Bad credentials"}),
        "401: Bad credentials",
        "create a new",
    ),
    "no right": (
        MAKE,
        (403, {"message": "Resource not accessible by integration"}),
        "403: Resource not accessible",
        "contents: write",
    ),
    "no such repository": (REPOSITORY, (404, {"message": "Not Found"}), "404", "owner and name"),
    "not pushed": (
        MAKE,
        (
            422,
            {
                "message": "Validation Failed",
                "errors": [{"field": "target_commitish", "code": "invalid"}, {"message": "x\ny"}],
            },
        ),
        "422: Validation Failed, target_commitish invalid, x y",
        "git push",
    ),
    "too many": (NEW, (429, {"message": "slow down"}), "429: slow down", "wait"),
    "moved": (NEW, (301, {"message": "Moved Permanently"}), "301", "new owner and name"),
    "trouble": (NEW, (500, b"<html>oops</html>"), "an internal error (500)", "githubstatus"),
    "garbage": (NEW, (200, b"<html>a proxy</html>"), "200 in an unexpected format", "proxy"),
    "another shape": (NEW, (200, [1, 2]), "200 in an unexpected format", "proxy"),
    "no address": (NEW, (200, {"id": 1}), "names no release", "releases"),
    "silence": (NEW, None, "does not answer", "network"),
    "trouble while it is made": (MAKE, (502, b""), "the release v0.3.0 was not created", "status"),
    "silence while it is made": (MAKE, None, "the release v0.3.0 was not created", "network"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_one_clear_error(release: Any, github: Any, case: str) -> None:
    request, answer, message, advice = REFUSALS[case]
    github.answers[request] = answer
    code, said = release()
    assert code == GitHubError.exit_code
    assert said.count("error: ") == 1 and message in said, said
    assert advice in said.partition("what to do:")[2], said
    assert github.releases == {}
    assert "/elsewhere" not in [path for _, path in github.asked]


def test_a_wrong_token_is_refused_and_not_shown(release: Any, github: Any) -> None:
    code, said = release(token="wrong-token")
    assert code == GitHubError.exit_code and "401: Bad credentials" in said
    assert github.authorizations == {"Bearer wrong-token"}


def test_an_answer_that_is_lost_after_the_work_is_found_again(release: Any, github: Any) -> None:
    def made_and_silent(stand_in: Any, body: bytes) -> None:
        stand_in.make(body)

    github.answers[MAKE] = made_and_silent
    code, said = release()
    assert code == 0 and "made: https://github.example/v0.3.0" in said
    assert github.asked == [NEW, REPOSITORY, MAKE, NEW]


def test_what_is_unknown_is_reported_as_such(release: Any, github: Any) -> None:
    def gone(stand_in: Any, body: bytes) -> None:
        stand_in.answers[NEW] = None

    github.answers[MAKE] = gone
    code, said = release()
    assert code == GitHubError.exit_code
    assert "whether the release v0.3.0 was created is unknown" in said


def test_nobody_listens(release: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        code, said = release("--api", f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert code == GitHubError.exit_code and "does not answer (ConnectionError)" in said


def test_an_answer_without_end_is_cut(release: Any, github: Any) -> None:
    github.answers[NEW] = (200, b" " * (5 * 1024 * 1024))
    code, said = release()
    assert code == GitHubError.exit_code and "too large" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--version", "soon"], "'soon' is not a version"),
        (["--repository", "fields"], "'fields' is not a repository on GitHub"),
        (["--api", "http://api.github.com"], "is not an address that a token can be sent to"),
        (["--api", "https://user@example.org"], "is not an address that a token can be sent to"),
        (["--api", "nonsense:://["], "is not an address that a token can be sent to"),
    ],
)
def test_bad_input_is_named_before_anything_is_asked(
    release: Any, github: Any, options: list[str], message: str
) -> None:
    code, said = release(*options)
    assert code == InputError.exit_code and message in said
    assert github.asked == []


def test_a_missing_token_is_named(release: Any, github: Any) -> None:
    code, said = release(token="")
    assert code == InputError.exit_code and "GitHub needs a token" in said
    assert github.asked == []


def test_nothing_new_is_an_error(release: Any, git_in: Any, released: Path) -> None:
    git_in(released, "tag", "v0.2.5")
    code, said = release()
    assert code == InputError.exit_code and "no commit since v0.2.5" in said


def test_a_part_of_the_history_is_not_enough(
    run_pipeline: Any, git_in: Any, released: Path, tmp_path: Path
) -> None:
    git_in(tmp_path, "clone", "--quiet", "--depth=1", f"file://{released}", "shallow")
    code, said = run_pipeline("release", "create", "--source", tmp_path / "shallow")
    assert code == InputError.exit_code and "only a part of the history" in said


def test_a_folder_without_history(run_pipeline: Any, tmp_path: Path) -> None:
    code, said = run_pipeline("release", "create", "--source", tmp_path, "--version", "1.0")
    assert code == InputError.exit_code and "is not a git checkout" in said


def test_without_a_version(run_pipeline: Any, tmp_path: Path) -> None:
    code, said = run_pipeline("release", "create", "--source", tmp_path)
    assert code == InputError.exit_code and "the version to release is not set" in said


def test_the_repository_is_that_of_the_remote(
    run_pipeline: Any, git_in: Any, released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    git_in(released, "remote", "add", "origin", "git@github.com:customer/fields.git")
    code, said = run_pipeline("release", "create", "--source", released, "--format", "json")
    assert code == 0 and json.loads(said)["repository"] == "customer/fields"
