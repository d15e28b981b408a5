"""Passwords that everybody knows, where they protect something: databases, Odoo, its users.

No secrets in the sense of the other rules, because nothing leaks: a guess is enough. So they are
findings of their own kinds, of the files as they are now and never of the history.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.check.secrets.rules.hits import Found
from pipeline.check.secrets.rules.names import Holds, held_by
from pipeline.check.secrets.rules.paths import kind_of_file

#: The kinds, and what to do about each.
ADVICE = {
    "weak-database-password": "give the database a random password from a variable or a secret "
    "that is not committed, such as ${POSTGRES_PASSWORD:?}, and change it where it runs",
    "weak-master-password": "set a long random admin_passwd, or its hash, and list_db = False: "
    "whoever knows it can copy and drop every database",
    "open-database-manager": "set list_db = False: anybody can try the master password on the "
    "pages that copy and drop databases",
    "weak-user-password": "move the record to the demo data, or leave the password out: the file "
    "is loaded in production too",
}
ANCHORS = r"list_db"

#: What somebody tries first.
_GUESSED = frozenset(
    "admin odoo openerp demo password passwd postgres postgresql root secret test 1234 12345 "
    "123456 12345678 changeme letmein qwerty user admin123 odoo123 password123".split()
)
_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose[^/]*\.ya?ml$")
#: Files of a developer's own machine.
_LOCAL = re.compile(
    r"(?:^|[/._-])(?:override|dev|devel|development|local|tests?|ci|example|sample)(?:[/._-]|$)"
)
_PRODUCTION = re.compile(r"(?:^|[/._-])(?:prod|production|live)(?:[/._-]|$)")
_SETTING = re.compile(
    r"^\s*(?:-\s+)?[\"']?(?P<name>[A-Za-z_]\w*)[\"']?\s*[:=]"
    r"\s*[\"']?(?P<value>[^\s\"'#;]+)[\"']?\s*$"
)
_FIELD = re.compile(
    r"<field\s[^>]*?name=[\"'](?:new_)?password[\"']"
    r"(?:[^>]*?\beval=\"'(?P<eval>[^\"']+)'\"|[^>/]*>\s*(?P<value>[^<\s]+)\s*<)"
)


def weak(line: str, path: str) -> Iterator[Found]:
    """Yield what anybody could guess in a line of settings or of an add-on's data."""
    file = kind_of_file(path)
    if file.invented or _LOCAL.search(path):
        return
    if path.endswith(".xml"):
        for match in _FIELD.finditer(line):
            value = match["value"] or match["eval"]
            if value.lower() in _GUESSED:
                yield Found("weak-user-password", value)
        return
    setting = _SETTING.match(line) if file.odoo or _COMPOSE.search(path) else None
    if not setting:
        return
    name, value = setting["name"].lower(), setting["value"]
    if name == "list_db" and value.lower() in ("true", "1") and _PRODUCTION.search(path):
        yield Found("open-database-manager", value)
    elif value.lower() in _GUESSED and held_by(name) is Holds.PASSWORD:
        master = name in ("admin_passwd", "admin_password")
        yield Found("weak-master-password" if master else "weak-database-password", value)
