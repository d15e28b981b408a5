"""One text, all rules. A cheap test of each line comes first; most lines need no rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from detect_secrets.filters.allowlist import is_line_allowlisted
from detect_secrets.util.code_snippet import get_code_snippet

from pipeline.check import clean
from pipeline.check.secrets.rules import (
    assignments,
    calls,
    keys,
    neighbours,
    special_files,
    tokens,
)
from pipeline.check.secrets.rules import weak as weak_rules
from pipeline.check.secrets.rules.hits import Certainty, Found, Hit
from pipeline.check.secrets.rules.paths import FileKind, kind_of_file

#: Bytes; bigger files are not read, and the summary names them.
LARGEST = 10 * 1024 * 1024
#: Characters; a longer line is minified or data: only tokens are looked for in it.
LONGEST_LINE = 2000
_LONGEST_LOOKED_AT = 200_000
_REMEMBERED = 400_000

_ANCHOR = re.compile(
    "|".join(part.ANCHORS for part in (keys, calls, special_files, tokens, weak_rules)).encode()
)
#: The same for what is in capitals or not.
_WORD = re.compile("|".join(part.WORDS for part in (assignments, calls, tokens)).encode())
#: A description of an interface (OpenAPI): its values are examples.
_INTERFACE = re.compile(rb"(?:^|[\n{,])[ \t]*[\"']?(?:openapi|swagger)[\"']?\s*:\s*[\"']?\d")
_START = 4000
_EXAMPLE = re.compile(r"\s*(?:-\s+)?[\"']?(?:x-)?examples?[\"']?\s*:")
_BETWEEN = re.compile(r"[\s\"'`;,<>(){}]+")
_IMAGE = re.compile(r"base64,[A-Za-z0-9+/=\s]{200,}|>[A-Za-z0-9+/=\s]{400,}<")


class Scanner:
    """Scan many texts, and remember clean lines: versions of a file share most of them."""

    def __init__(self) -> None:
        self._dull: set[bytes] = set()

    def scan(
        self,
        data: bytes,
        path: str,
        *,
        doubtful: bool = False,
        weak: bool = False,
        loaded: bool | None = None,
    ) -> list[Hit]:
        """The secrets in a file's content, each value once per line, in order of lines.

        Args:
            data: the content; binary content contains nothing that a rule could find.
            path: its path with ``/``: some rules depend on the kind of file.
            doubtful: whether the doubtful ones are wanted too.
            weak: whether passwords are wanted that anybody could guess.
            loaded: whether an add-on loads the file in production, if its manifest tells.
        """
        data = as_utf8(data)
        if is_binary(data):
            return []
        raw = data.split(b"\n")
        whole = special_files.WHOLE.search(path)
        candidates = self._candidates(raw)
        if not candidates and not whole:
            return []
        lines = data.decode("utf-8", "replace").split("\n")
        found = list(special_files.special(lines, path)) if whole else []
        file = kind_of_file(path)
        interface = _INTERFACE.search(data, 0, _START) is not None
        if interface:
            file, doubtful = replace(file, invented=True), False
        if weak and whole:
            found += weak_rules.weak_table(lines, path, loaded)
        wanted = candidates.intersection(raw) if candidates else set()
        for index, line in enumerate(raw):
            if line in wanted:
                found += _line_hits(lines, index, path, file)
                if weak:
                    guessed = weak_rules.weak(lines[index], path, loaded)
                    found += (Hit(index + 1, *one) for one in guessed)
        if not doubtful:
            found = [hit for hit in found if hit.certainty is Certainty.SURE]
        if interface:
            found = [hit for hit in found if not _EXAMPLE.match(lines[hit.line - 1])]
        return _without_doubles(hit for hit in found if not _allowed(lines, hit.line, path))

    def _candidates(self, raw: Sequence[bytes]) -> set[bytes]:
        new = set(raw) - self._dull
        candidates = {line for line in new if _may_hold(line)}
        if len(self._dull) > _REMEMBERED:
            self._dull.clear()
        self._dull |= new - candidates
        return candidates


def _may_hold(line: bytes) -> bool:
    return bool(_WORD.search(line.lower()) or _ANCHOR.search(line))


def is_binary(data: bytes) -> bool:
    """As in git: a zero byte near the start."""
    return b"\0" in data[:8000]


def as_utf8(data: bytes) -> bytes:
    """UTF-16 (as some Windows editors write) becomes UTF-8; the rest stays as it is."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").encode()
    return data


@cache
def rules_version() -> str:
    """The version of this package's rules and of detect-secrets."""
    return clean.code_version(Path(__file__).parent, version("detect-secrets"))


def _line_hits(lines: Sequence[str], index: int, path: str, file: FileKind) -> Iterator[Hit]:
    found = list(keys.private_keys(lines, index))
    if not file.lock:
        found += _alone(lines[index], file)
        if neighbours.is_for_search(lines, index):
            found = [one for one in found if one.kind != "secret-key"]
        found += neighbours.parameter_records(lines, index, file)
        for rule in (neighbours.named_values, neighbours.listed):
            for near, one in rule(lines, index, file):
                yield Hit(near + 1, *one)
    yield from (Hit(index + 1, *one) for one in found)
    yield from special_files.kubernetes(lines, index, path)


@lru_cache(maxsize=32768)
def _alone(line: str, file: FileKind) -> tuple[Found, ...]:
    """What rules find that need no other line; cached, as many versions have equal lines."""
    if len(line) > LONGEST_LINE:
        # In pieces, because no token contains these characters, and some expressions take
        # forever on long input.
        pieces = _BETWEEN.split(_IMAGE.sub("", line[:_LONGEST_LOOKED_AT]))
        return tuple(
            found
            for piece in pieces
            if 12 <= len(piece)
            and (len(piece) <= LONGEST_LINE or piece.startswith(tokens.KEY_STARTS))
            and _may_hold(piece.encode())
            for found in tokens.tokens(piece[:LONGEST_LINE], file)
        )
    return (
        *tokens.tokens(line, file),
        *calls.calls(line, file),
        *assignments.assignments(line, file),
    )


def _allowed(lines: Sequence[str], number: int, path: str) -> bool:
    """Whether a person marked the line as allowed, with detect-secrets' comment."""
    around = list(lines[max(0, number - 2) : number])
    snippet = get_code_snippet(around, len(around))
    return is_line_allowlisted(path, around[-1].rstrip(), snippet)


def _without_doubles(hits: Iterable[Hit]) -> list[Hit]:
    """One hit per value and line: that of the first rule, which names it best."""
    kept: list[Hit] = []
    # Stable: rules keep their order.
    for hit in sorted(hits, key=lambda hit: (hit.line, hit.certainty is Certainty.DOUBTFUL)):
        same = (
            other.line == hit.line and (hit.secret in other.secret or other.secret in hit.secret)
            for other in kept[-20:]
        )
        if not any(same):
            kept.append(hit)
    return kept
