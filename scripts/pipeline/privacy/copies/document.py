"""A copy's document: what the dump next to it is, and until when it may be used. It is signed.

Nothing in the folder is believed before the signature of ``copy.json`` is checked: the document
names the dump's size and SHA-256, and so answers for it.
"""

from __future__ import annotations

import dataclasses
import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dacite

from pipeline.core import files
from pipeline.core.errors import CheckFailed, InputError
from pipeline.privacy.anonymize.report import signature

NAME = "copy"
DUMP = "uat.dump"
#: Times are in UTC. Digits and punctuation only, as in every parameter that an anonymized database
#: keeps, and in the order of time when compared as text.
FORM = "%Y-%m-%d %H:%M:%S"
#: What clocks of two machines may differ by.
_SKEW = timedelta(hours=1)
_LIMIT = 1 << 16


@dataclass(frozen=True)
class CopyDocument:
    """A copy of PROD's anonymized database.

    Attributes:
        project: name of the project, as in pipeline.toml.
        database: name of PROD's database.
        series: series of Odoo that the database is for, such as ``19.0``.
        made: when, as in :data:`FORM`.
        expires: from when on it must not be used, in the same form.
        file: name of the dump, in the same folder.
        size: of the dump, in bytes.
        sha256: of the dump.
    """

    project: str
    database: str
    series: str
    made: str
    expires: str
    file: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        datetime.strptime(self.made, FORM)
        datetime.strptime(self.expires, FORM)
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,99}", self.file):
            raise ValueError("file is not the plain name of a file")

    @property
    def moment(self) -> datetime:
        """When it was made."""
        return _moment(self.made)

    @property
    def end(self) -> datetime:
        """When it expires."""
        return _moment(self.expires)

    def write(self, folder: Path, key: bytes) -> None:
        """Write it and its signature, ``copy.hmac`` (with a key) or ``copy.sha256``.

        Raises:
            OSError: the folder cannot be written to.
        """
        text = json.dumps(dataclasses.asdict(self), indent=1, sort_keys=True) + "\n"
        kinds = ("hmac", "sha256") if key else ("sha256", "hmac")
        (folder / f"{NAME}.{kinds[1]}").unlink(missing_ok=True)  # of an earlier copy
        files.write(folder / f"{NAME}.json", text, None)
        line = f"{signature(text, key)}  {NAME}.json\n"
        files.write(folder / f"{NAME}.{kinds[0]}", line, None)


def read_copy(folder: Path, key: bytes, *, unsigned: bool = False) -> CopyDocument:
    """Read a copy's document, after its signature was checked.

    Args:
        folder: of the copy.
        key: that signed it; empty: none is at hand.
        unsigned: accept a copy that was made without a key, of which only damage can be noticed.

    Raises:
        InputError: there is no copy, or no key.
        CheckFailed: it is not what was signed.
    """
    text = _read(folder, f"{NAME}.json")
    if text is None:
        raise InputError(
            f"there is no copy in {folder}: it has no copy.json",
            "give --from, the folder that `anonymized-dump` was exported to",
        )
    _check_signature(folder, text, key, unsigned)
    try:
        return dacite.from_dict(CopyDocument, json.loads(text), dacite.Config(strict=True))
    except (ValueError, TypeError, AttributeError, RecursionError, dacite.DaciteError) as error:
        raise CheckFailed(
            f"copy.json is not a copy's document: {error}",
            "use the version of the pipeline that made it, or have it made again",
        ) from error


def _check_signature(folder: Path, text: str, key: bytes, unsigned: bool) -> None:
    hashed = _read(folder, f"{NAME}.hmac")
    if not key and hashed is not None:
        raise InputError(
            "this copy is signed, and there is no key to check it with",
            "give the key that signs reports: --report-key-file, or ANONYMIZATION_REPORT_KEY",
        )
    require_key(key, unsigned)
    if key and hashed is None:
        raise CheckFailed(
            "this copy is not signed with a key: anybody may have made it",
            "make it with --report-key, or take it from where the signed ones are",
        )
    given = (hashed if key else _read(folder, f"{NAME}.sha256")) or ""
    if not hmac.compare_digest(signature(text, key).encode(), given.partition(" ")[0].encode()):
        raise CheckFailed(
            "copy.json is not what was signed: it was changed, or signed with another key",
            "check --report-key-file (or ANONYMIZATION_REPORT_KEY), or get the copy again",
        )


def require_key(key: bytes, unsigned: bool) -> None:
    """Raise InputError if there is neither a key nor the will to do without one."""
    if not key and not unsigned:
        raise InputError(
            "there is no key to check the copy's signature with",
            "give --report-key-file, or ANONYMIZATION_REPORT_KEY; or --unsigned for a copy that "
            "was made without a key, if you trust where it comes from",
        )


def check_fit(document: CopyDocument, project: str, series: str, now: datetime) -> None:
    """Check that a copy is for this project, and may be used now.

    Args:
        document: its signature was checked.
        project: name of the project that wants it.
        series: its series of Odoo.
        now: the time.

    Raises:
        CheckFailed: it is of another project or series, or it has expired, or the clock is wrong.
    """
    if document.project != project:
        raise CheckFailed(
            f"this is a copy of the project {document.project}, and this is {project}",
            f"pull it in the repository of {document.project}, or give --source",
        )
    if document.series != series:
        raise CheckFailed(
            f"this copy is for Odoo {document.series}, and this source is for {series}",
            f"check out a version of the source for {document.series}, or get a newer copy",
        )
    at = now.astimezone(timezone.utc)
    if at + _SKEW < document.moment:
        raise CheckFailed(
            f"this machine's clock ({at.strftime(FORM)} UTC) is before the copy was made "
            f"({document.made} UTC)",
            "set the clock: without it, nobody can tell whether the copy has expired",
        )
    if at >= document.end:
        raise CheckFailed(
            f"this copy expired at {document.expires} UTC",
            "delete it, and get a newer one: `dagger call prod … anonymized-dump`",
        )


def check_dump(document: CopyDocument, folder: Path) -> Path:
    """Check that the dump is the one that the document names. Returns its path.

    Raises:
        CheckFailed: it is missing, or another one.
    """
    path = folder / document.file
    try:
        if path.is_symlink() or not path.is_file():
            raise CheckFailed(
                f"the copy has no dump: {path} is not a file", "get the copy again, all of it"
            )
        same = path.stat().st_size == document.size and files.digest(path) == document.sha256
    except OSError as error:
        raise CheckFailed(f"{path} cannot be read: {error.strerror}", "check its owner") from error
    if not same:
        raise CheckFailed(
            f"{path} is not the dump that was signed: it is damaged, or was replaced",
            "delete it, and get the copy again from where it was made",
        )
    return path


def _moment(text: str) -> datetime:
    return datetime.strptime(text, FORM).replace(tzinfo=timezone.utc)


def _read(folder: Path, name: str) -> str | None:
    """The text of a small file; None: there is none."""
    try:
        with (folder / name).open("rb") as file:
            return file.read(_LIMIT).decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{folder / name} is not a readable text file", "check its owner, or get it again"
        ) from error
