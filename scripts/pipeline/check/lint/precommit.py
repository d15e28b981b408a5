"""The hooks of a source's ``.pre-commit-config.yaml`` that lint can run.

Its own pre-commit clones each hook from git; lint installs the same version from the package index
and runs it on the same files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from pipeline.check.lint.hooks import Hook, Hooks
from pipeline.check.lint.tools import BY_HOOK, Tool
from pipeline.core.errors import InputError

FILE = ".pre-commit-config.yaml"
_EVERYTHING, _NOTHING = "", "^$"
#: In the stages in which `pre-commit run` runs a hook.
_STAGES = {"commit", "pre-commit"}
#: Options with which a hook never fails: it informs people, and is not part of the verdict.
_NEVER_FAILS = {"--exit-zero", "--no-exit"}
_FIX = f"correct {FILE}; `pre-commit validate-config` checks it"


def read(root: Path) -> Hooks:
    """The hooks of a source; none when it has no such file.

    Raises:
        InputError: the file is not valid, or a version in it is not one.
    """
    try:
        text = (root / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Hooks()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{FILE} cannot be read: {error}", _FIX) from error
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{FILE} is not valid YAML: {_first_line(error)}", _FIX) from error
    known: list[Hook] = []
    others: list[str] = []
    for repository, hook in _hooks(data):
        tool = BY_HOOK.get(hook["id"])
        arguments = _arguments(tool, hook) if tool else ()
        if not _runs(hook, data) or _NEVER_FAILS & set(arguments):
            continue
        if tool is None:
            others.append(hook["id"])
        else:
            requirements = _requirements(tool, repository, hook, text)
            left = _without(tool, arguments)
            known.append(Hook(tool, left, requirements, *_chosen(data, hook)))
    return Hooks(tuple(known), tuple(dict.fromkeys(others)))


def _hooks(data: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each hook with its repository."""
    repositories = data.get("repos") if isinstance(data, dict) else None
    for repository in _list(repositories, "`repos` is not a list"):
        if not isinstance(repository, dict) or not isinstance(repository.get("repo"), str):
            raise InputError(f"{FILE}: an entry of `repos` has no `repo`", _FIX)
        for hook in _list(repository.get("hooks"), f"{repository['repo']} has no list of `hooks`"):
            if not isinstance(hook, dict) or not isinstance(hook.get("id"), str):
                raise InputError(f"{FILE}: a hook of {repository['repo']} has no `id`", _FIX)
            yield repository, hook


def _list(value: Any, otherwise: str) -> list[Any]:
    if not isinstance(value, list):
        raise InputError(f"{FILE}: {otherwise}", _FIX)
    return value


def _runs(hook: dict[str, Any], data: dict[str, Any]) -> bool:
    stages = hook.get("stages") or data.get("default_stages") or ()
    return not stages or bool(_STAGES & set(stages))


def _arguments(tool: Tool, hook: dict[str, Any]) -> tuple[str, ...]:
    """Its arguments; those of a local hook may be in `entry`, after the program."""
    given = _words(hook.get("args") or [], hook["id"], "args")
    words = str(hook.get("entry") or "").split()
    names = [PurePosixPath(word).name for word in words]
    program = tool.call[1] if tool.call[0] == "-m" else tool.name
    entry = words[names.index(program) + 1 :] if program in names else []
    return tuple(word for word in (*entry, *given) if word not in (".", *tool.call[2:]))


def _without(tool: Tool, arguments: Sequence[str]) -> tuple[str, ...]:
    """Arguments without the options that the tool's own replace."""
    left: list[str] = []
    given = iter(arguments)
    for word in given:
        if word in tool.valued:
            next(given, None)
        elif word not in tool.flags and word.partition("=")[0] not in tool.valued:
            left.append(word)
    return tuple(left)


def _requirements(
    tool: Tool, repository: dict[str, Any], hook: dict[str, Any], text: str
) -> tuple[str, ...]:
    added = _words(hook.get("additional_dependencies") or [], hook["id"], "additional_dependencies")
    for requirement in added:
        try:
            Requirement(requirement)
        except InvalidRequirement as error:
            raise InputError(
                f"{FILE}: {requirement!r} of the hook {hook['id']} is not a Python package",
                "name packages of the package index, such as flake8-bugbear==24.12.12",
            ) from error
    if repository["repo"] in ("local", "meta"):  # its versions, if any, are among the added ones
        named = any(Requirement(one).name.lower() == tool.package for one in added)
        return tuple(added) if named else ()
    return (f"{tool.package}=={_version(tool, repository, text)}", *added)


def _version(tool: Tool, repository: dict[str, Any], text: str) -> str:
    """The version that `rev` names: a tag, or a commit with a comment `# frozen: <tag>`."""
    revision = str(repository.get("rev", ""))
    frozen = re.search(rf"rev:\s*['\"]?{re.escape(revision)}['\"]?\s+#\s*frozen:\s*(\S+)", text)
    tag = frozen[1] if frozen else revision
    try:
        return str(Version(tag))
    except InvalidVersion as error:
        raise InputError(
            f"{FILE}: rev {revision!r} of {tool.package} is not a version",
            "name a released version, or add it to the commit: `rev: <commit>  # frozen: v1.2.3`, "
            "as `pre-commit autoupdate --freeze` does",
        ) from error


def _chosen(
    data: dict[str, Any], hook: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...]]]:
    """The patterns, exclusions and types of a hook."""
    patterns = tuple(_pattern(place, "files", _EVERYTHING) for place in (data, hook))
    excluded = tuple(_pattern(place, "exclude", _NOTHING) for place in (data, hook))
    every, some = (
        tuple(_words(hook.get(key) or [], hook["id"], key)) for key in ("types", "types_or")
    )
    return patterns, excluded, (every, some)


def _pattern(place: dict[str, Any], key: str, default: str) -> str:
    pattern = place.get(key, default)
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise InputError(f"{FILE}: `{key}` is not a regular expression: {error}", _FIX) from error
    return str(pattern)


def _words(value: Any, hook: str, key: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, (str, int, float)) for one in value):
        raise InputError(f"{FILE}: `{key}` of the hook {hook} is not a list of words", _FIX)
    return [str(one) for one in value]


def _first_line(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return str(error).splitlines()[0]
