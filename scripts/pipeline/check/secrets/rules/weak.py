"""Passwords that everybody knows, where they protect something: databases, Odoo, its users.

No secrets in the sense of the other rules, because nothing leaks: a guess is enough. So they are
findings of their own kinds, of the files as they are now and never of the history.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from pipeline.check.secrets.rules.hits import Found, Hit
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
_USERS = re.compile(r"(?:^|/)res[._]users[^/]*\.csv$")
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
#: An option of Odoo in a command of a Compose file.
_OPTION = re.compile(r"--db[_-]password(?:=|[\"']?,?\s+[\"']?)(?P<value>[^\s\"',\]]+)")
_FIELD = re.compile(
    r"<field\s[^>]*?name=[\"'](?:new_)?password[\"']"
    r"(?:[^>]*?\beval=\"'(?P<eval>[^\"']+)'\"|[^>/]*>\s*(?P<value>[^<\s]+)\s*<)"
)


def weak(line: str, path: str, loaded: bool | None = None) -> Iterator[Found]:
    """Yield what anybody could guess in a line of settings or of an add-on's data.

    Args:
        loaded: whether an add-on loads the file in production; None: its path has to tell.
    """
    file = kind_of_file(path)
    if _is_apart(path, loaded):
        return
    if path.endswith(".xml"):
        for match in _FIELD.finditer(line):
            value = match["value"] or match["eval"]
            if value.lower() in _GUESSED:
                yield Found("weak-user-password", value)
        return
    if not (file.odoo or _COMPOSE.search(path)):
        return
    for match in _OPTION.finditer(line):
        if match["value"].lower() in _GUESSED:
            yield Found("weak-database-password", match["value"])
    setting = _SETTING.match(line)
    if not setting:
        return
    name, value = setting["name"].lower(), setting["value"]
    if name == "list_db" and value.lower() in ("true", "1") and _PRODUCTION.search(path):
        yield Found("open-database-manager", value)
    elif value.lower() in _GUESSED and held_by(name) is Holds.PASSWORD:
        master = name in ("admin_passwd", "admin_password")
        yield Found("weak-master-password" if master else "weak-database-password", value)


def weak_table(lines: Sequence[str], path: str, loaded: bool | None = None) -> Iterator[Hit]:
    """Yield the users of a table of an add-on's data whose password anybody could guess."""
    if not _USERS.search(path) or _is_apart(path, loaded):
        return
    rows = [next(csv.reader([line]), []) for line in lines]
    columns = [
        at for at, name in enumerate(rows[0]) if name.strip() in ("password", "new_password")
    ]
    for number, row in enumerate(rows[1:], 2):
        for column in columns:
            if len(row) == len(rows[0]) and row[column].strip().lower() in _GUESSED:
                yield Hit(number, "weak-user-password", row[column].strip())


def _is_apart(path: str, loaded: bool | None) -> bool:
    """Whether the file is not for production: of tests, demo data, a developer's machine."""
    if loaded is not None:
        return not loaded
    return kind_of_file(path).invented or bool(_LOCAL.search(path))
