"""Attachments: those of modules stay, every other one becomes a placeholder.

A placeholder is stored in the database, so it needs no file; the filestore keeps only the files of
attachments that stay.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Schema
from pipeline.privacy.treatment.columns import stays_when_shipped
from pipeline.privacy.treatment.expressions import literal

#: Models whose images come from modules, as long as only the system user wrote them.
_SHIPPED_FIELDS = (
    *("ir.ui.menu", "ir.module.module", "res.lang", "payment.method", "payment.provider"),
    "onboarding.onboarding.step",
)
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b"
    "550000000a4944415478da6338010000ca00c9344227f30000000049454e44ae"
    "426082"
)
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
_TEXT = b"This file was replaced when the database was anonymized.\n"
#: A LIKE pattern for the mimetype, and the placeholder.
_PLACEHOLDERS = (
    ("image/svg%", "image/svg+xml", "svg", _SVG),
    ("image/%", "image/png", "png", _PNG),
    ("application/pdf", "application/pdf", "pdf", _PDF),
    ("%", "text/plain", "txt", _TEXT),
)

_FIELDS = ", ".join(literal(model) for model in _SHIPPED_FIELDS)
#: SQL condition: the attachment stays.
STAYS = (
    f"({stays_when_shipped('ir_attachment', 'ir.attachment')} OR "
    f"t.res_model IN ({_FIELDS}) AND t.res_field IS NOT NULL AND coalesce(t.write_uid, 1) = 1)"
)
#: Odoo regenerates these on demand.
BUNDLES = "DELETE FROM ir_attachment t WHERE t.url LIKE '/web/assets/%'"
COUNT = f"SELECT count(*), count(*) FILTER (WHERE {STAYS}) FROM ir_attachment t"
#: Data in a kept attachment's row in addition to its content.
CLEAN = (
    "UPDATE ir_attachment t SET access_token = NULL, index_content = NULL, description = NULL "
    "WHERE coalesce(access_token, index_content, description) IS NOT NULL"
)
_EMPTIED = (
    "key",
    "access_token",
    "index_content",
    "description",
)  # the first belongs to module website
#: What Odoo stores in a filestore: folders by file name prefix, and its garbage collector's list.
_FOLDER = re.compile(r"(?:[0-9a-f]{2}|checklist)\Z")
_LARGEST = max(len(data) for *_, data in _PLACEHOLDERS)
NAMES = "SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL"


def strange(database: Database, schema: Schema, shipped: Container[object]) -> int:
    """The number of attachments that are neither kept nor a placeholder, checked one by one.

    Args:
        database: the database.
        schema: its schema.
        shipped: ids of attachments that modules created.
    """
    columns = schema.tables["ir_attachment"]
    emptied = [name for name in _EMPTIED if name in columns]
    names = [*("id", "write_uid", "res_model", "res_field", "name", "url", "store_fname")]
    names += ["checksum", *emptied]
    small = f"CASE WHEN length(db_datas) <= {_LARGEST} THEN db_datas END, db_datas IS NULL"
    query = f"SELECT {small}, {', '.join(names)} FROM ir_attachment"
    number = 0
    for data, without, *values in database.stream(query):
        row = dict(zip(names, values, strict=True))
        brought = row["res_model"] in _SHIPPED_FIELDS and row["res_field"] is not None
        if row["write_uid"] in (None, 1) and (row["id"] in shipped or brought):
            continue
        content = None if without or data is None else bytes(data)
        number += not (_is_placeholder(row, content) and all(row[one] is None for one in emptied))
    return number


def _is_placeholder(row: Mapping[str, Any], content: bytes | None) -> bool:
    stem, _, extension = str(row["name"]).rpartition(".")
    made = {ending: data for _, _, ending, data in _PLACEHOLDERS}.get(extension)
    return (
        content is not None
        and content == made
        and row["checksum"] == hashlib.sha1(content).hexdigest()
        and stem == f"file-{row['id']}"
        and row["url"] in (None, "#")
        and row["store_fname"] is None
    )


def placeholders(columns: Container[str]) -> Iterator[str]:
    """Statements that replace every attachment that does not stay, by kind.

    Args:
        columns: of the live table.
    """
    emptied = " ".join(f"{name} = NULL," for name in _EMPTIED if name in columns)
    done = "false"
    for pattern, mimetype, extension, data in _PLACEHOLDERS:
        this = f"coalesce(t.mimetype, '') LIKE {literal(pattern)}"
        yield (
            "UPDATE ir_attachment t SET store_fname = NULL, "
            f"db_datas = '\\x{data.hex()}'::bytea, checksum = '{hashlib.sha1(data).hexdigest()}', "
            f"file_size = {len(data)}, mimetype = '{mimetype}', "
            f"name = 'file-' || t.id || '.{extension}', "
            f"url = CASE WHEN t.url IS NOT NULL THEN '#' END, {emptied} "
            "res_field = CASE WHEN EXISTS (SELECT FROM ir_model_fields f WHERE f.model = "
            "t.res_model AND f.name = t.res_field) THEN t.res_field END, "
            "res_model = CASE WHEN t.res_model IN (SELECT m.model FROM ir_model m) THEN "
            f"t.res_model END WHERE NOT {STAYS} AND {this} AND NOT ({done})"
        )
        done += f" OR {this}"


def require_filestore(filestore: Path) -> None:
    """Check that a folder is the filestore of one database, before files are removed from it.

    Raises:
        InputError: it does not exist, or contains something that Odoo does not store there.
    """
    fix = "give the folder of this database: …/filestore/DATABASE"
    try:
        foreign = sorted(one.name for one in filestore.iterdir() if not _FOLDER.match(one.name))
    except OSError as error:
        raise InputError(
            f"the filestore {filestore} cannot be read: {error.strerror}", fix
        ) from error
    if foreign:
        raise InputError(f"{filestore} is not a filestore: it has {foreign[0]!r}", fix)


def prune(filestore: Path, names: Iterable[str]) -> tuple[int, int]:
    """Remove every file of a filestore that no attachment refers to.

    Returns:
        The number of files kept and removed.

    Raises:
        InputError: a file that an attachment refers to is missing or altered.
    """
    wanted = set(names)
    removed = 0
    for path in sorted(filestore.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(filestore).as_posix() not in wanted:
            path.unlink()
            removed += 1
    check(filestore, wanted)
    return len(wanted), removed


def check(filestore: Path, names: Iterable[str]) -> None:
    """Check that a filestore has exactly these files, unaltered. Raises InputError."""
    wanted = set(names)
    there = {p.relative_to(filestore).as_posix(): p for p in filestore.rglob("*") if p.is_file()}
    for name in sorted(wanted | set(there)):
        path = there.get(name)
        if path is None or name not in wanted:
            what = "is missing in" if path is None else "belongs to no attachment in"
            raise InputError(
                f"the file {name} {what} {filestore}",
                "run the anonymization again with --filestore on a complete copy",
            )
        with path.open("rb") as file:
            digest = hashlib.sha1()
            while part := file.read(1 << 20):
                digest.update(part)
        if digest.hexdigest() != Path(name).name:
            raise InputError(
                f"the file {name} in {filestore} does not have the content that its name says",
                "take it from a backup whose files are sound",
            )
