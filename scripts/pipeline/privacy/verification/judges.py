"""Choose the judge of a column's values, from its declaration."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation

from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.declaration.load import ColumnRule, Declaration
from pipeline.privacy.treatment import neutral
from pipeline.privacy.treatment.markup import words
from pipeline.privacy.treatment.pools import pools
from pipeline.privacy.verification import brought, recognize, series
from pipeline.privacy.verification.recognize import Known

#: Called with a text, the row's id, and the text that a `copy` refers to.
Judge = Callable[[str, object, object], bool]
Spared = Callable[[object, object], bool]
_SYSTEM = frozenset(("__system__", "public", "portaltemplate", "default", "admin"))
_YEARS = range(1960, 2000)
#: The first moment of a month or a year, without a time zone.
_MOMENT = r"( 00:00:00)?( BC)?|-?infinity"
_HOUR = re.compile(r"\S+ \d\d:(00|15|30|45):00([+-]\d\d(:\d\d)*)?( BC)?|-?infinity")
_ZONED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d(:\d\d){0,2}")
_PERIODS = {
    "month": re.compile(r"\d{4,}-\d\d-01" + _MOMENT),
    "year": re.compile(r"\d{4,}-01-01" + _MOMENT),
}


@dataclass
class Judging:
    """Judges for one database."""

    database: Database
    schema: Schema
    declaration: Declaration
    known: Known
    testers: frozenset[object]
    _shipped: dict[str, frozenset[object]] = field(default_factory=dict)

    @classmethod
    def begin(cls, database: Database, schema: Schema, declaration: Declaration) -> Judging:
        """Read the database's own data: languages, series of numbers, testers."""
        languages: frozenset[str] = frozenset()
        if schema.has("res_lang", "code"):
            languages = frozenset(r[0] for r in database.rows("SELECT code FROM public.res_lang"))
        known = Known.of(
            pools(declaration.locales),
            declaration.mail_domain,
            languages=languages,
            words=frozenset(words(database, schema)),
            series=series.read(database, schema),
            **brought.read(database, schema, declaration),
        )
        named = database.rows(
            "SELECT res_id, module || '.' || name FROM public.ir_model_data "
            "WHERE model = 'res.users'"
        )
        testers = frozenset(row[0] for row in named if row[1] in declaration.testers)
        return cls(database, schema, declaration, known, testers)

    def shipped(self, model: str) -> frozenset[object]:
        """Ids of the records of a model that installed modules created."""
        if model not in self._shipped:
            # People import millions of records with an external id: those are of no module.
            rows = self.database.rows(
                "SELECT res_id FROM public.ir_model_data WHERE model = %s "
                "AND module IN (SELECT name FROM public.ir_module_module)",
                [model],
            )
            self._shipped[model] = frozenset(row[0] for row in rows)
        return self._shipped[model]

    def spared(self, column: Column, entry: ColumnRule) -> Spared:
        """Whether a row keeps its value because a module created it, by its id and last writer."""
        table = self.schema.tables[column.table]
        if not entry.shipped or not column.model or not {"id", "write_uid"} <= table.keys():
            return lambda identity, writer: False
        ids = self.shipped(column.model)
        return lambda identity, writer: identity in ids and writer in (None, 1)

    def judge(self, column: Column, entry: ColumnRule) -> Judge | None:
        """The judge of a value that is not NULL. None: any value is allowed."""
        strategy, options = entry.strategy, entry.options
        if strategy in ("keep", "attachment", "parameter", "sql", "scale"):
            return None
        if strategy == "shift":
            # A day is like any other; a time is a full hour, in some time zone.
            return (lambda text, *_: _HOUR.fullmatch(text) is not None) if _timed(column) else None
        if strategy == "period":
            form = _PERIODS[str(options.get("of", "month"))]
            return lambda text, *_: form.fullmatch(_in_utc(text)) is not None
        if strategy == "copy":
            empty = None if column.nullable else ""
            return lambda text, _, copied: text == (copied or empty)
        if strategy == "null":
            return self._nothing(column)
        if strategy == "password":
            return lambda text, identity, _: text == "" or identity in self.testers
        if strategy == "login":
            short = self._short(column)
            return lambda text, identity, _: (
                text in _SYSTEM
                or identity in self.testers
                or self.known.is_email(text)
                or short(text)
                or not text
            )
        if strategy == "constant":
            return lambda text, *_: recognize.same(text, str(options["value"]))
        if strategy == "birthday":
            return lambda text, *_: text[:4].isdigit() and int(text[:4]) in _YEARS
        if strategy == "amount":
            low, high = int(options.get("low", 0)), int(options.get("high", 9))
            return lambda text, *_: _between(text, low, high)
        if column.kind == "json":
            return self._json(column, entry)
        return self._text(column, entry)

    def _text(self, column: Column, entry: ColumnRule) -> Judge:
        allowed, short = self._allowed(column, entry), self._short(column)
        if allowed is None:
            allowed, spare = self.known.judge(entry.strategy), short
        elif entry.strategy == "pattern" and not column.nullable and "else" not in entry.options:
            spare = short
        else:
            spare = _never
        return lambda text, *_: not text or allowed(text) or spare(text)

    def _json(self, column: Column, entry: ColumnRule) -> Judge:
        key: recognize.Judge = self.known.is_key
        if entry.strategy == "numbers":
            key, good = recognize.is_number_key, recognize.is_plain_number
            return lambda text, *_: recognize.in_json(text, key, good)
        allowed = self._allowed(column, entry)
        judge = allowed or self.known.judge(entry.strategy)
        if allowed:
            return lambda text, *_: recognize.in_json(
                text, key, lambda value: isinstance(value, str) and judge(value)
            )
        return lambda text, *_: recognize.in_json(
            text,
            key,
            lambda value: value is None or isinstance(value, str) and (not value or judge(value)),
        )

    def _allowed(self, column: Column, entry: ColumnRule) -> recognize.Judge | None:
        """Whether a text is an allowed one; None for other strategies."""
        options = entry.options
        if entry.strategy == "selection":
            return frozenset(column.selection).__contains__
        if entry.strategy == "pattern":
            expression = re.compile(str(options["is"]))
            other = str(options.get("else", ""))
            return lambda text: expression.fullmatch(text) is not None or bool(
                other and text == other
            )
        if entry.strategy == "known":
            table, name = str(options["in"]).rsplit(".", 1)
            query = f"SELECT DISTINCT {quote(name)}::text FROM {self.schema.sql(table)}"
            return frozenset(row[0] for row in self.database.rows(query)).__contains__
        return None

    def _short(self, column: Column) -> recognize.Judge:
        """Codes, for a column too short for other values, or one that needs distinct values."""
        if column.length is None and not column.unique and column.nullable:
            return _never
        size = min(column.length or 12, 12)
        return lambda text: recognize.is_short_code(text, size)

    def _nothing(self, column: Column) -> Judge:
        if column.nullable:
            return lambda *_: False
        one, short = neutral.known(column), self._short(column)
        unique = column.unique and column.kind == "text"
        return lambda text, *_: bool(one and one.is_one(text)) or unique and short(text)


def copied(schema: Schema, column: Column, entry: ColumnRule) -> str:
    """SQL, in a query on the row `t`: the text of the row that a foreign key points to."""
    through, name = str(entry.options["of"]).split(".", 1)
    other = schema.tables[column.table][through].references
    return (
        f"(SELECT o.{quote(name)}::text FROM {schema.sql(other)} o WHERE o.id = t.{quote(through)})"
    )


def differs(schema: Schema, column: Column, entry: ColumnRule) -> str:
    """A query: rows whose value differs from the declared expression."""
    name, value = f"t.{quote(column.name)}", f"({entry.options['value']})"
    also = f" AND NOT coalesce(({entry.unless}), false)" if entry.unless else ""
    return (
        f"SELECT count(*) FROM {schema.rows(column.table)} t WHERE {name} IS NOT NULL AND "
        f"{name}::text IS DISTINCT FROM {value}::text{also}"
    )


def _in_utc(text: str) -> str:
    """A time with a time zone, as the same time in UTC; any other text as it is."""
    if not _ZONED.fullmatch(text):
        return text
    moment = datetime.fromisoformat(text if text[-3] == ":" else f"{text}:00")
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def _timed(column: Column) -> bool:
    return column.type != "date"


def _never(_: str) -> bool:
    return False


def _between(text: str, low: int, high: int) -> bool:
    try:
        return low <= Decimal(text) <= high
    except InvalidOperation:
        return False
