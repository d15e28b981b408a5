"""The treatment of one column, as SQL on a row ``t``: pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.declaration.load import ColumnRule
from pipeline.privacy.treatment import levels
from pipeline.privacy.treatment.expressions import SCHEMA, Maker, literal
from pipeline.privacy.treatment.names import CODE
from pipeline.privacy.treatment.neutral import neutral

#: Keys of jsonb: ids of companies, and languages of the database.
_IDS = "^[1-9][0-9]{0,5}$"
_LANGUAGES = "^_?[a-z]{2,3}(_[A-Z]{2,3}|_[A-Z][a-z]{3}|_419)?(@latin|@Cyrl|@valencia)?$"
#: Keys of jsonb with numbers: ids of records, joined by commas; Odoo's own marker.
_NUMBER_KEYS = "^([1-9][0-9]{0,7}(,[1-9][0-9]{0,7})*|__update__)$"
#: Odoo's own users; their names reveal nothing.
SYSTEM_LOGINS = ("__system__", "public", "portaltemplate", "default", "admin")
FIRST_YEAR, YEARS = 1960, 40
#: Strategies that treat two spellings as one value.
_BY_MEANING = ("email", "login", "code")
#: Strategies that keep names from modules, and rename those from people.
_RENAMED = ("path", "series", "xmlid")


@dataclass(frozen=True)
class Treatment:
    """The treatment of one column.

    Attributes:
        column: the column.
        entry: its entry in the declaration.
        where: SQL condition: rows whose value is replaced.
        value: SQL expression: the replacement.
    """

    column: Column
    entry: ColumnRule
    where: str
    value: str

    @property
    def name(self) -> str:
        """The column's name, quoted."""
        return quote(self.column.name)

    @property
    def after(self) -> str:
        """SQL expression: the column's new value."""
        return f"CASE WHEN {self.where} THEN {self.value} ELSE t.{self.name} END"


def treat(column: Column, entry: ColumnRule, schema: Schema, maker: Maker) -> Treatment | None:
    """The treatment of a column; None for a column that is kept, or handled by other code."""
    if entry.strategy in ("keep", "attachment", "parameter"):
        return None
    field = f"t.{quote(column.name)}"
    stays = _stays(column, entry, schema)
    where, value = _cases(column, entry, schema, maker, field)
    also = "".join(f" AND NOT coalesce({condition}, false)" for condition in stays)
    return Treatment(column, entry, f"({where}){also}", value)


def stays_when_shipped(table: str, model: str) -> str:
    """SQL condition: a module created the row, and only the system user has written it since."""
    return (
        f"t.id IN (SELECT d.res_id FROM ir_model_data d WHERE d.model = {literal(model)} "
        "AND d.module IN (SELECT m.name FROM ir_module_module m)) AND coalesce(t.write_uid, 1) = 1"
    )


def known_when_shipped(column: Column, entry: ColumnRule, schema: Schema) -> bool:
    """Whether rows created by a module can be recognized for this column."""
    known = schema.has(column.table, "id", "write_uid") and schema.has("ir_model_data", "res_id")
    return bool(entry.shipped and known and column.model)


def _stays(column: Column, entry: ColumnRule, schema: Schema) -> list[str]:
    conditions = [f"({entry.unless})"] if entry.unless else []
    if known_when_shipped(column, entry, schema):
        conditions.append(f"({stays_when_shipped(column.table, column.model)})")
    return conditions


def _cases(
    column: Column, entry: ColumnRule, schema: Schema, maker: Maker, field: str
) -> tuple[str, str]:
    """The condition of the rows to replace, and the replacement."""
    options, strategy = entry.options, entry.strategy
    filled = f"{field} IS NOT NULL"
    if strategy == "null":
        if column.nullable:
            return filled, "NULL"
        if column.kind == "text" and column.unique:
            return filled, short(column, field)
        return filled, neutral(column, f"{field}::text")
    if strategy == "password":
        return filled, "NULL" if column.nullable else "''"
    if strategy == "login":
        system = ", ".join(literal(name) for name in SYSTEM_LOGINS)
        made = _made("email", column, schema, maker, field)
        return f"{filled} AND {field} NOT IN ({system})", made
    if strategy == "constant":
        value = literal(str(options["value"]))
        return f"{filled} AND {field} IS DISTINCT FROM {value}", value
    if entry.computed:
        value = f"({options['value']})" if strategy == "sql" else _copied(column, entry, schema)
        if not column.nullable:
            value = f"coalesce({value}, {neutral(column, f'{field}::text')})"
        return f"{filled} AND {field} IS DISTINCT FROM {value}", value
    if strategy == "birthday":
        n = f"{SCHEMA}.n('birthday', {field}::text)"
        month, day = f"1 + {n} / 64 % 12", f"1 + {n} / 1024 % 28"
        value = f"make_date(({FIRST_YEAR} + {n} % {YEARS})::int, ({month})::int, ({day})::int)"
        return filled, value
    if strategy == "amount":
        low, high = int(options.get("low", 0)), int(options.get("high", 9))
        return filled, f"{low} + {SCHEMA}.n('amount', {field}::text) % {high - low + 1}"
    if strategy == "shift":
        return filled, levels.shifted(column, field)
    if strategy == "period":
        value = levels.period(column, field, str(options.get("of", "month")))
        return f"{filled} AND {field} IS DISTINCT FROM {value}", value
    if strategy == "scale":
        value = levels.scaled(column, field, schema, str(options.get("by", "")))
        return f"{field} <> 0", value
    if column.kind == "json":
        return _json(column, entry, schema, maker, field)
    return _text(column, entry, schema, maker, field)


def _text(
    column: Column, entry: ColumnRule, schema: Schema, maker: Maker, field: str
) -> tuple[str, str]:
    filled, strategy = f"{field} <> ''", entry.strategy
    if too_long(column, strategy, maker):
        stays = literal(f"^({maker.numbers.expression})$")
        bad = f" AND {field} !~ {stays}" if strategy == "number" else ""
        return filled + bad, short(column, field)
    if strategy == "number":
        no_series = f"!~ {literal(f'^({maker.numbers.expression})$')}"
        if not entry.apart:
            return f"{filled} AND {field} {no_series}", maker.replacement("number", field)
        made = maker.replacement("number", "o.v")
        other = f"(SELECT {levels.exchanged(field)} AS v OFFSET 0) o"
        value = f"(SELECT CASE WHEN o.v {no_series} THEN {made} ELSE o.v END FROM {other})"
        return f"{filled} AND {field} IS DISTINCT FROM {value}", value
    if allowed := _allowed(column, entry, schema, f"{field}::text"):
        return f"{filled} AND NOT {allowed}", _instead(column, entry, schema, field)
    if strategy in _RENAMED:
        made = maker.replacement(strategy, field)
        if (
            strategy == "series" and (column.length or 0) >= CODE
        ):  # a text with a code for each word is longer
            whole = f"{SCHEMA}.code({field})"
            made = f"CASE WHEN length({made}) <= {column.length} THEN {made} ELSE {whole} END"
        return f"{filled} AND {field} IS DISTINCT FROM {made}", made
    old = f"({field} || chr(31) || t.id)" if entry.apart else field
    if strategy == "party":
        person, company = maker.replacement("person", old), maker.replacement("company", old)
        return filled, f"CASE WHEN t.is_company THEN {company} ELSE {person} END"
    city = str(entry.options.get("city", ""))
    if city:
        place = f"t.{quote(city)}"
        if entry.apart:
            place = f"(nullif({place}, '') || chr(31) || t.id)"
        return filled, maker.replacement(strategy, old, place)
    return filled, _made(strategy, column, schema, maker, old)


def _made(strategy: str, column: Column, schema: Schema, maker: Maker, field: str) -> str:
    """The replacement of a text. In a unique column, each spelling of a value gets its own: the
    first one gets the replacement that the value has everywhere else."""
    plain = maker.replacement(strategy, field)
    if not column.unique or strategy not in _BY_MEANING:
        return plain
    name = quote(column.name)
    first = (
        f'SELECT min(o.{name} COLLATE "C") FROM {schema.rows(column.table)} o '
        f"WHERE o.{name} <> '' GROUP BY {maker.replacement(strategy, f'o.{name}')}"
    )
    own = maker.replacement(strategy, f"md5({field})")
    return f'CASE WHEN {field} COLLATE "C" IN ({first}) THEN {plain} ELSE {own} END'


def _json(
    column: Column, entry: ColumnRule, schema: Schema, maker: Maker, field: str
) -> tuple[str, str]:
    filled = f"{field} IS NOT NULL"
    pairs = (
        f"jsonb_each(CASE WHEN jsonb_typeof({field}::jsonb) = 'object' THEN {field}::jsonb "
        "ELSE '{}' END) e"
    )
    text = "(e.value #>> '{}')"
    key = f"(e.key ~ '{_IDS}' OR e.key ~ '{_LANGUAGES}'{_language(schema)})"
    where = filled
    if entry.strategy == "numbers":
        key = f"e.key ~ '{_NUMBER_KEYS}' AND jsonb_typeof(e.value) IN ('number', 'boolean', 'null')"
        kept = "e.value"
    elif allowed := _allowed(column, entry, schema, text):
        key = f"{key} AND jsonb_typeof(e.value) = 'string' AND {allowed}"
        kept = "e.value"
    else:
        made = maker.replacement(entry.strategy, text)
        if entry.strategy == "number":
            stays = literal(f"^({maker.numbers.expression})$")
            made = f"CASE WHEN {text} ~ {stays} THEN {text} ELSE {made} END"
        kept = (
            f"CASE WHEN jsonb_typeof(e.value) = 'string' AND {text} <> '' THEN to_jsonb({made}) "
            "WHEN jsonb_typeof(e.value) = 'string' THEN e.value ELSE 'null'::jsonb END"
        )
    if kept == "e.value":
        where = (
            f"{filled} AND (jsonb_typeof({field}::jsonb) <> 'object' OR "
            f"EXISTS (SELECT FROM {pairs} WHERE NOT ({key})))"
        )
    value = f"(SELECT jsonb_object_agg(e.key, {kept}) FROM {pairs} WHERE {key})"
    if not column.nullable:
        value = f"coalesce({value}, '{{}}'::jsonb)"
    return where, f"{value}::{column.type}"


def _language(schema: Schema) -> str:
    """SQL condition: a key is a language of the database."""
    if not schema.has("res_lang", "code"):
        return ""
    return " AND ltrim(e.key, '_') IN (SELECT g.code FROM public.res_lang g)"


def _allowed(column: Column, entry: ColumnRule, schema: Schema, value: str) -> str:
    """SQL condition: the value is an allowed one; empty for other strategies."""
    if entry.strategy == "selection":
        return f"{value} IN ({', '.join(literal(one) for one in column.selection)})"
    if entry.strategy == "pattern":
        return f"{value} ~ {literal('^(' + str(entry.options['is']) + ')$')}"
    if entry.strategy == "known":
        table, name = str(entry.options["in"]).rsplit(".", 1)
        return f"{value} IN (SELECT r.{quote(name)}::text FROM {schema.sql(table)} r)"
    return ""


def _instead(column: Column, entry: ColumnRule, schema: Schema, field: str) -> str:
    """The replacement of a value that is not allowed."""
    if "else" in entry.options:
        return literal(str(entry.options["else"]))
    if column.nullable:
        return "NULL"
    if entry.strategy == "selection":
        return literal(column.selection[0])
    if entry.strategy == "known":
        table, name = str(entry.options["in"]).rsplit(".", 1)
        return f"(SELECT min(r.{quote(name)}::text) FROM {schema.sql(table)} r)"
    return short(column, field)


def too_long(column: Column, strategy: str, maker: Maker) -> bool:
    """Whether a strategy's values could be too long for the column, which then gets codes."""
    return column.length is not None and column.length < maker.most(strategy)


def digits(column: Column) -> int:
    """Number of digits of a code, for columns too short for anything longer."""
    return min(column.length or 12, 12)


def short(column: Column, field: str) -> str:
    """A code that fits a column too short for a word."""
    return f"upper({SCHEMA}.x('code', btrim({field}), {digits(column)}))"


def _copied(column: Column, entry: ColumnRule, schema: Schema) -> str:
    """``partner_id.name``: the column of the row that a foreign key points to."""
    through, name = str(entry.options["of"]).split(".", 1)
    table = schema.tables[column.table][through].references
    return f"(SELECT s.{quote(name)} FROM {schema.sql(table)} s WHERE s.id = t.{quote(through)})"
