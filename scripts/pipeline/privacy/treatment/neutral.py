"""Neutral values, for a column that must have a value but keep nothing of the old one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.privacy.database.schema import Column
from pipeline.privacy.treatment.expressions import SCHEMA, literal

#: By type: a single value for all rows, as text.
_SAME = {
    **dict.fromkeys(("varchar", "text", "bpchar", "name", "citext", "xml", "tsvector"), ""),
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8", "money", "oid"), "0"),
    **dict.fromkeys(("hstore", "ltree", "varbit", "tsquery"), ""),
    **{"bool": "false", "bytea": "", "json": "{}", "jsonb": "{}", "jsonpath": "$"},
    **{"date": "2000-01-01", "timestamp": "2000-01-01", "timestamptz": "2000-01-01 00:00+00"},
    **{"time": "00:00", "timetz": "00:00+00", "interval": "0"},
    **{"point": "(0,0)", "box": "(0,0),(0,0)", "circle": "<(0,0),0>", "path": "[(0,0)]"},
    **{"line": "{0,1,0}", "lseg": "[(0,0),(0,0)]", "polygon": "((0,0))", "pg_lsn": "0/0"},
}
#: By type: one value for each old value, as SQL of its hexadecimal digits ``x``, and its pattern.
_OWN = {
    "uuid": (
        "('00000000-0000-4000-8000-' || left(x, 12))::uuid",
        "00000000-0000-4000-8000-[0-9a-f]{12}",
    ),
    "inet": (
        "('2001:db8::' || left(x, 4) || ':' || substr(x, 5, 4) || ':' || substr(x, 9, 4))::inet",
        "2001:db8:[0-9a-f:]{2,20}(/128)?",
    ),
    "cidr": (
        "('2001:db8::' || left(x, 4) || ':' || substr(x, 5, 4) || ':' || substr(x, 9, 4))::cidr",
        "2001:db8:[0-9a-f:]{2,20}/128",
    ),
    "macaddr": (
        "('02:00:' || left(x, 2) || ':' || substr(x, 3, 2) || ':' || substr(x, 5, 2) "
        "|| ':' || substr(x, 7, 2))::macaddr",
        "02:00(:[0-9a-f]{2}){4}",
    ),
    "macaddr8": (
        "('02:00:00:00:' || left(x, 2) || ':' || substr(x, 3, 2) || ':' || "
        "substr(x, 5, 2) || ':' || substr(x, 7, 2))::macaddr8",
        "02:00:00:00(:[0-9a-f]{2}){4}",
    ),
}

#: A number of 28 bits of these digits.
_N = "('x' || left(x, 7))::bit(28)::int"
_DAY = f"('2000-01-01'::date + {_N} % 100000)"
#: The same, for unique columns.
_OWN_IF_UNIQUE = {
    "bytea": ("decode(x, 'hex')", r"\\x[0-9a-f]{12}"),
    "tsvector": ("x::tsvector", "'[0-9a-f]{12}'"),
    "interval": (f"make_interval(secs => {_N})", r"[0-9]+:\d\d:\d\d"),
    "json": ("to_json(x)", '"[0-9a-f]{12}"'),
    "jsonb": ("to_jsonb(x)", '"[0-9a-f]{12}"'),
    "int4range": (f"int4range({_N}, {_N} + 1)", r"\[[0-9]+,[0-9]+\)"),
    "int8range": (f"int8range({_N}, {_N} + 1)", r"\[[0-9]+,[0-9]+\)"),
    "numrange": (f"numrange({_N}, {_N} + 1)", r"\[[0-9]+,[0-9]+\)"),
    "daterange": (f"daterange({_DAY}, {_DAY} + 1)", r"\[\d{4}-\d\d-\d\d,\d{4}-\d\d-\d\d\)"),
    "tsrange": (f"tsrange({_DAY}, {_DAY} + 1)", r'\["[0-9: -]+","[0-9: -]+"\)'),
    **{
        name: ("ARRAY[x]", r"\{[0-9a-f]{12}\}")
        for name in ("_text", "_varchar", "_bpchar", "_name")
    },
    **{name: (f"ARRAY[{_N}]", r"\{[0-9]+\}") for name in ("_int4", "_int8", "_numeric")},
}


@dataclass(frozen=True)
class Neutral:
    """The neutral value: its text, or the pattern of its text if each value has its own."""

    text: str | None = None
    form: str = ""

    def is_one(self, text: str) -> bool:
        """Whether a value, as PostgreSQL prints it, is a neutral one."""
        if self.text is None:
            return re.fullmatch(self.form, text) is not None
        return text in (self.text, *_PRINTED.get(self.text, ()))


#: How PostgreSQL prints some of them.
_PRINTED = {
    "false": ("f",),
    "": ("\\x",),
    "2000-01-01": ("2000-01-01 00:00:00",),
    "00:00": ("00:00:00",),
    "00:00+00": ("00:00:00+00",),
    "0": ("00:00:00", "$0.00", "0.0"),
}


def known(column: Column) -> Neutral | None:
    """The neutral value of a column; None when there is none for its type."""
    if own := _own(column):
        return Neutral(form=own[1])
    if column.labels:
        return Neutral(column.labels[0])
    if column.category == "A":
        return Neutral("{}")
    if column.category == "R":
        return Neutral("{}" if "multirange" in column.type else "empty")
    if column.type in _SAME:
        return Neutral(_SAME[column.type])
    return None


def _own(column: Column) -> tuple[str, str] | None:
    """SQL and pattern of a distinct value for each old one; None when one value is enough."""
    if column.type in _OWN:
        return _OWN[column.type]
    return _OWN_IF_UNIQUE.get(column.type) if column.unique else None


def neutral(column: Column, text: str) -> str:
    """The same as SQL; ``text`` is SQL for the old value as text. NULL for an unknown type, which
    the check before a run rejects."""
    one = known(column)
    if one is None:
        return "NULL"
    if one.text is None:
        made = (_own(column) or ("NULL",))[0]
        value = f"(SELECT {made} FROM (SELECT {SCHEMA}.x('neutral', {text}, 12) AS x) q)"
        return f"{value}::{column.cast or column.type}"
    if column.type == "timestamptz":
        return "'2000-01-01 00:00+00'::timestamptz"
    return f"{literal(one.text)}::{column.cast or column.type}"
