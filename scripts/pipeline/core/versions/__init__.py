"""Versions: their format and their order. Nothing else compares versions.

Numbers and the usual pre-releases are parsed by ``packaging``. It does not accept everything that
is a version here (``1.2-uat.3``), and sorts ``1.0-2`` after 1.0, where container registries and
semantic versioning mean a pre-release; so a suffix always sorts before the release.
"""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

from pipeline.core.errors import InputError

#: 1.2.3, 0.1, 19.0.1.0.0, 2.0.0-rc.1: two to five numbers, and optionally a pre-release. Not the
#: name of a build of a tree with uncommitted changes.
DIRTY = "-dirty"
PATTERN = rf"(?!.*{DIRTY}$)[0-9]{{1,9}}(?:\.[0-9]{{1,9}}){{1,4}}(?:-[0-9a-z]+(?:[.-][0-9a-z]+)*)?"
LONGEST = 64
#: `v`, as in tags; `saas~`, as in Odoo's intermediate series.
_NUMBERS = re.compile(r"(?:v|saas[~-])?([0-9]+(?:\.[0-9]+)*)(?:-([^+]*))?(?:\+.*)?", re.DOTALL)
_FINAL, _PRE_RELEASE, _OTHER_SUFFIX = 2, 1, 0


def check_version(text: str) -> str:
    """The version without a leading ``v``.

    Raises:
        InputError: it is not a version, or is the name of a build with uncommitted changes.
    """
    version = text.removeprefix("v")
    if not is_version(version):
        raise InputError(
            f"{text!r} is not a version",
            "give two to five numbers, such as 1.2.3; a suffix such as -rc.1 may follow",
        )
    return version


def is_version(text: str) -> bool:
    """Whether a text, without a leading ``v``, is a version."""
    return re.fullmatch(PATTERN, text) is not None and len(text) <= LONGEST


def sorting_key(version: str) -> tuple[object, ...]:
    """A key that sorts versions: 1.2 before 1.10, 1.0-rc.2 before 1.0, which 1.0.0 is as well.

    It consists only of numbers and words, so that it can be written as JSON and compared without
    this module, as ``receive_package`` does. A text that does not start with numbers, such as a
    commit's id, sorts before every version.
    """
    found = _NUMBERS.fullmatch(version)
    if found is None:
        return ((), _OTHER_SUFFIX, ())
    suffix = found[2] or ""
    return (release(found[1]), *(_suffix(suffix) if suffix else (_FINAL, ())))


def older(one: str, other: str) -> bool:
    """Whether a version comes before another; undefined for other texts."""
    known = _NUMBERS.fullmatch(one) and _NUMBERS.fullmatch(other)
    return bool(known) and sorting_key(one) < sorting_key(other)


def release(text: str) -> tuple[int, ...]:
    """The numbers of the first version in a program's output, without trailing zeros.

    ``Docker Compose version v2.26.1-4`` is (2, 26, 1); a text without numbers is ().
    """
    found = re.search(r"[0-9]+(?:\.[0-9]+)*", text)
    numbers = Version(found[0]).release if found else ()
    while numbers and not numbers[-1]:
        numbers = numbers[:-1]
    return numbers


def _suffix(suffix: str) -> tuple[int, tuple[object, ...]]:
    """The order of a suffix: the usual ones as in packaging, others before them, by words."""
    try:
        known = Version(f"0.{suffix}")
    except InvalidVersion:
        known = Version("0")
    if known.is_prerelease and known.release == (0,) and not known.is_postrelease:
        letter, number = known.pre or ("", 0)
        return _PRE_RELEASE, (letter, number, known.dev is None, known.dev or 0)
    words = re.split("[.-]", suffix)
    return _OTHER_SUFFIX, tuple((0, int(w), "") if w.isdecimal() else (1, 0, w) for w in words)
