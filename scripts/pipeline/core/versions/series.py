"""The series of Odoo that the pipeline knows, and everything in which they differ.

One row a series; whatever depends on the series reads it here. 19.0 is tested with a real Odoo, the
others by comparing what is written for them with what their images read. Sources, read in 2026:

- github.com/odoo/docker at f7f67653: Dockerfile, entrypoint.sh and odoo.conf of 17.0, 18.0, 19.0.
  From 19.0 on the entry point leaves PGHOST and its like to Odoo; before, it makes options of them,
  and nothing reads PGDATABASE or ODOO_WORKERS.
- github.com/odoo/odoo, odoo/tools/config.py: the options. 19.0 gives each of them a variable, and
  turns ``without_demo`` into ``with_demo``; it announces that 20.0 listens on 127.0.0.1 alone.
- github.com/odoo/documentation, administration/on_premise/source.rst (pull requests 14771, 14803),
  and odoo/release.py: the least Python and PostgreSQL.
- 20.0: its folder of odoo/docker (d5431604, Ubuntu noble) and its release.py (PostgreSQL 16) only
  as others quote them; see ``assumed``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.core.errors import InputError


@dataclass(frozen=True)
class SeriesFacts:
    """One series.

    Attributes:
        name: such as ``19.0``.
        distribution: the Ubuntu that the official image is made from.
        python: version of Python in the official image.
        least_postgres: the oldest major version of PostgreSQL that Odoo accepts.
        demo: whether a new database has demo data unless an option says otherwise.
        demo_option: the option that says otherwise.
        reads_variables: whether Odoo reads its options from variables: PGDATABASE, ODOO_WORKERS.
        managed: whether pip adds to the distribution's packages only with an option
            (EXTERNALLY-MANAGED), which an older pip does not know.
        everywhere: whether Odoo listens on all interfaces unless it is told to.
        assumed: what could not be read at the source; empty: nothing.
        http_port: option of the port for requests, and the port.
        gevent_port: option of the port for websockets, and the port; up to 15.0 it was
            ``longpolling_port``.
    """

    name: str
    distribution: str
    python: str
    least_postgres: int
    demo: bool
    demo_option: str
    reads_variables: bool
    managed: bool
    everywhere: bool
    assumed: str = ""
    http_port: tuple[str, int] = ("http_port", 8069)
    gevent_port: tuple[str, int] = ("gevent_port", 8072)

    @property
    def major(self) -> int:
        """Its number: 19."""
        return int(self.name.partition(".")[0])

    @property
    def image(self) -> str:
        """The official image."""
        return f"odoo:{self.name}"

    def demo_options(self, wanted: bool) -> tuple[str, ...]:
        """Odoo's options for a new database with or without demo data."""
        return () if wanted == self.demo else (self.demo_option,)


TABLE = (
    SeriesFacts(
        name="17.0",
        distribution="jammy",
        python="3.10",
        least_postgres=12,
        demo=True,
        demo_option="--without-demo=all",
        reads_variables=False,
        managed=False,
        everywhere=True,
    ),
    SeriesFacts(
        name="18.0",
        distribution="noble",
        python="3.12",
        least_postgres=12,
        demo=True,
        demo_option="--without-demo=all",
        reads_variables=False,
        managed=True,
        everywhere=True,
    ),
    SeriesFacts(
        name="19.0",
        distribution="noble",
        python="3.12",
        least_postgres=13,
        demo=False,
        demo_option="--with-demo",
        reads_variables=True,
        managed=True,
        everywhere=True,
    ),
    SeriesFacts(
        name="20.0",
        distribution="noble",
        python="3.12",
        least_postgres=16,
        demo=False,
        demo_option="--with-demo",
        reads_variables=True,
        managed=True,
        everywhere=False,
        assumed="Ubuntu, Python and PostgreSQL are known from quotations of its Dockerfile and "
        "release.py; variables, options and demo data are taken to be as in 19.0",
    ),
)
NAMES = tuple(one.name for one in TABLE)

_SERIES = r"(?:[89]|[1-9]\d)\.0"
#: A version that begins with a series: Odoo's since 8.0, or one between two of them.
_IN_VERSION = re.compile(rf"(saas~\d+\.\d+|{_SERIES})\.")
#: An image of Odoo from any registry: `mirror/odoo:18.0-20260723`. Another tag is a version of who
#: made it; the official image has short tags, too: `odoo:18`.
_IN_IMAGE = re.compile(rf"(?:^|/)odoo:({_SERIES})(?=$|[-@])")
_SHORT = re.compile(r"odoo:(\d+)(?=$|@)")


def known_series(name: str, where: str) -> SeriesFacts:
    """The series of a name.

    Args:
        name: such as ``19.0``.
        where: what gives the name, for the error.

    Raises:
        InputError: the pipeline does not know it.
    """
    for one in TABLE:
        if one.name == name:
            return one
    raise InputError(
        f"Odoo {name!r} ({where}) is not a series that the pipeline knows",
        f"use one of: {', '.join(NAMES)}",
    )


def series_of_major(major: int, where: str) -> SeriesFacts:
    """The series of a major version. Raises InputError when the pipeline does not know it."""
    return known_series(f"{major}.0", where)


def in_version(version: str) -> str:
    """The series, known or not, that an add-on's version begins with; empty: none."""
    found = _IN_VERSION.match(version)
    return found[1] if found else ""


def in_image(image: str) -> str:
    """The series, known or not, that an image's tag names; empty: it names none."""
    short = _SHORT.match(image)
    if short:
        return f"{short[1]}.0"
    found = _IN_IMAGE.search(image)
    return found[1] if found else ""
