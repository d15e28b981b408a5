"""Names of pages, views and series: those of modules stay, those of people go."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Schema
from pipeline.privacy.declaration.load import Declaration
from pipeline.privacy.treatment.codes import words_of_codes

#: Length of the code that replaces a word.
CODE = 5
#: Tables with the paths of pages; the first also have rows that people created.
_PAGES = (("website_page", "website.page"), ("website_menu", "website.menu"))
_THEMES = (("theme_website_page", "url"), ("theme_website_menu", "url"), ("website_route", "path"))
_BY_MODULES = (
    "SELECT res_id FROM public.ir_model_data d JOIN public.ir_module_module m "
    "ON m.name = d.module WHERE d.model = "
)


def functions(schema_name: str) -> str:
    """The statements that create the helpers of ``path``, ``series`` and ``xmlid``."""
    s = schema_name
    return f"""
CREATE UNLOGGED TABLE {s}.stays (kind text, value text, PRIMARY KEY (kind, value));
CREATE FUNCTION {s}.stays(k text, v text) RETURNS bool LANGUAGE sql STABLE AS
  $f$SELECT EXISTS (SELECT FROM {s}.stays t WHERE t.kind = k AND t.value = v)$f$;
CREATE FUNCTION {s}.code(v text) RETURNS text LANGUAGE sql STABLE AS
  $f$SELECT 'X' || upper({s}.x('code', v, {CODE - 1}))$f$;
CREATE FUNCTION {s}.series(v text) RETURNS text LANGUAGE sql STABLE AS $f$
  SELECT coalesce(string_agg(CASE
      WHEN m[2] IS NULL THEN m[1]
      WHEN m[2] ~ '^([A-Za-z]?[0-9]{{0,8}})$' THEN m[2]
      WHEN {s}.stays('code', upper(rtrim(m[2], '0123456789'))) AND m[2] !~ '[0-9]{{5}}$'
        THEN m[2]
      ELSE {s}.code(m[2]) END, '' ORDER BY n), '')
  FROM regexp_matches(v, '(%\\([a-z0-9_]+\\)s|[ -/:-@[-`{{-~])|([^ -/:-@[-`{{-~]+)', 'g')
    WITH ORDINALITY AS found(m, n) $f$;
"""


def staying(
    database: Database, schema: Schema, declaration: Declaration
) -> Iterator[tuple[str, str]]:
    """Allowed values, by kind: ``path``, ``xmlid`` and ``code``."""
    found = {("path", path) for path in declaration.paths}
    for table, column in _THEMES:
        if schema.has(table, column):
            query = f"SELECT {column} FROM {schema.sql(table)}"
            found |= {("path", str(row[0])) for row in database.rows(query)}
    for table, model in _PAGES:
        if schema.has(table, "id", "url", "write_uid"):
            query = (
                f"SELECT url FROM {schema.sql(table)} WHERE coalesce(write_uid, 1) = 1 "
                f"AND id IN ({_BY_MODULES}'{model}')"
            )
            found |= {("path", str(row[0])) for row in database.rows(query)}
    found |= {("xmlid", name) for name in _views(database, schema)}
    found |= {("code", code.upper()) for code in declaration.codes}
    found |= {("code", word) for word in _of_sequences(database, schema)}
    yield from sorted(found)


def _views(database: Database, schema: Schema) -> Iterator[str]:
    """External ids of modules' views, and the keys that nobody changed."""
    for (name,) in database.rows(
        "SELECT d.module || '.' || d.name FROM public.ir_model_data d "
        "JOIN public.ir_module_module m ON m.name = d.module WHERE d.model = 'ir.ui.view'"
    ):
        yield name
    if schema.has("ir_ui_view", "id", "key", "write_uid"):
        for (name,) in database.rows(
            "SELECT key FROM public.ir_ui_view WHERE key IS NOT NULL "
            f"AND coalesce(write_uid, 1) = 1 AND id IN ({_BY_MODULES}'ir.ui.view')"
        ):
            yield name


def _of_sequences(database: Database, schema: Schema) -> Iterator[str]:
    """Words in the prefixes and suffixes of modules' sequences."""
    if not schema.has("ir_sequence", "id", "prefix", "suffix", "write_uid"):
        return
    for row in database.rows(
        "SELECT prefix, suffix FROM public.ir_sequence WHERE coalesce(write_uid, 1) = 1 "
        f"AND id IN ({_BY_MODULES}'ir.sequence')"
    ):
        for text in row:
            yield from words_of_codes(text or "")
