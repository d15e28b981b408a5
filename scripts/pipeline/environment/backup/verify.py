"""Whether a backup is complete and can be restored, without touching what runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.core import files
from pipeline.core.errors import Refused
from pipeline.environment.backup import create, filestore, images, live_filestore
from pipeline.environment.backup.manifest import Manifest

Rows = Callable[[str], list[dict[str, Any]]]
#: Earlier versions counted partitioned tables instead of their partitions.
_RELATIONS = """
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')
"""


def problems(folder: Path, backup: Manifest, digests: files.Digests | None = None) -> list[str]:
    """What is wrong with a backup: every byte of it is read.

    Args:
        folder: of the backups.
        backup: one of them.
        digests: of files read for other backups; a shared file is not read again.
    """
    digests = digests or files.Digests()
    found = _dump_problems(folder / backup.dump.name, backup)
    store = backup.filestore
    found += filestore.problems(folder / store.name, store.files, store.names, digests)
    if backup.image.stored:
        found += [f"{name} is broken" for name in images.broken(folder, backup.image.id, digests)]
    return found


def check(folder: Path, backup: Manifest) -> None:
    """Raise Refused when a backup is incomplete."""
    if bad := problems(folder, backup):
        raise Refused(
            f"the backup {backup.stamp} is broken: {'; '.join(bad[:3])}",
            "use another one: `pipeline environment backup verify` shows which are intact",
        )


def _dump_problems(path: Path, backup: Manifest) -> list[str]:
    try:
        digest = files.digest(path)
    except OSError as error:
        return [f"{path.name}: {error.strerror}"]
    if digest != backup.dump.sha256:
        return [f"{path.name} was changed since it was written"]
    return []


def differences(folder: Path, backup: Manifest, rows: Rows) -> list[str]:
    """Differences between a restored database, queried with ``rows``, and its manifest."""
    tables = {(row["schema"], row["name"]) for row in rows(_RELATIONS)}
    wanted = [one for one in sorted(tables) if ".".join(one) in backup.rows]
    found = _differences(backup.rows, create.counts_of(rows, wanted))
    names = {str(row["name"]) for row in rows(live_filestore.NAMES)}
    lost = names - set(filestore.stored(folder / backup.filestore.name))
    lost -= set(backup.filestore.missing)
    return found + [f"the attachment {name} is not in the backup" for name in sorted(lost)]


def _differences(said: dict[str, int], there: dict[str, int]) -> list[str]:
    return [
        f"{table} has {there.get(table, 'no')} rows, not {said.get(table, 0)}"
        for table in sorted({*said, *there})
        if said.get(table) != there.get(table)
    ]
