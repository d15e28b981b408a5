"""Add-ons that pip installs, ``odoo-addon-<name>``, as the requirement files name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from pipeline.core.addons import requirements
from pipeline.core.errors import InputError

#: An add-on in a requirements file, as the community publishes them: odoo-addon-<name>, either
#: alone, followed by a version or an address, or as the name at the end of an address. Up to 14.0
#: the name has the series.
_NAME = re.compile(r"(?:^|[#&]egg=)odoo(\d*)[-_.]addon[-_.]([\w.-]*\w)", re.IGNORECASE)
_HASH = re.compile(r"\s--hash=\S+")


def required_addons(root: Path) -> frozenset[str]:
    """Add-ons that the repository's requirements files install, by normal names."""
    named = [path.name for path in sorted(root.glob("*requirements*.txt")) if path.is_file()]
    files = (*named, *requirements.included(root, named, strict=False))
    return frozenset(
        normal_name(name) for _, line in _lines(root, files) for _, name in _NAME.findall(line)
    )


def normal_name(name: str) -> str:
    """A name as it compares with that of another package."""
    return re.sub(r"[-_.]+", "_", name).lower()


def check_wheels(root: Path, files: Iterable[str], series: str) -> None:
    """Raise InputError for an add-on that cannot be one for the series, before pip looks for it.

    Args:
        root: the source.
        files: its requirement files.
        series: that of the repository's add-ons.
    """
    for file, line in _lines(root, files):
        wanted = _HASH.sub("", line).strip()
        if other := _other_series(wanted, series):
            raise InputError(
                f"{file} has `{wanted}`, which is for Odoo {other}, and the repository's add-ons "
                f"are for {series}",
                f"require a version for {series}, such as {_example(wanted)}=={series}.*",
            )


def _lines(root: Path, files: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The requirement files' lines that name add-ons, with their file."""
    for file in files:
        for line in requirements.lines((root / file).read_bytes()):
            if _NAME.search(line):
                yield file, line


def _example(line: str) -> str:
    found = _NAME.search(line)
    return f"odoo-addon-{found[2].lower().replace('_', '-')}" if found else line


def _other_series(line: str, series: str) -> str:
    """The series that a requirement is for if that is another one; empty: it may be this one."""
    found = _NAME.search(line)
    if found and found[1]:
        return "" if f"{found[1]}.0" == series else f"{found[1]}.0"
    try:
        wanted = Requirement(line)
    except InvalidRequirement:  # an option or an address: pip reads it
        return ""
    if wanted.url:
        return _of_file(wanted.url, series)
    return next(filter(None, (_excluded(one, series) for one in wanted.specifier)), "")


def _excluded(specifier: Specifier, series: str) -> str:
    """The series that one condition on the version is for, if the given one does not meet it."""
    try:
        version = Version(specifier.version.removesuffix(".*"))
    except InvalidVersion:
        return ""
    first, least = Version(series), version.release[:2]
    named = ".".join(map(str, (*least, 0)[:2]))
    if specifier.operator in ("==", "===", "~="):
        return "" if (*least, 0)[:2] == first.release else named
    if specifier.operator in (">=", ">"):
        return named if version.release[0] > first.release[0] else ""
    if specifier.operator in ("<", "<="):
        return f"less than {named}" if version < first or specifier.version == series else ""
    return ""


def _of_file(url: str, series: str) -> str:
    name = url.partition("#")[0].partition("?")[0].rpartition("/")[2]
    try:
        _, version, _, _ = parse_wheel_filename(name)
    except InvalidWheelFilename:
        return ""
    named = ".".join(map(str, version.release[:2]))
    return "" if named == series else named
