"""Reviewing the baseline: detect-secrets' own audit, with our rules as its plugins.

The program `detect-secrets audit` (1.5) does not know a baseline's plugins: it fixes its list of
types before it reads the baseline. So we add ours to that list and call the same audit. For secrets
that are only in the history, the old contents are in a private directory meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Generator, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from detect_secrets.audit.audit import audit_baseline
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.plugins.base import BasePlugin

from pipeline.check.secrets import baseline
from pipeline.check.secrets.kinds import KINDS, class_name
from pipeline.check.secrets.occurrences import MESSAGE_PREFIX
from pipeline.check.secrets.rules.hits import Hit
from pipeline.check.secrets.scanner import Scanner
from pipeline.core import git


class _FilePlugin(BasePlugin):
    """Finds one kind. It scans the whole file, as `pipeline check secrets` does: both agree."""

    def analyze_line(
        self, filename: str, line: str, line_number: int = 0, context: Any = None, **kwargs: Any
    ) -> set[PotentialSecret]:
        return {
            PotentialSecret(self.secret_type, filename, hit.secret, hit.line)
            for hit in _hits(filename)
            if hit.kind == self.secret_type and hit.line == line_number
        }

    def analyze_string(self, string: str) -> Generator[str, None, None]:
        for hit in Scanner().scan(string.encode(), "string"):
            if hit.kind == self.secret_type:
                yield hit.secret


@lru_cache(maxsize=8)
def _hits(filename: str) -> tuple[Hit, ...]:
    return tuple(Scanner().scan(Path(filename).read_bytes(), filename, weak=True))


def review(root: Path, path: str) -> None:
    """Ask about each entry that has no label yet, of the tree's baseline and of the history's.

    Raises:
        InputError: a baseline is malformed.
    """
    known: dict[str, type] = get_mapping_from_secret_type_to_class()
    for kind in KINDS:
        known[kind] = type(class_name(kind), (_FilePlugin,), {"secret_type": kind})
    baseline.load(root, path)  # a clear error before the audit
    if (root / path).exists():
        with _working_directory(root):
            audit_baseline(path)
        _hits.cache_clear()
    if (root / baseline.history_path(path)).exists():
        _review_history(root, baseline.history_path(path))


def _review_history(root: Path, path: str) -> None:
    baseline.load(root, path)
    document = json.loads((root / path).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as directory:
        laid_out: dict[str, list[dict[str, Any]]] = {}
        for name, entries in document["results"].items():
            for entry in entries:
                copy = f"{entry.get('commit', '')[:12]}/{name}"
                if _lay_out(root, entry.get("commit", ""), name, Path(directory, copy)):
                    laid_out.setdefault(copy, []).append({**entry, "filename": copy})
        copied = Path(directory, "baseline.json")
        copied.write_text(json.dumps({**document, "results": laid_out}), encoding="utf-8")
        with _working_directory(Path(directory)):
            audit_baseline(copied.name)
        labels = baseline.parse(json.loads(copied.read_text(encoding="utf-8")))
    for name, entries in document["results"].items():
        for entry in entries:
            copy = f"{entry.get('commit', '')[:12]}/{name}"
            label = labels.get((copy, entry["type"], entry["hashed_secret"]))
            if label is not None:
                entry["is_secret"] = label
    baseline.write(root / path, document)


def _lay_out(root: Path, commit: str, name: str, target: Path) -> bool:
    """Write an old content to ``target``; False when git no longer has it."""
    if name.startswith(MESSAGE_PREFIX):
        answer = git.git(root, "cat-file", "-p", commit, ok=(0, 1, 128))
        text = answer.stdout.partition("\n\n")[2]
    else:
        answer = git.git(root, "cat-file", "blob", f"{commit}:./{name}", ok=(0, 1, 128))
        text = answer.stdout
    if answer.code or not commit:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return True


@contextlib.contextmanager
def _working_directory(path: Path) -> Iterator[None]:
    """detect-secrets takes a baseline's paths from where it runs."""
    before = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)
