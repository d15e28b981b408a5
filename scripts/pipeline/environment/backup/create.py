"""Make a backup: everything under a temporary name first, the manifest last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.core import files
from pipeline.core.files import PARTIAL
from pipeline.core.wording import counted, some_of
from pipeline.environment.backup import catalog, filestore, images, live_filestore, manifest, parts
from pipeline.environment.backup.dump import dump, snapshot
from pipeline.environment.backup.manifest import DumpFile, Image, InstalledModule, Manifest
from pipeline.environment.host import sql
from pipeline.environment.host.host import Host
from pipeline.environment.machine import preflight
from pipeline.environment.odoo.installed_addons import INSTALLED, Addon

#: How many file names are printed; the manifest has all of them.
_SHOWN = 10

_TABLES = """
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r'
   AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2
"""
_MOMENT = "SELECT now()::text AS now, current_setting('server_version') AS version"
ROLES = "SELECT rolname AS name FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY 1"


@dataclass(frozen=True)
class Order:
    """What to back up.

    Attributes:
        folder: where it goes.
        reason: why, such as ``deploy v1.2.0``.
        tag: name of the run, for sessions and containers.
        image: the image that runs.
        save_image: whether the image goes into the backup.
        known: the running add-ons, with the hashes of their code.
        say: receives progress messages.
    """

    folder: Path
    reason: str
    tag: str
    image: Image
    save_image: bool
    known: Mapping[str, Addon]
    say: Callable[[str], None]


def create(host: Host, order: Order) -> Manifest:
    """Make a backup of Odoo's database, its filestore and its image.

    Raises:
        ToolError: a part could not be made; nothing has its final name yet.
    """
    folder, here = order.folder, host.environment
    if not folder.exists():
        files.folder(folder)
    parts.clean(host, folder)
    parts.tighten(folder, here)
    before = catalog.good(folder, here)
    stamp = parts.claim(folder, here)
    _, dump_name, store_name = manifest.names(stamp)
    limit = preflight.data_seconds(host)
    with snapshot.taken(host, order.tag, limit) as moment:
        [now] = moment.rows(_MOMENT)
        order.say("dumping the database")
        written = dump.write(
            host, moment, folder / (dump_name + PARTIAL), now["now"], order.tag, limit
        )
        order.say("copying the filestore")
        store = filestore.write(
            host,
            [row["name"] for row in moment.rows(live_filestore.NAMES)],
            folder / (store_name + PARTIAL),
            folder / before[-1].filestore.name if before else None,
            f"{order.tag}-files",
        )
        order.say("counting the rows")
        rows = row_counts(moment.rows)
        modules = {row["name"]: row["version"] for row in moment.rows(INSTALLED)}
        roles = [row["name"] for row in moment.rows(ROLES)]
    image = order.image
    if order.save_image and image.id:
        parts.needs(folder, stamp, here, image.id)
        saved = images.save(host, folder, image.reference, image.id)
        if saved.written:
            order.say("saved the image")
        if saved.broken:
            names = ", ".join(saved.broken)
            order.say(f"warning: the saved image was broken, and was written again: {names}")
        image = replace(image, stored=True)
    files.publish(folder / (dump_name + PARTIAL), folder / dump_name)
    files.publish(folder / (store_name + PARTIAL), folder / store_name)
    made = Manifest(
        stamp=stamp,
        sequence=before[-1].sequence + 1 if before else 1,
        environment=here.name,
        database=here.database,
        project=here.project,
        moment=now["now"],
        reason=order.reason,
        dump=DumpFile(dump_name, written.size, written.sha256),
        filestore=manifest.filestore_part(store_name, store),
        image=image,
        postgres=now["version"],
        addons={name: _module(version, order.known.get(name)) for name, version in modules.items()},
        rows=rows,
        roles=tuple(roles),
    )
    manifest.write(made, folder)
    parts.finish(folder, stamp)
    _tell(order, folder, before, made)
    return made


def _module(version: str | None, known: Addon | None) -> InstalledModule:
    return InstalledModule(version, known.code, known.update) if known else InstalledModule(version)


def _tell(order: Order, folder: Path, before: list[Manifest], made: Manifest) -> None:
    """Report what is broken or lost: the previous backup cannot be relied on."""
    store = made.filestore
    rotten, damaged, missing = store.rotten, store.damaged, store.missing
    if rotten:
        order.say(
            f"warning: {before[-1].file_name} has {counted(len(rotten), 'broken file')}; "
            f"copied from the live filestore again: {named(set(rotten) - set(missing))}"
        )
        catalog.unmark(folder / before[-1].file_name)
    if damaged:
        order.say(
            f"warning: the live filestore has {counted(len(damaged), 'broken file')}, "
            f"which this backup lacks: {named(damaged)}"
        )
    if missing:
        order.say(
            f"warning: the filestore lacks {counted(len(missing), 'file')} that the database "
            f"names: {named(missing)}"
        )


def named(names: Collection[str]) -> str:
    """The first names and the number of the others; the manifest has all of them."""
    return some_of(sorted(names), _SHOWN) or "none"


def row_counts(rows: Callable[[str], list[dict[str, Any]]]) -> dict[str, int]:
    """Number of rows of every table, queried with ``rows``."""
    return counts_of(rows, [(row["schema"], row["name"]) for row in rows(_TABLES)])


def counts_of(
    rows: Callable[[str], list[dict[str, Any]]], tables: Sequence[tuple[str, str]]
) -> dict[str, int]:
    """The same for some tables, given by schema and name."""
    if not tables:
        return {}
    queries = (
        f"SELECT {sql.text(f'{schema}.{name}')} AS name, count(*) AS rows "
        f"FROM {sql.name(schema)}.{sql.name(name)}"
        for schema, name in tables
    )
    return {row["name"]: row["rows"] for row in rows(" UNION ALL ".join(queries))}
