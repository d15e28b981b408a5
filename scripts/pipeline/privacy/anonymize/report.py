"""The report of a run, as JSON for machines and as a page for people; signed if there is a key."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.privacy.declaration.privacy import MEANINGS
from pipeline.privacy.verification.singling_out import MOST_ROWS, Recognizable

NAME = "anonymization"


@dataclass(frozen=True)
class ColumnReport:
    """One column.

    Attributes:
        table: its table.
        column: its name.
        strategy: what was done.
        changed: how many values were replaced.
        reason: why it was kept; empty for others.
        own: whether it comes from the project's file, not from the packaged default.
    """

    table: str
    column: str
    strategy: str
    changed: int = 0
    reason: str = ""
    own: bool = False


@dataclass(frozen=True)
class Report:
    """A whole run.

    Attributes:
        database: its name.
        dry_run: whether nothing was changed.
        seconds: wall time.
        columns: each column of the live schema.
        emptied: number of rows removed from each emptied table.
        rows: number of rows of each other table, before and after.
        attachments: all attachments, and those kept.
        files: files of the filestore kept and removed; None without a filestore.
        integrity: name of each check, and what it found; empty is good.
        stale: entries of the project's file for columns that do not exist.
        people: for each table with people, how many could be recognized by what is kept.
        link: the page of the run, which names who started it; empty if none was given.
        level: how far it went beyond names: ``tests``, ``demo`` or ``public``.
        k: rows that have to agree in all kept columns at level ``public``; 0 at others.
        left_by_level: columns that the level concerns and that stayed, with what holds them.
        made_common: by table, number of people who were one of fewer than ``k`` and got the most
            common values.
        made: when it was made, in UTC, such as ``2026-11-28 17:30``.
    """

    database: str
    dry_run: bool
    seconds: float
    columns: tuple[ColumnReport, ...]
    emptied: dict[str, int] = field(default_factory=dict)
    rows: dict[str, tuple[int, int]] = field(default_factory=dict)
    attachments: tuple[int, int] = (0, 0)
    files: tuple[int, int] | None = None
    integrity: dict[str, str] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    people: tuple[Recognizable, ...] = ()
    link: str = ""
    level: str = "tests"
    k: int = 0
    left_by_level: dict[str, str] = field(default_factory=dict)
    made_common: dict[str, int] = field(default_factory=dict)
    made: str = field(default_factory=lambda: f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M}")

    @property
    def left(self) -> tuple[int, int]:
        """Number of tables and of rows that the result has."""
        after = [rows for _, rows in self.rows.values() if rows]
        return len(after), sum(after)

    @property
    def by_strategy(self) -> dict[str, tuple[int, int]]:
        """Number of columns and of replaced values, by strategy."""
        sums: dict[str, tuple[int, int]] = {}
        for one in self.columns:
            columns, values = sums.get(one.strategy, (0, 0))
            sums[one.strategy] = (columns + 1, values + one.changed)
        return dict(sorted(sums.items()))

    def to_json(self) -> str:
        """Serialize, with sorted keys."""
        data = {**dataclasses.asdict(self), "by_strategy": self.by_strategy}
        return json.dumps(data, indent=1, sort_keys=True) + "\n"


def signature(text: str, key: bytes | None) -> str:
    """HMAC-SHA-256 with a key, otherwise SHA-256, as `openssl dgst` prints it."""
    if key:
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return hashlib.sha256(text.encode()).hexdigest()


def write_signed(report: Report, directory: Path, key: bytes | None = None) -> None:
    """Write ``anonymization.json``, ``.html`` and ``.hmac`` (with a key) or ``.sha256``.

    Raises:
        InputError: the directory cannot be written to.
    """
    text = report.to_json()
    signed = signature(text, key)
    kind = "hmac" if key else "sha256"
    files = {
        f"{NAME}.json": text,
        f"{NAME}.html": _page(report, kind, signed),
        f"{NAME}.{kind}": f"{signed}  {NAME}.json\n",
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (directory / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the report cannot be written to {directory}: {error.strerror}",
            "give another --report, a directory that can be written to",
        ) from error


def _page(report: Report, kind: str, signed: str) -> str:
    import jinja2  # only needed for a page

    loader = jinja2.PackageLoader("pipeline.privacy.anonymize", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)
    template = environment.get_template(f"{NAME}.html.j2")
    meaning = MEANINGS[report.level]
    return template.render(report=report, meaning=meaning, kind=kind, signed=signed, most=MOST_ROWS)
