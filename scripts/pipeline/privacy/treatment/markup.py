"""XML and HTML without words: rebuilt from known parts, so that nothing unforeseen survives.

Tags, attributes and the words in attributes are those of HTML, of Odoo's views and of its fields.
Comments, scripts, unlisted attributes and unknown words are not copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Schema

#: Elements; any other becomes a `div`.
TAGS = frozenset("""
a abbr address area article aside audio b blockquote body br button canvas caption cite code col
colgroup data datalist dd del details dfn div dl dt em embed fieldset figcaption figure footer form
h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link main map mark
menu meta meter nav object ol optgroup option output p param picture pre progress q s samp section
select small source span strong sub summary sup table tbody td template textarea tfoot th thead time
tr u ul var video wbr svg g path rect circle line polygon
activity attribute calendar chatter cohort control create field filter gantt graph grid group
hierarchy kanban list notebook odoo page pivot progressbar qweb search searchpanel separator setting
settings sheet t templates tree widget xpath app block
""".split())
#: Attributes that a page or a view needs to work. Their values are known words, or numbers.
ATTRIBUTES = frozenset("""
class name position type widget mode colspan rowspan nolabel invisible readonly required optional
column_invisible create edit delete duplicate expr inherit_id for role col
t-name t-call t-call-assets t-if t-elif t-else t-foreach t-as t-set t-out t-esc t-raw t-field t-ref
t-key t-cache t-js t-css
""".split())
#: Words in addition to those of Odoo's fields, models and views: of CSS frameworks, QWeb and
#: attributes.
WORDS = frozenset("""
a active after align all amp and any app archive area article as aside attribute attributes auto b
background bar base baseline before between bg block body bold border bottom box breadcrumb btn
button c card carousel center checkbox children clearfix col collapse color column columns container
content cover create d dark data date danger delete details dialog disabled display div doc docs
down drop dropdown e edit else email end env even expand fa fade field fields file first fixed flex
float fluid font footer form full g get grid group groups gt gutter h half header heading height
hidden hide hover html i icon id image img in index info inline inner input inside invisible is item
items jumbotron justify kanban label last layout lead left len lg light line lines link list lt m
main major max mb md media menu middle min ml modal model move mr mt muted mx my name nav navbar new
no none not number o object oe of off offset on opacity open or order outer outline overflow p page
pager pagination panel parallax parent pb pe picture pill pl placeholder portal position pr preview
primary progress prev next ps pt px py quot radio record records reference replace report request
required res responsive right root rounded row rows s save sale search secondary section select self
shadow sheet shop show size slide sm small snippet solid space span spinner square stack standard
start state static sticky string strong structure submit success table tabs tag tags tbody td tel
template text th thead this tile time title toggle tool top tr tree true false type u ul up url user
users vertical view views visible w warning web website white widget width with wrap x xl xml xs
xxl y z
""".split())

_TAG_LIST = ",".join(f"'{tag}'" for tag in sorted(TAGS))
_ATTRIBUTE_LIST = ",".join(f"'{name}'" for name in sorted(ATTRIBUTES))
#: Only these around the words, and at most this many digits: no phone number, no date. `&` only
#: begins an entity of XML, and `%` never an encoded character: a word could be spelled with it.
_AROUND = r"[^A-Za-z0-9_. ()=!,/%&;|@:*+{}\[\]''-]|&(?!(?:amp|lt|gt|quot);)|%[0-9A-Fa-f]{2}"
_DIGITS = 6
#: Digits of one class; an element may have any number of classes.
_CLASS_DIGITS = 3


def functions(schema_name: str) -> str:
    """The statements that create the SQL function ``markup`` and its helpers."""
    s = schema_name
    token = r"<(/?)([A-Za-z][^\s/>\"''=<]*)((?:\"[^\"]*\"|''[^'']*''|[^\"''<>])*)>|([^<>]+|[<>])"
    pair = r"([A-Za-z_:][-A-Za-z0-9_:.]*)\s*=\s*(\"[^\"]*\"|''[^'']*''|[^\s\"''=<>`]+)"
    token, pair = (one.replace('\\"', '"') for one in (token, pair))
    return f"""
CREATE UNLOGGED TABLE {s}.word (word text PRIMARY KEY);
CREATE FUNCTION {s}.known(v text) RETURNS bool LANGUAGE sql STABLE AS $f$
  SELECT v !~ '{_AROUND}' AND length(regexp_replace(v, '\\D', '', 'g')) <= {_DIGITS}
    AND NOT EXISTS (SELECT FROM regexp_matches(lower(v), '[a-z]+', 'g') w
      WHERE w[1] NOT IN (SELECT word FROM {s}.word)) $f$;
CREATE FUNCTION {s}.attributes(tag text, v text) RETURNS text LANGUAGE sql STABLE AS $f$
  SELECT coalesce(string_agg(' ' || name || '="' || value || '"', '' ORDER BY name), '') FROM (
    SELECT DISTINCT ON (name) name, CASE
      WHEN name = 'href' THEN '#'
      WHEN name = 'class' THEN (SELECT string_agg(c, ' ') FROM regexp_split_to_table(raw, '\\s+') c
        WHERE c ~ '^[A-Za-z][A-Za-z0-9_-]*$' AND {s}.known(c)
          AND length(regexp_replace(c, '\\D', '', 'g')) <= {_CLASS_DIGITS})
      WHEN {s}.known(raw) THEN raw END AS value
    FROM (SELECT lower(m[1]) AS name, CASE WHEN left(m[2], 1) IN ('"', '''')
        THEN substr(m[2], 2, length(m[2]) - 2) ELSE m[2] END AS raw
      FROM regexp_matches(v, '{pair}', 'g') m) given
    WHERE name IN ({_ATTRIBUTE_LIST}) OR name = 'href' AND tag = 'a') kept
  WHERE value IS NOT NULL $f$;
CREATE FUNCTION {s}.markup(v text) RETURNS text LANGUAGE sql STABLE AS $f$
  SELECT coalesce(regexp_replace(string_agg(CASE
      WHEN m[4] IS NOT NULL THEN CASE WHEN m[4] IN ('<', '>') THEN '' WHEN m[4] ~ '\\S' THEN '…'
        ELSE ' ' END
      ELSE '<' || m[1] || tag || CASE WHEN m[1] = '' THEN {s}.attributes(tag, m[3]) ELSE '' END
        || CASE WHEN m[1] = '' AND right(m[3], 1) = '/' THEN '/' ELSE '' END || '>'
    END, '' ORDER BY n), '…+', '…', 'g'), '')
  FROM regexp_matches({_without("v")}, '{token}', 'g') WITH ORDINALITY AS found(m, n),
    LATERAL (SELECT CASE WHEN lower(m[2]) IN ({_TAG_LIST}) THEN lower(m[2]) ELSE 'div' END AS tag) t
  $f$;
"""


def _without(value: str) -> str:
    """A text without non-tags, and without elements whose content is not text, such as scripts.

    One expression for each, because PostgreSQL takes the longest match of an alternation.
    """
    for expression in (
        *("<!--.*?-->", r"<\?.*?\?>", "<![^>]*>"),
        *(rf"<{tag}\M.*?</{tag}\s*>" for tag in ("script", "style", "title")),
    ):
        value = f"regexp_replace({value}, '{expression}', '', 'gi')"
    return value


def words(database: Database, schema: Schema) -> list[str]:
    """All words allowed in an attribute: :data:`WORDS`, and the words in developers' names of
    fields, models, and modules' views."""
    found = {word for name in (*ATTRIBUTES, *TAGS, *WORDS) for word in _split(name)}
    for query in _names(schema):
        for (name,) in database.rows(query):
            found |= set(_split(str(name)))
    return sorted(found)


def _split(name: str) -> list[str]:
    return re.findall("[a-z]+", name.lower())


def _names(schema: Schema) -> Iterator[str]:
    if schema.has("ir_model_fields", "name", "state"):
        yield "SELECT DISTINCT name FROM public.ir_model_fields WHERE state = 'base'"
    if schema.has("ir_model", "model", "state"):
        yield "SELECT DISTINCT model FROM public.ir_model WHERE state = 'base'"
    if schema.has("ir_ui_view", "key") and schema.has("ir_model_data", "res_id"):
        yield (
            'SELECT DISTINCT v."key" FROM public.ir_ui_view v JOIN public.ir_model_data d '
            "ON d.model = 'ir.ui.view' AND d.res_id = v.id JOIN public.ir_module_module m "
            """ON m.name = d.module WHERE v."key" IS NOT NULL"""
        )
