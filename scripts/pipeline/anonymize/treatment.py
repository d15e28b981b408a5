"""What is done to one column, as SQL on a row ``t``: pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.anonymize.declaration import Entry
from pipeline.anonymize.expressions import NUMBER, SCHEMA, Maker, literal
from pipeline.anonymize.schema import Column, Schema, quote

#: Keys of jsonb: languages (a leading underscore for terms not yet published), ids of companies.
_KEYS = "^(_?[a-z]{2,3}(_[A-Z][A-Za-z]+)?(@[a-z]+)?|[0-9]+)$"
#: Keys of jsonb with numbers: ids of records, several joined by commas; Odoo's own mark.
_NUMBER_KEYS = "^([0-9,]+|__update__)$"
#: Users that Odoo itself has; their names say nothing.
_SYSTEM_LOGINS = "'__system__', 'public', 'portaltemplate', 'default', 'admin'"
_FIRST_YEAR, _YEARS = 1960, 40


@dataclass(frozen=True)
class Treatment:
    """What is done to one column.

    Attributes:
        column: the column.
        entry: what the declaration says about it.
        where: SQL condition: rows whose value is replaced.
        value: SQL expression: what it is replaced by.
        strange: SQL condition: rows whose value is neither a replacement nor one that may stay.
    """

    column: Column
    entry: Entry
    where: str
    value: str
    strange: str

    @property
    def name(self) -> str:
        """The column's name, quoted."""
        return quote(self.column.name)


def treat(column: Column, entry: Entry, schema: Schema, maker: Maker) -> Treatment | None:
    """The treatment of a column; None for one that is kept, or that other code takes care of."""
    if entry.strategy in ("keep", "attachment", "parameter"):
        return None
    field = f"t.{quote(column.name)}"
    stays = _stays(column, entry, schema)
    where, value, strange = _cases(column, entry, schema, maker, field)
    also = "".join(f" AND NOT coalesce({condition}, false)" for condition in stays)
    return Treatment(column, entry, f"({where}){also}", value, f"({strange}){also}")


def stays_when_shipped(table: str, model: str) -> str:
    """SQL condition: a module brought the row, and only the system has written it since."""
    return (
        f"t.id IN (SELECT d.res_id FROM ir_model_data d WHERE d.model = {literal(model)} "
        "AND d.module IN (SELECT m.name FROM ir_module_module m)) AND coalesce(t.write_uid, 1) = 1"
    )


def _stays(column: Column, entry: Entry, schema: Schema) -> list[str]:
    conditions = [f"({entry.unless})"] if entry.unless else []
    known = schema.has(column.table, "id", "write_uid") and schema.has("ir_model_data", "res_id")
    if entry.shipped and known and column.model:
        conditions.append(f"({stays_when_shipped(column.table, column.model)})")
    return conditions


def _cases(
    column: Column, entry: Entry, schema: Schema, maker: Maker, field: str
) -> tuple[str, str, str]:
    """Where to replace, by what, and what may not be found afterwards."""
    options, strategy = entry.options, entry.strategy
    filled = f"{field} IS NOT NULL"
    if strategy == "null":
        return filled, _nothing(column), filled if column.nullable else "false"
    if strategy in ("password", "login"):
        listed = ", ".join(literal(name) for name in maker.testers) or "''"
        testers = (
            "t.id IN (SELECT d.res_id FROM ir_model_data d WHERE d.model = 'res.users' "
            f"AND d.module || '.' || d.name IN ({listed}))"
        )
        if strategy == "password":
            return filled, "NULL", f"{filled} AND NOT {testers}"
        theirs = f"{filled} AND {field} NOT IN ({_SYSTEM_LOGINS})"
        seen = maker.recognized("email", field)
        value = maker.replacement("email", field)
        return theirs, value, f"{theirs} AND NOT {testers} AND NOT {seen}"
    if strategy == "constant":
        value = literal(str(options["value"]))
        other = f"{field} IS DISTINCT FROM {value}"
        return f"{filled} AND {other}", value, f"{filled} AND {other}"
    if entry.computed:
        value = f"({options['value']})" if strategy == "sql" else _copied(column, entry, schema)
        value = value if column.nullable else f"coalesce({value}, '')"
        other = f"{filled} AND {field} IS DISTINCT FROM {value}"
        return other, value, other
    if strategy == "birthday":
        n = f"{SCHEMA}.n('birthday', {field}::text)"
        month, day = f"1 + {n} / 64 % 12", f"1 + {n} / 1024 % 28"
        value = f"make_date(({_FIRST_YEAR} + {n} % {_YEARS})::int, ({month})::int, ({day})::int)"
        last = _FIRST_YEAR + _YEARS - 1
        outside = f"extract(year FROM {field}) NOT BETWEEN {_FIRST_YEAR} AND {last}"
        return filled, value, f"{filled} AND {outside}"
    if strategy == "amount":
        low, high = int(options.get("low", 0)), int(options.get("high", 9))
        value = f"{low} + {SCHEMA}.n('amount', {field}::text) % {high - low + 1}"
        return filled, value, f"{filled} AND {field} NOT BETWEEN {low} AND {high}"
    if column.kind == "json":
        return _json(column, entry, maker, field)
    return _text(column, entry, maker, field)


def _text(column: Column, entry: Entry, maker: Maker, field: str) -> tuple[str, str, str]:
    filled, strategy = f"{field} <> ''", entry.strategy
    if column.length and strategy in ("label", "code", "text", "hash"):
        seen = f"{field} ~ '^[0-9A-F]{{{_digits(column)}}}$'"
        return filled, _short(column, field), f"{filled} AND NOT {seen}"
    allowed = _allowed(column, entry, f"{field}::text")
    if strategy == "number":
        bad = f"{filled} AND {field} !~ '^({NUMBER})$'"
        seen = maker.recognized("label", field)
        return bad, maker.replacement("label", field), f"{bad} AND NOT {seen}"
    if allowed:
        value = _instead(column, entry, field)
        bad = f"{filled} AND NOT {allowed}"
        seen = "".join(f" AND {field} IS DISTINCT FROM {value}" if "else" in entry.options else "")
        if not column.nullable and "else" not in entry.options and strategy == "pattern":
            code = f"{field} ~ '^[0-9A-F]{{{_digits(column)}}}$'"
            seen = f" AND NOT {code}"
        return bad, value, bad + seen
    if strategy == "party":
        person, company = maker.replacement("person", field), maker.replacement("company", field)
        seen = " AND NOT ".join(maker.recognized(kind, field) for kind in ("person", "company"))
        value = f"CASE WHEN t.is_company THEN {company} ELSE {person} END"
        return filled, value, f"{filled} AND NOT {seen}"
    city = str(entry.options.get("city", ""))
    value = maker.replacement(strategy, field, f"t.{quote(city)}" if city else "")
    return filled, value, f"{filled} AND NOT {maker.recognized(strategy, field)}"


def _json(column: Column, entry: Entry, maker: Maker, field: str) -> tuple[str, str, str]:
    filled = f"{field} IS NOT NULL"
    pairs = (
        f"jsonb_each(CASE WHEN jsonb_typeof({field}::jsonb) = 'object' THEN {field}::jsonb "
        "ELSE '{}' END) e"
    )
    text = "(e.value #>> '{}')"
    if entry.strategy == "numbers":
        good = (
            f"e.key ~ '{_NUMBER_KEYS}' AND jsonb_typeof(e.value) IN ('number', 'boolean', 'null')"
        )
        kept, key = "e.value", good
    elif allowed := _allowed(column, entry, text):
        good = f"e.key ~ '{_KEYS}' AND jsonb_typeof(e.value) = 'string' AND {allowed}"
        kept, key = "e.value", good
    else:
        made = maker.replacement(entry.strategy, text)
        kept = (
            f"CASE WHEN jsonb_typeof(e.value) = 'string' AND {text} <> '' THEN to_jsonb({made}) "
            "WHEN jsonb_typeof(e.value) = 'string' THEN e.value ELSE 'null'::jsonb END"
        )
        seen = maker.recognized(entry.strategy, text)
        key = f"e.key ~ '{_KEYS}'"
        good = (
            f"{key} AND (e.value = 'null' OR jsonb_typeof(e.value) = 'string' "
            f"AND ({text} = '' OR {seen}))"
        )
    value = f"(SELECT jsonb_object_agg(e.key, {kept}) FROM {pairs} WHERE {key})"
    if not column.nullable:
        value = f"coalesce({value}, '{{}}'::jsonb)"
    strange = (
        f"{filled} AND (jsonb_typeof({field}::jsonb) <> 'object' OR "
        f"EXISTS (SELECT FROM {pairs} WHERE NOT ({good})))"
    )
    where = strange if kept == "e.value" else filled
    return where, f"{value}::{column.type}", strange


def _allowed(column: Column, entry: Entry, value: str) -> str:
    """SQL condition: the value is one of those that may stay; empty for other strategies."""
    if entry.strategy == "selection":
        return f"{value} IN ({', '.join(literal(one) for one in column.selection)})"
    if entry.strategy == "pattern":
        return f"{value} ~ {literal('^(' + str(entry.options['is']) + ')$')}"
    if entry.strategy == "known":
        table, name = str(entry.options["in"]).rsplit(".", 1)
        return f"{value} IN (SELECT r.{quote(name)} FROM {quote(table)} r)"
    return ""


def _instead(column: Column, entry: Entry, field: str) -> str:
    """What replaces a value that is none of those allowed."""
    if "else" in entry.options:
        return literal(str(entry.options["else"]))
    if column.nullable:
        return "NULL"
    if entry.strategy == "selection":
        return literal(column.selection[0])
    if entry.strategy == "known":
        table, name = str(entry.options["in"]).rsplit(".", 1)
        return f"(SELECT min(r.{quote(name)}) FROM {quote(table)} r)"
    return _short(column, field)


def _digits(column: Column) -> int:
    return min(column.length or 12, 12)


def _short(column: Column, field: str) -> str:
    """A code that fits the column, where a word would not."""
    return f"upper({SCHEMA}.x('code', btrim({field}), {_digits(column)}))"


def _nothing(column: Column) -> str:
    """NULL, or the nearest to it in a column that must have a value."""
    if column.nullable:
        return "NULL"
    return {"number": "0", "bytea": "''::bytea", "json": f"'{{}}'::{column.type}"}.get(
        column.kind, "''"
    )


def _copied(column: Column, entry: Entry, schema: Schema) -> str:
    """``partner_id.name``: the column of the row that a foreign key points to."""
    through, name = str(entry.options["of"]).split(".", 1)
    table = schema.tables[column.table][through].references
    return f"(SELECT s.{quote(name)} FROM {quote(table)} s WHERE s.id = t.{quote(through)})"
