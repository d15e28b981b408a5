"""Each attack finds nearly everybody in a copy that nothing was done to, and at each level only as
many as its page says."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from attacks import ATTACKS

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]
Rows = Callable[[str], list[tuple]]

#: So many are found at most where an attack is to find nobody: by chance, one in a few hundred.
NOBODY = 0.02
#: By level, the attacks that find somebody, and the share of the people that they find at most. A
#: level that has no line for an attack must withstand it.
FOUND = {
    "tests": {
        **dict.fromkeys(("amounts", "prices", "days", "moments", "creation", "logins"), 1.0),
        **dict.fromkeys(("order of amounts", "order of moments", "order of creation"), 1.0),
        **dict.fromkeys(("authors", "frequency of names", "profiles", "departures"), 1.0),
        **dict.fromkeys(("numbers of documents", "origins", "counters"), 1.0),
    },
    "demo": {
        # One day of a month in a few stays where it is.
        **dict.fromkeys(("days", "departures"), 0.3),
        **dict.fromkeys(("order of amounts", "order of moments", "order of creation"), 1.0),
        **dict.fromkeys(("authors", "frequency of names"), 1.0),
        **dict.fromkeys(("numbers of documents", "origins", "counters"), 1.0),
    },
    "public": {
        # What is left of an order: months follow each other, and a factor is one of 120.
        **dict.fromkeys(("order of amounts", "order of moments"), 0.15),
        **dict.fromkeys(("order of creation", "days", "departures"), 0.05),
    },
}


def reader(dsn: str) -> Rows:
    """What an attacker has of a database: any query."""

    def rows(query: str) -> list[tuple]:
        with psycopg.connect(dsn) as connection:
            return connection.execute(query).fetchall()

    return rows


@pytest.fixture
def original(dsn: str, company: None) -> Rows:
    """The database before anything is done to it."""
    admin = dsn.replace("dbname=prod", "dbname=postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS original WITH (FORCE)")
        connection.execute("CREATE DATABASE original TEMPLATE prod")
    return reader(dsn.replace("dbname=prod", "dbname=original"))


def test_each_attack_finds_nearly_everybody_in_an_unprotected_copy(
    original: Rows, dsn: str
) -> None:
    copy = reader(dsn)
    found = {name: attack(original, copy) for name, attack in ATTACKS.items()}
    assert {name: share for name, share in found.items() if share < 0.7} == {}


@pytest.mark.parametrize("level", FOUND)
def test_no_attack_finds_more_people_than_the_level_allows(
    level: str, original: Rows, dsn: str, anonymize: Pipeline
) -> None:
    code, output = anonymize("--level", level)
    assert code == 0, output
    result = reader(dsn)
    found = {name: round(attack(original, result), 3) for name, attack in ATTACKS.items()}
    more = {name: share for name, share in found.items() if share > FOUND[level].get(name, NOBODY)}
    assert more == {}, found
