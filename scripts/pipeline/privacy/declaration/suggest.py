"""Suggest a line of the declaration for a column, from its name and from Odoo's field."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pipeline.privacy.database.catalog import CheckConstraint
from pipeline.privacy.database.schema import Column

#: Part of a name, as a regular expression, and the strategy for texts so named; first match wins.
_TEXTS = (
    (r"(token|secret|passw|_pass$|private_key|api_key|access_key|credential|auth|pin$)", "null"),
    (r"(certificate|webhook|(^|_)key$|_pem$|_cer$|_xml$|^xml_)", "null"),
    (r"(^|_)first_?name$", "first_name"),
    (r"(^|_)(last|sur|family)_?name$", "last_name"),
    (r"^(signature|signed_by|acc_holder_name|legal_name|.*partner_name)$", "person"),
    (r"(^|_)(contact|driver|employee|guest|visitor|student|author)_?name$", "person"),
    (r"^(spouse_complete_name|emergency_contact|common_name|anonymized_name)$", "person"),
    (r"(email|mail_address|^bounce_alias|^catchall_alias)", "email"),
    (r"(phone|mobile|sms_number|^fax)", "phone"),
    (r"street", "street"),
    (r"(^|_)city$", "city"),
    (r"(^|_)(zip|postcode)$", "zip"),
    (r"(^|_)vat$", "vat"),
    (r"(^|_)(ssn|tin|nif|nie|cpf|cnpj|curp|rfc|cuit|siren|siret|eori|gln|gstin|pan)(_|$)", "code"),
    (r"(passport|identification|national_id|license_plate|vin_sn)", "code"),
    (r"(acc_number|iban)", "iban"),
    (r"^parent_path$", '{ use = "pattern", is = "[0-9/]*" }'),
    (r"color", '{ use = "pattern", is = "#[0-9a-fA-F]{3,8}" }'),
    (r"^(res_model|model|resource|parent_res_model)$", '{ use = "known", in = "ir_model.model" }'),
    (r"(^|_)lang$", '{ use = "known", in = "res_lang.code" }'),
    (r"(^|_)(tz|timezone)$", '{ use = "known", in = "pg_timezone_names.name" }'),
    (
        r"(^|_)(filter|rule|record|product|partner|user)_domain$",
        '{ use = "constant", value = "[]" }',
    ),
    (r"(url|website|domain|uri|endpoint|social_)", "url"),
    (r"(uuid|hash|checksum|barcode|session|_ref$)", "code"),
    (r"(^ip$|_ip$|ip_address)", "null"),
)
_PERSONAL_NUMBERS = r"(wage|salary|children|km_home|distance_home|latitude|longitude|(^|_)age$)"
_FORM_NUMBERS = r"(^|_)(sequence|priority|color)$"
_PERSONAL_DATES = r"(birth|visa|passport|permit)"
#: When somebody was there: a trace of a person, which no test needs.
_TRACES = r"(last_(login|seen|presence|activity|visit)|decease|death|marriage)"
#: A number that is no key in this database names somebody in another one.
_ELSEWHERE = r"(^|_)(uid|ssn|pin|identifier|external_id)$"
#: Odoo's text for any record, ``model,id``: kept while it has that form.
_REFERENCE = (
    '{ use = "null", unless = "t.%s ~ \'^[a-z0-9_.]+,[0-9]+$\' AND '
    "split_part(t.%s, ',', 1) IN (SELECT model FROM ir_model)\" }"
)

FORM = "order, colour and other settings of a form"
NUMBERS = "amounts, quantities and settings of the business"
DATES = "dates of the business, not of a person's life"


#: For texts in a unique column: these strategies add twelve digits.
_DIFFERENT = ("email", "hash", "url", "code")
#: Alternatives for a column of this kind, from the most telling to the most compatible.
_ELSE = {
    "text": ("label", "code", "email", "url", "phone", "hash", "text", "null"),
    "json": ("label", "numbers", "null"),
    "number": ("null", '{ use = "amount", low = 1, high = 9 }', '{ use = "constant", value = 0 }'),
    "date": ("birthday", "null"),
}


def candidates(column: Column, checks: Iterable[CheckConstraint] = ()) -> list[str]:
    """Possible declarations of a column, best first.

    Args:
        column: the column.
        checks: conditions on its table.
    """
    listed = [_listed(check.condition) for check in checks if check.columns == {column.name}]
    fixed = [strategy for strategy in listed if strategy and column.kind == "text"]
    return list(dict.fromkeys([*fixed, suggest(column), *_ELSE.get(column.kind, ("null",))]))


def _listed(condition: str) -> str:
    """For ``colour IN ('red', 'green')``: these, for they are in the schema and not in a row."""
    values = [found.replace("''", "'") for found in re.findall(r"'((?:[^']|'')*)'::", condition)]
    if not values or not re.search(r"= ANY|^\(*\w+\)?(::\w+)? = ", condition):
        return ""
    expression = "|".join(re.sub(r"([^\w ])", r"\\\1", value) for value in values)
    return f'{{ use = "pattern", is = {quoted(expression)}, else = {quoted(values[0])} }}'


def suggest(column: Column) -> str:
    """What to write behind the column's name; ``keep: reason`` for one that may stay."""
    if column.related and column.kind in ("text", "date", "number"):
        # Whatever is decided for the original holds for its copy.
        return f'{{ use = "copy", of = {quoted(column.related)} }}'
    if column.kind == "text":
        strategy = _for_text(column)
        return "code" if column.unique and strategy not in _DIFFERENT else strategy
    if column.kind == "json":
        return _for_json(column)
    if column.kind == "number":
        return _for_number(column)
    if column.kind == "date":
        if re.search(_PERSONAL_DATES, column.name):
            return "birthday"
        return "null" if re.search(_TRACES, column.name) else f"keep: {DATES}"
    return "null"


def line(column: Column) -> str:
    """The suggested line of the file, with the section that it belongs to."""
    strategy = suggest(column)
    if strategy.startswith("keep: "):
        return f'[keep."{strategy[6:]}"] {key(column.table)} = [{quoted(column.name)}]'
    return f"[tables.{key(column.table)}] {key(column.name)} = {value(strategy)}"


def key(name: str) -> str:
    """A name as a key of TOML."""
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else quoted(name)


def quoted(text: str) -> str:
    """A text of TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def value(strategy: str) -> str:
    """A strategy as TOML."""
    return strategy if strategy.startswith("{") else f'"{strategy}"'


def _for_text(column: Column) -> str:
    if column.ttype == "html":
        return "html"
    if column.ttype == "reference" and re.fullmatch("[a-z_][a-z0-9_]*", column.name):
        return _REFERENCE % (column.name, column.name)
    if column.ttype == "selection" and column.nullable:
        return "null"  # its values are computed: any other one is invalid
    for pattern, strategy in _TEXTS:
        if re.search(pattern, column.name):
            if strategy == "null" and not column.nullable:
                return "hash"
            return strategy
    return "text" if column.ttype == "text" or column.type == "text" else "label"


def _for_json(column: Column) -> str:
    if column.ttype in ("char", "text"):
        return "label" if column.ttype == "char" else "text"
    if column.ttype == "html":
        return "html"
    if column.ttype in ("float", "integer", "monetary", "boolean") or "distribution" in column.name:
        return "numbers"
    return "null"


def _for_number(column: Column) -> str:
    if re.search(_FORM_NUMBERS, column.name):
        return f"keep: {FORM}"
    if re.search(_ELSEWHERE, column.name):
        return "null"
    if not re.search(_PERSONAL_NUMBERS, column.name):
        return f"keep: {NUMBERS}"
    if column.name.endswith(("latitude", "longitude")):
        return "null"
    return (
        '{ use = "amount", low = 0, high = 9 }'
        if "int" in column.type
        else ('{ use = "amount", low = 2000, high = 5000 }')
    )


def as_file(columns: Iterable[Column], chosen: Mapping[tuple[str, str], str] | None = None) -> str:
    """Suggestions for many columns, as a section of the file.

    Args:
        columns: the columns.
        chosen: the strategies found to fit, by table and column; empty: none does. None: choose by
            name.
    """
    made = sections(columns, chosen)
    return "".join("\n".join([section, *lines, "", ""]) for section, lines in made.items())


def sections(
    columns: Iterable[Column], chosen: Mapping[tuple[str, str], str] | None = None
) -> dict[str, list[str]]:
    """Suggestions for many columns: the lines below each section's head. See :func:`as_file`."""
    made: dict[str, list[str]] = defaultdict(list)
    kept: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for column in columns:
        strategy = suggest(column) if chosen is None else chosen[column.table, column.name]
        section = f"[tables.{key(column.table)}]"
        if strategy.startswith("keep: "):
            kept[strategy[6:]][column.table].append(column.name)
        elif strategy:
            made[section].append(f"{key(column.name)} = {value(strategy)}")
        else:
            name = quoted(column.name)[1:-1]
            made[section].append(f"# {name}: nothing fits; `sql`, or empty the table")
    for reason, tables in kept.items():
        for table, names in tables.items():
            listed = ", ".join(quoted(name) for name in names)
            made[f'[keep."{reason}"]'].append(f"{key(table)} = [{listed}]")
    return dict(made)
