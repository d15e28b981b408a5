"""Fetch the repositories of ``repos.yaml``, with git-aggregator."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from pipeline.core import git
from pipeline.core.addons.repos import Repo, read_repos, unfetched
from pipeline.core.errors import InputError
from pipeline.core.process import INTERNET, Completed, run, tail

_SECONDS, _AGGREGATE_SECONDS = 120.0, 3600.0
_PROGRAM = "from git_aggregator.main import main; main()"
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
_USER = re.compile(r"(?<=://)[^/@\s]+@")
#: Who merges: the commits are thrown away, but git makes none without a name.
_MERGER = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in {"NAME": "odoo-mta", "EMAIL": "odoo-mta@localhost"}.items()
}


def branches(repos: Iterable[Repo]) -> str:
    """The commit of each branch now, a line for each; what is fetched depends on nothing else.

    Raises:
        InputError: a repository does not answer, or has no such branch.
    """
    wanted = {(repo.file, *merge) for repo in repos for merge in repo.merges}
    return "".join(f"{_commit(*one)} {one[1]} {one[2]}\n" for one in sorted(wanted))


def _commit(file: str, address: str, ref: str) -> str:
    if _COMMIT.fullmatch(ref):
        return ref
    asked = run(
        ("git", "ls-remote", "--", address, ref),
        env=git.VARIABLES,
        surroundings=INTERNET,
        timeout=_SECONDS,
        ok=range(256),
    )
    if asked.code:
        raise InputError(
            f"{file}: {_shown(address)} cannot be reached:\n{_shown(tail(asked.stderr))}",
            "correct its address, or check the network; a private one needs a login: `dagger call "
            "--netrc=env:NETRC ci`, or `--git-key` with `--git-known-hosts`",
        )
    if not asked.stdout.strip():
        raise InputError(
            f"{file}: {_shown(address)} has no branch, tag or pull request {ref}",
            "correct the merge: a branch, such as 19.0, or refs/pull/<number>/head",
        )
    return asked.stdout.split()[0]


def aggregate(root: Path, files: Iterable[str], output: Path) -> tuple[str, ...]:
    """Fetch and merge what the files name, into a folder; returns the folders in it.

    Args:
        root: the source.
        files: files of git-aggregator, relative to it.
        output: gets the repositories, where the files put them, without their history.

    Raises:
        InputError: a file cannot be read, or a merge has a conflict.
        ToolError: git-aggregator failed otherwise.
    """
    done: list[str] = []
    for file in files:
        repos = read_repos(root, file)
        place = output / Path(file).parent
        place.mkdir(parents=True, exist_ok=True)
        argv = (sys.executable, "-I", "-c", _PROGRAM, "--no-color", "--log-level=INFO")
        ended = run(
            (*argv, f"--config={(root / file).resolve()}", "--jobs=1", "aggregate"),
            cwd=place,
            env={**git.VARIABLES, **_MERGER},
            surroundings=INTERNET,
            timeout=_AGGREGATE_SECONDS,
            ok=range(256),
        )
        # It also ends with 0 if one of several repositories failed.
        if ended.code or "Traceback" in ended.stderr or unfetched(output, repos):
            raise _failed(output, repos, ended)
        for repo in repos:
            shutil.rmtree(output / repo.folder / ".git")
            done.append(repo.folder)
    return tuple(done)


def _failed(output: Path, repos: Iterable[Repo], ended: Completed) -> InputError:
    for repo in repos:
        state = output / repo.folder / ".git"
        message = state / "MERGE_MSG"
        if (state / "MERGE_HEAD").is_file() and message.is_file():
            listed = git.git(state.parent, *git.DIFF, "--name-only", "--diff-filter=U").stdout
            what = message.read_text(encoding="utf-8").splitlines()[0]
            return InputError(
                f"{repo.file}: {repo.folder} has a merge conflict in {', '.join(listed.split())} "
                f"({_shown(what)})",
                "rebase that branch, or leave it out of `merges`",
            )
    return InputError(
        f"git-aggregator failed:\n{_shown(tail(ended.stderr or ended.stdout))}",
        "read the lines above; `gitaggregate -c` with the file does the same by hand",
    )


def _shown(text: str) -> str:
    """Without a user and a password of an address."""
    return _USER.sub("", text)
