"""Write the table of Odoo's series in docs/getting-started.md, from the table of the code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "getting-started.md"

sys.path.insert(0, str(ROOT / "scripts"))

from docs.region import replaced  # noqa: E402
from pipeline.core.versions.series import TABLE, SeriesFacts  # noqa: E402


def values(one: SeriesFacts) -> dict[str, str]:
    """Every difference, in words, with its value in a series."""
    ports = (one.http_port, one.gevent_port)
    return {
        "official image": f"`{one.image}`, from Ubuntu {one.distribution}",
        "Python in it": one.python,
        "PostgreSQL": f"{one.least_postgres} or newer",
        "pip needs `--break-system-packages`": "yes" if one.managed else "no, it does not know it",
        "Odoo reads variables (`PGDATABASE`, `ODOO_WORKERS`)": (
            "yes" if one.reads_variables else "no: they are options of the commands"
        ),
        "Odoo listens on": "all interfaces" if one.everywhere else "127.0.0.1, unless told to",
        "ports": ", ".join(f"`{option}` {port}" for option, port in ports),
        "demo data": f"{'yes' if one.demo else 'no'}, unless `{one.demo_option}`",
        "not read at the source": one.assumed or "–",
    }


def table() -> Iterator[str]:
    """The lines of the table: a column a series."""
    columns = [values(one) for one in TABLE]
    yield f"| | {' | '.join(one.name for one in TABLE)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for name in columns[0]:
        yield f"| {name} | {' | '.join(column[name] for column in columns)} |"


def page() -> str:
    """The whole page, with the table as the code has it now."""
    return replaced(PAGE, "series", table())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
