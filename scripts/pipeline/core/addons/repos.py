"""Files of git-aggregator, ``repos.yaml``: repositories of others, and branches merged into them.

https://github.com/acsone/git-aggregator describes the format.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.core.errors import InputError
from pipeline.core.settings import Settings

_SUFFIXES = (".yaml", ".yml")
_MARK = re.compile(r"^(<{7}|={7}|>{7})( |$)")


@dataclass(frozen=True)
class Repo:
    """One repository of a file.

    Attributes:
        file: the file, relative to the source.
        folder: the folder that git-aggregator puts it into, relative to the source.
        merges: address and reference of each branch in it, the first one's address first.
    """

    file: str
    folder: str
    merges: tuple[tuple[str, str], ...]


def is_repos_file(entry: str) -> bool:
    """Whether an entry of ``[project] dependencies`` is a file of git-aggregator."""
    return PurePosixPath(entry).suffix in _SUFFIXES


def repos_files(settings: Settings) -> tuple[str, ...]:
    """The files of git-aggregator that the settings name."""
    named = settings.project.dependencies
    return tuple(PurePosixPath(one).as_posix() for one in named if is_repos_file(one))


def repos_folders(root: Path, settings: Settings) -> tuple[str, ...]:
    """The folders that these files fill, as far as the files can be read."""
    found: list[str] = []
    for file in repos_files(settings):
        try:
            found += [repo.folder for repo in read_repos(root, file)]
        except InputError:  # whoever needs their content reports it
            continue
    return tuple(found)


def read_all_repos(root: Path, settings: Settings) -> tuple[Repo, ...]:
    """The repositories of all these files. Raises InputError as :func:`read_repos` does."""
    return tuple(repo for file in repos_files(settings) for repo in read_repos(root, file))


def read_repos(root: Path, file: str) -> tuple[Repo, ...]:
    """The repositories of a file.

    Raises:
        InputError: it is missing, is not YAML or not of this format, or fills a folder outside.
    """
    import yaml  # not installed in Odoo's containers, where nobody reads such a file

    try:
        text = (root / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file}, a dependency that pipeline.toml names, cannot be read: {error}",
            "fix [project] dependencies, or commit the file",
        ) from error
    for number, line in enumerate(text.splitlines(), 1):
        if _MARK.match(line):
            raise InputError(
                f"{file} line {number} has a mark of a merge conflict, `{line.strip()}`",
                "decide which side is right, and remove the marks",
            )
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{file} is not YAML: {error}", "fix the file") from error
    if not isinstance(data, dict) or not data:
        raise _malformed(file, "the file", "a folder for each repository")
    return tuple(_repo(file, str(folder), value) for folder, value in data.items())


def unfetched(root: Path, repos: Iterable[Repo]) -> tuple[Repo, ...]:
    """The repositories whose folder is not there, or empty."""
    return tuple(
        repo
        for repo in repos
        if not (root / repo.folder).is_dir() or not any((root / repo.folder).iterdir())
    )


def _repo(file: str, folder: str, value: Any) -> Repo:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), folder))
    if path.startswith(("/", "..")) or path == ".":
        raise InputError(
            f"{file} puts a repository into {folder}, which is not a folder inside the source",
            "name a folder of the repository, such as ./vendor/server-tools",
        )
    remotes = value.get("remotes") if isinstance(value, dict) else None
    merges = value.get("merges") if isinstance(value, dict) else None
    if not isinstance(remotes, dict) or not remotes or not isinstance(merges, list) or not merges:
        raise _malformed(file, folder, "`remotes` and `merges`")
    return Repo(file, path, tuple(_merge(file, folder, remotes, merge) for merge in merges))


def _merge(file: str, folder: str, remotes: dict[str, Any], merge: Any) -> tuple[str, str]:
    if isinstance(merge, dict):
        words = [str(merge.get(key, "")) for key in ("remote", "ref")]
    else:
        words = str(merge).split()
    if len(words) != 2 or not all(words):
        raise _malformed(file, f"{folder}: the merge {merge!r}", "`<remote> <branch>`")
    remote, ref = words
    if not remotes.get(remote):
        raise _malformed(file, f"{folder}: the merge {merge!r}", "a remote of `remotes`")
    return str(remotes[remote]), ref


def _malformed(file: str, what: str, wanted: str) -> InputError:
    return InputError(
        f"{file}: {what} does not have {wanted}", "write it as git-aggregator reads it"
    )
