"""Copies that were made so many days ago, without a database."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

from pipeline.privacy.copies.document import FORM, CopyDocument

KEY, DUMP = b"the team's", b"PGDMP, and more" * 40_000
NOW = datetime(2026, 12, 1, 12, tzinfo=timezone.utc)


def document(days: float, dump: bytes = DUMP) -> CopyDocument:
    """Of a copy that was made so many days ago."""
    made = NOW - timedelta(days)
    return CopyDocument(
        project="odoo-care",
        database="care-prod",
        series="19.0",
        made=made.strftime(FORM),
        expires=(made + timedelta(30)).strftime(FORM),
        file="uat.dump",
        size=len(dump),
        sha256=hashlib.sha256(dump).hexdigest(),
    )


def name(days: float) -> str:
    return (NOW - timedelta(days)).strftime("%Y%m%dT%H%M%SZ")


def there(root: Path) -> list[str]:
    return sorted(os.listdir(root / "odoo-care"))
