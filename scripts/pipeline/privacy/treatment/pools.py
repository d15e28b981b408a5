"""The fake values: pools made with Faker, always the same, so that a value can be recognized.

Only a run's key is random; it determines which value a fake one replaces.
"""

from __future__ import annotations

import functools
import itertools
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

from faker import Faker
from stdnum.be import vat as belgian
from stdnum.de import vat as german
from stdnum.fr import tva as french
from stdnum.iso7064 import mod_11_10
from stdnum.lu import tva as luxembourgish
from stdnum.nl import btw as dutch

from pipeline.core.errors import SettingsError

#: Number of values of each kind.
SIZE = 1000
_VATS = 2000
_SEED = 19


@functools.lru_cache
def pools(locales: tuple[str, ...]) -> dict[str, list[str]]:
    """Lists of fake values by kind:

    ``first``, ``last``, ``company``, ``street``, ``city``, ``zip`` (parallel to ``city``: the same
    place), ``word``, ``text``, and ``vat_XX`` by country.

    Raises:
        SettingsError: a locale unknown to Faker.
    """
    try:
        fakes = [Faker(locale) for locale in locales]
    except AttributeError as error:
        raise SettingsError(
            f"Faker has no locale among {', '.join(locales)}",
            'use locales such as "fr_FR" or "nl_BE"',
        ) from error
    for number, fake in enumerate(fakes):
        fake.seed_instance(_SEED + number)
    latin = Faker("la")
    latin.seed_instance(_SEED)
    dice = random.Random(_SEED)
    places = [(_plain(fake.city()), fake.postcode()) for fake in fakes for _ in range(SIZE)]
    return {
        "first": _distinct(fakes, lambda fake: fake.first_name().split()[0]),
        "last": _distinct(fakes, lambda fake: fake.last_name()),
        "company": _distinct(fakes, lambda fake: f"{fake.last_name()} {fake.company_suffix()}"),
        "street": _distinct(fakes, lambda fake: fake.street_name()),
        "city": [city for city, _ in places],
        "zip": [zip_code for _, zip_code in places],
        "word": _distinct([latin], lambda fake: fake.word().capitalize()),
        "text": _distinct([latin], lambda fake: fake.sentence(nb_words=8)),
        **{f"vat_{country}": sorted(_vats(make, dice)) for country, make in VATS.items()},
    }


def places(made: Mapping[str, Sequence[str]]) -> dict[str, range]:
    """The range of each pool when all are concatenated."""
    ends = itertools.accumulate(len(values) for values in made.values())
    return {
        kind: range(end - len(values), end)
        for (kind, values), end in zip(made.items(), ends, strict=True)
    }


def rows(made: Mapping[str, Sequence[str]]) -> Iterator[tuple[int, str, str]]:
    """All pools as rows: number, value, and its form in a mail address."""
    for number, value in enumerate(itertools.chain.from_iterable(made.values())):
        yield number, value, slug(value)


def longest(made: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Length of the longest value of each pool, and of its form in a mail address."""
    return {
        kind: max(max(len(value), len(slug(value))) for value in values)
        for kind, values in made.items()
    }


@functools.cache
def slug(name: str) -> str:
    """A value as part of a mail address: ``Éloïse Le Gall`` becomes ``eloise.le.gall``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]+", ".", plain).strip(".") or "somebody"


def _distinct(fakes: Sequence[Faker], make: Callable[[Faker], str]) -> list[str]:
    """Up to SIZE distinct values of each locale, in a fixed order."""
    return sorted({_plain(make(fake)) for fake in fakes for _ in range(SIZE)})


def _plain(value: str) -> str:
    return " ".join(value.split()).replace("\\", "")


def _digits(dice: random.Random, count: int) -> str:
    return f"{dice.randrange(10 ** (count - 1), 10**count)}"


def _belgian(dice: random.Random) -> str:
    base = f"0{_digits(dice, 7)}"
    number = f"{base}{97 - int(base) % 97:02d}"
    return f"BE{belgian.validate(number)}"


def _french(dice: random.Random) -> str:
    base = _digits(dice, 8)
    doubled = (
        int(d) * (2 if i % 2 else 1) for i, d in enumerate(base)
    )  # Luhn; the ninth digit is the check digit
    siren = f"{base}{-sum(d - 9 * (d > 9) for d in doubled) % 10}"
    return f"FR{french.validate(f'{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}')}"


def _german(dice: random.Random) -> str:
    base = _digits(dice, 8)
    return f"DE{german.validate(base + mod_11_10.calc_check_digit(base))}"


def _luxembourgish(dice: random.Random) -> str:
    base = _digits(dice, 6)
    return f"LU{luxembourgish.validate(base + luxembourgish.calc_check_digits(base))}"


def _dutch(dice: random.Random) -> str:
    while True:
        base = _digits(dice, 8)
        check = sum((9 - i) * int(d) for i, d in enumerate(base)) % 11
        if check < 10:
            return f"NL{dutch.validate(f'{base}{check}B01')}"


#: Generators of valid VAT numbers, by country. Numbers of other countries become Belgian ones.
VATS: dict[str, Callable[[random.Random], str]] = {
    "BE": _belgian,
    "DE": _german,
    "FR": _french,
    "LU": _luxembourgish,
    "NL": _dutch,
}


def _vats(make: Callable[[random.Random], str], dice: random.Random) -> set[str]:
    return {make(dice) for _ in range(_VATS)}
