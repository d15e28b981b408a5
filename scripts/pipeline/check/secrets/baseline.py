"""The reviewed false alarms, in the format of detect-secrets.

Two files: the baseline for the tree, and next to it ``<baseline>.history`` for what only the
history holds, as an audit of detect-secrets drops every entry whose file is no longer there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.check.secrets.kinds import KINDS, class_name
from pipeline.check.secrets.occurrences import Key, Occurrence
from pipeline.core import files
from pipeline.core.errors import InputError

HISTORY_SUFFIX = ".history"


@dataclass(frozen=True)
class SecretsBaseline:
    """Labels by key: False is a reviewed false alarm, True a real secret, None not reviewed."""

    labels: Mapping[Key, bool | None] = field(default_factory=dict)

    def is_false_alarm(self, item: Occurrence) -> bool:
        """Whether a person reviewed it and labelled it a false alarm."""
        return self.labels.get(item.key) is False

    def review(self, item: Occurrence) -> str:
        """The baseline's label of a finding, as a text to append to its message; may be empty."""
        if item.key not in self.labels:
            return ""
        return (
            "; the baseline lists it as a real one"
            if self.labels[item.key]
            else "; the baseline has it, but it is not labelled"
        )

    def stale(self, items: Iterable[Occurrence]) -> tuple[Key, ...]:
        """Keys of this baseline that the scan did not find."""
        return tuple(sorted(set(self.labels) - {item.key for item in items}))


def history_path(path: str) -> str:
    """The name of the history's baseline next to the tree's."""
    return path + HISTORY_SUFFIX


def load(root: Path, path: str) -> SecretsBaseline:
    """Read ``<root>/<path>``; a file that is missing is an empty baseline.

    Raises:
        InputError: the file is not a baseline of detect-secrets.
    """
    try:
        text = (root / path).read_text(encoding="utf-8")
        return SecretsBaseline(parse(json.loads(text)))
    except FileNotFoundError:
        return SecretsBaseline()
    except (ValueError, OSError) as error:
        raise InputError(
            f"{path} is not a baseline of detect-secrets: {error}",
            "fix it; or delete it, run `pipeline check secrets --update-baseline` and label the "
            "entries with `pipeline check secrets --audit`",
        ) from error


def parse(data: object) -> dict[Key, bool | None]:
    """The labels in a baseline's JSON. Raises ValueError, which describes the error in it."""
    results = data.get("results") if isinstance(data, dict) else None
    if not isinstance(results, dict):
        raise ValueError("it has no `results` object")
    labels: dict[Key, bool | None] = {}
    for path, entries in results.items():
        if not isinstance(entries, list):
            raise ValueError(f"the entries of {path!r} are not a list")
        for entry in entries:
            kind, digest = (
                (entry.get("type"), entry.get("hashed_secret"))
                if isinstance(entry, dict)
                else (0, 0)
            )
            if not isinstance(kind, str) or not isinstance(digest, str):
                raise ValueError(f"an entry of {path!r} has no `type` or no `hashed_secret`")
            label = entry.get("is_secret")
            if label not in (None, True, False) or isinstance(label, int) and type(label) is int:
                raise ValueError(f"`is_secret` of an entry of {path!r} is not true or false")
            labels[(path, kind, digest)] = label
    return labels


def save(root: Path, path: str, items: Iterable[Occurrence], old: SecretsBaseline) -> None:
    """Write the baseline of these occurrences, with the labels that the old one had."""
    write(root / path, document(items, old))


def write(target: Path, data: object) -> None:
    """Write a baseline's JSON, completely or not at all."""
    files.write(target, json.dumps(data, indent=2) + "\n", mode=None)


def document(items: Iterable[Occurrence], old: SecretsBaseline) -> dict[str, Any]:
    """A baseline as detect-secrets writes it, but without the time: equal content, equal file."""
    results: dict[str, list[dict[str, Any]]] = {}
    for item in sorted(items):
        entry: dict[str, Any] = {
            "type": item.kind,
            "filename": item.path,
            "hashed_secret": item.digest,
            "is_verified": False,
            "line_number": item.line,
        }
        if item.commit:
            entry["commit"] = item.commit
        label = old.labels.get(item.key)
        if label is not None:
            entry["is_secret"] = label
        entries = results.setdefault(item.path, [])
        if all(
            entry["hashed_secret"] != e["hashed_secret"] or e["type"] != item.kind for e in entries
        ):
            entries.append(entry)
    return {
        "version": version("detect-secrets"),
        "plugins_used": [{"name": class_name(kind)} for kind in KINDS],
        "filters_used": [{"path": "detect_secrets.filters.allowlist.is_line_allowlisted"}],
        "results": results,
    }
