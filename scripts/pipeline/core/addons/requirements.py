"""Requirement files, read as pip reads them: encoding, comments, continued lines, other files.

pip has no interface for this; its reference, "Requirements File Format", defines the rules.
"""

from __future__ import annotations

import codecs
import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from pipeline.core.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # starts like UTF-16's mark, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = re.compile(rb"^#.*?coding[:=][ \t]*([-\w.]+)")
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_OTHER_FILE = re.compile(r"(?:-[rc]|--(?:requirement|constraint)(?=[= ]|$))[= ]?(.*)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def lines(data: bytes) -> Iterator[str]:
    """The logical lines of a file: no comments, no empty lines, continued lines joined."""
    joined = ""
    for line in _decoded(data).splitlines():
        comment = _COMMENT.match(line)
        if line.endswith("\\") and not comment:
            joined += line.rstrip("\\")
            continue
        whole, joined = joined + (f" {line}" if comment else line), ""
        if text := _COMMENT.sub("", whole).strip():
            yield text
    if text := _COMMENT.sub("", joined).strip():
        yield text


def included(root: Path, paths: Iterable[str], *, strict: bool = True) -> tuple[str, ...]:
    """The files that requirement files include with ``-r`` and ``-c``, recursively, sorted.

    Args:
        root: the source.
        paths: the files, relative to it.
        strict: whether a file missing from the source is an error; otherwise it is left out.

    Raises:
        InputError: an included file is not in the source.
    """
    first, todo = set(paths), list(paths)
    found: set[str] = set()
    while todo:
        path = todo.pop()
        for name in _others((root / path).read_bytes()):
            other = _inside(PurePosixPath(path).parent, name)
            if other is None or not (root / other).is_file():
                if strict:
                    raise InputError(
                        f"the requirement file {path} names {name}, which is not in the source",
                        "name a file of the repository, relative to the one that names it",
                    )
            elif other not in found | first:
                found.add(other)
                todo.append(other)
    return tuple(sorted(found))


def _others(data: bytes) -> Iterator[str]:
    """Included file names; URLs, and names with variables in them, are left to pip."""
    for line in lines(data):
        if not line.startswith("-"):
            continue
        try:
            words = shlex.split(line)
        except ValueError:  # an unclosed quote: pip will report it
            continue
        for number, word in enumerate(words):
            match = _OTHER_FILE.fullmatch(word)
            name = match and (match[1] or "".join(words[number + 1 : number + 2]))
            if name and "$" not in name and not _SCHEME.match(name):
                yield name


def _inside(folder: PurePosixPath, name: str) -> str | None:
    """A name relative to a folder of the source, without ``..``; None: it leads outside."""
    path = posixpath.normpath(folder / name)
    return None if path.startswith(("/", "../")) or path == ".." else path


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    for line in data.split(b"\n")[:2]:
        if match := _CODING.match(line):
            try:
                return data.decode(match[1].decode(), "replace")
            except LookupError:
                break
    return data.decode("utf-8", "replace")
