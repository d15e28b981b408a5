"""Which parts of an error of PostgreSQL or Odoo may be repeated.

An allow-list, because their messages quote rows. ``DETAIL: Key (email)=(anna@example.org) already
exists``, ``CONTEXT: COPY person, line 7: "Anna …"``, ``parameters: $1 = 'Anna'``, a record in a
ParseError, the message of a ValidationError: data like that cannot be searched for. What remains is
known to reveal nothing about a person: the class of an error, its SQLSTATE, names of tables,
columns and constraints in PostgreSQL's own messages, and files and line numbers of code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from pipeline.core.process.sqlstates import CONDITIONS

#: Programs whose output may quote a database.
_OF_POSTGRESQL = frozenset(
    ("psql", "pg_dump", "pg_dumpall", "pg_restore", "createdb", "dropdb", "vacuumdb", "reindexdb")
)
#: Commands of Docker that repeat a container's output.
_INSIDE = frozenset(("exec", "run", "logs"))
_LINES = 20

_I = r'"?[A-Za-z_][A-Za-z0-9_$-]{0,62}"?'
_KIND = (
    r"(?:relation|table|foreign table|column|schema|database|role|extension|function|type|index|"
    r"constraint|sequence|view|materialized view|publication|subscription|language|server|trigger|"
    r"tablespace|access method|text search configuration|collation|rule|policy)"
)
#: PostgreSQL's own messages that contain only names.
_SENTENCES = re.compile(
    "|".join(
        (
            rf"duplicate key value violates unique constraint {_I}",
            rf"could not create unique index {_I}",
            rf"null value in column {_I}(?: of relation {_I})? violates not-null constraint",
            rf"column {_I}(?: of relation {_I})? contains null values",
            rf"new row for relation {_I} violates check constraint {_I}",
            rf"check constraint {_I} of relation {_I} is violated by some row",
            rf"(?:insert or update|update or delete) on table {_I} violates foreign key constraint "
            rf"{_I}(?: on table {_I})?",
            r"value too long for type character(?: varying)?\(\d+\)",
            r"(?:numeric field overflow|division by zero|integer out of range|deadlock detected)",
            rf"(?:source )?{_KIND} {_I}(?:\.{_I})?(?: (?:of|for) {_KIND} {_I})? "
            r"(?:does not exist|already exists|is being accessed by other users)",
            rf"column {_I}\.{_I} does not exist",
            rf"(?:permission denied for|must be owner of) {_KIND} {_I}",
            r"permission denied to (?:create|alter|drop|rename|set) [a-z ]{1,40}",
            rf"extension {_I} is not available",
            r"type modifier is not allowed for type [a-z ]{1,30}",
            r"canceling statement due to (?:statement timeout|lock timeout|user request)",
            r"terminating connection due to (?:administrator command|conflict with recovery)",
            r"the database system is (?:starting up|shutting down|in recovery mode|not yet "
            r"accepting connections)",
            r"out of (?:memory|shared memory)|disk full|sorry, too many clients already",
            r"current transaction is aborted, commands ignored until end of transaction block",
            r"cannot create a database with(?:out)? [a-z ]{1,40}",
            rf"cannot (?:alter|drop|truncate) [a-z ]{{1,40}}{_I} because [a-z ]{{1,60}}",
            rf"query would be affected by row-level security policy for table {_I}",
            rf"password authentication failed for user {_I}",
            r"unexpected (?:EOF on client connection|message type)[a-z0-9 ]{0,40}",
            # pg_restore and pg_dump
            r"input file (?:is too short|does not appear to be|appears to be)[a-z0-9 (),]{0,80}",
            r"could not read from input file: (?:end of file|[A-Z][a-z ]{1,40})",
            r"corrupt tar header found[a-z ]{0,40}|unsupported version \([0-9.]+\) in file header",
            r"(?:aborting because of|detail: )?server version(?: mismatch|: [0-9.]+;.{0,80})",
            # Of the dump's own guard (environment/backup/dump/dump.py)
            rf"this is a backup of {_I}, not of {_I}",
            r"this backup comes from PostgreSQL \d+, the server is older",
        )
    )
)
#: The operating system's error texts, at the end of any message.
_SYSTEM = re.compile(
    r"(No space left on device|Permission denied|Connection refused|No such file or directory|"
    r"Broken pipe|Connection reset by peer|Input/output error|Read-only file system|"
    r"Cannot allocate memory|Disk quota exceeded|Connection timed out|"
    r"Is the server running(?: locally and accepting connections on that socket|"
    r" on that host and accepting TCP/IP connections)?|"
    r"server closed the connection unexpectedly|Killed)\W*$"
)
_ERROR = re.compile(
    r"(?:^|: )(ERROR|FATAL|PANIC|FEHLER|ERREUR|FOUT|FATALE?):\s+(?:([0-9A-Z]{5})(?:: |$))?(.*)$"
)
#: Fields of a verbose error that are names.
_FIELD = re.compile(
    rf"^(SCHEMA|TABLE|COLUMN|CONSTRAINT|DATATYPE) NAME:\s+({_I})\s*$", re.IGNORECASE
)
#: Advice that names a setting of the server.
_HINT = re.compile(
    r"HINT:\s+(?:You might need to increase|Consider increasing the configuration parameter) "
    r'"?([a-z_]{3,60})"?\.$'
)
_PROGRAM = re.compile(r"^(psql|pg_restore|pg_dump|docker)(?::<?[\w.-]*>?:(\d+))?: ")
_COPY = re.compile(rf'COPY failed for table "({_I})"')
_ENTRY = re.compile(rf"^pg_restore: from TOC entry \d+; \d+ \d+ ([A-Z ]{{1,40}}) ({_I})(?: |$)")
_DOCKER = re.compile(
    r"^(?:docker: )?(?:Error response from daemon: |Error: |error: )?"
    r"(?:No such container: [\w.-]+|Unable to find image '[\w.:@/-]+' locally|"
    r"Conflict\. The container name \"[\w./-]+\" is already in use by container [\w\".]{1,90}|"
    r"OCI runtime exec failed: exec failed: [\w :\"./$-]{1,160}|"
    r"[Cc]ontainer [\w.-]+ is (?:not running|restarting)[\w ,]{0,60}|"
    r"no such service: [\w.-]+|"
    r"Cannot connect to the Docker daemon(?: at [\w:/.-]{1,80})?\. Is the docker daemon running\?)$"
)
#: Of the scripts that this package runs in containers (vm/inside).
_OWN = re.compile(
    r"this image has no Odoo|Odoo's release\.py does not tell its version|"
    r"[0-9a-f]{2}/[0-9a-f]{38,40} has another content than its name says"
)
_FRAME = re.compile(r'^\s*File "((?:/[\w.@+-]+)+\.(?:py|xml|csv))", line (\d+)(?:, in (<?\w+>?))?')
_PARSING = re.compile(r"while parsing (?:file:)?((?:/[\w.@+-]+)+\.(?:py|xml|csv)):(\d+)")
_RAISED = re.compile(
    r"^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Violation|Warning|Failure|Timeout|Interrupt|"
    r"Exit|Iteration|InFailedSqlTransaction|UndefinedTable|UndefinedColumn|DeadlockDetected|"
    r"DiskFull|AdminShutdown))(?:: (.*))?$"
)
_MISSING = re.compile(r"^No module named '([\w.]+)'$")
_RECORD = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ \d+ (ERROR|CRITICAL|WARNING) \S+ ([\w.]+): ?(.*)$"
)
#: Odoo's own messages about modules.
_OF_MODULES = re.compile(
    r"Failed to (?:initialize database|load registry)[\w `.-]{0,60}|"
    r"(?:Some modules|invalid module names|The following modules?)[\w ,.:'\[\]-]{0,200}|"
    r"Unable to load module [\w.]+|module [\w.]+: [\w ]{1,40}"
)
_WITHHELD = "({} more lines are withheld: they could quote rows)"


def quoted(argv: Sequence[str], printed: str) -> str:
    """The end of a program's output for an error message: all of it, or only the safe part."""
    return last_lines(printed) if not may_quote_rows(argv) else safe(printed)


def may_quote_rows(argv: Sequence[str]) -> bool:
    """Whether a program's output can quote a database: PostgreSQL's programs, and anything that
    runs in a container; Docker itself, which pulls and starts, sees no row."""
    names = {os.path.basename(word) for word in argv}
    in_docker = os.path.basename(argv[0]) == "docker" and bool(_INSIDE & {*argv[1:5]})
    return bool(names & _OF_POSTGRESQL) or in_docker


def last_lines(text: str, lines: int = _LINES) -> str:
    """The last lines of a text, indented, for an error message."""
    kept = text.rstrip().splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in kept) or "    (it printed nothing)"


def safe(text: str) -> str:
    """The safe part of a text of PostgreSQL or Odoo: its last lines, indented."""
    lines = [line for line in text.splitlines() if line.strip()]
    kept = [one for line in lines for one in _safe(line)]
    withheld = len(lines) - len(kept)
    if withheld > 0:
        kept.append(_WITHHELD.format(withheld) if kept else "(withheld: it could quote rows)")
    return last_lines("\n".join(kept))


def error_of_sql(
    sqlstate: str | None, message: str, names: Sequence[tuple[str, str | None]] = ()
) -> str:
    """An error of PostgreSQL on one line.

    Args:
        sqlstate: its code.
        message: its message; shown only when it is one of those that contain only names.
        names: kind and name of the object concerned, such as ``("constraint",
            "res_partner_pkey")``.
    """
    code = sqlstate if sqlstate and re.fullmatch(r"[0-9A-Z]{5}", sqlstate) else ""
    said = message if _SENTENCES.fullmatch(message) else CONDITIONS.get(code, "")
    about = [(kind, name) for kind, name in names if name and re.fullmatch(_I, name)]
    told = ", ".join(f"{kind} {name}" for kind, name in about if f'"{name}"' not in said)
    said = f"{said} ({told})" if told else said
    return " ".join(part for part in (code, said.strip()) if part) or "an error without a code"


def raised(error: BaseException) -> str:
    """A Python exception: its class, and where in the code it was raised. Never its message."""
    where, trace = "", error.__traceback__
    while trace is not None:
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    place = where.rpartition("/pipeline/")[2] or where
    return f"{type(error).__name__}" + (f" at {place}" if place else "")


def _safe(line: str) -> Iterator[str]:
    """The safe part of a line: at most one line."""
    if found := _RECORD.match(line):
        said = found[4] if _OF_MODULES.fullmatch(found[4]) else ""
        yield f"{found[1]} {found[2]} {found[3]}: {said}".rstrip(": ")
    elif found := _FRAME.match(line):
        yield f"{found[1]}, line {found[2]}" + (f", in {found[3]}" if found[3] else "")
    elif found := _FIELD.match(line):
        yield f"{found[1].lower()} {found[2]}"
    elif found := _ENTRY.match(line):
        yield f"pg_restore: {found[1].lower()} {found[2]}"
    elif found := _HINT.search(line):
        yield f"HINT: increase {found[1]}"
    elif _DOCKER.match(line) or _OWN.fullmatch(line):
        yield line
    elif found := _ERROR.search(line):
        program = _PROGRAM.match(line)
        table = _COPY.search(line)
        names = (("table", table[1]),) if table else ()
        said = error_of_sql(found[2], found[3].strip(), names)
        if (system := _SYSTEM.search(found[3])) and system[1] not in said:
            said = f"{said}: {system[1]}"
        where = f", line {program[2]}" if program and program[2] else ""
        yield f"{program[1]}{where}: {said}" if program else f"{found[1]}: {said}"
    elif found := _PARSING.search(line):
        yield f"while parsing {found[1]}, line {found[2]}"
    elif found := _RAISED.match(line):
        words = (found[2] or "").strip()
        missing = _MISSING.match(words)
        good = _SENTENCES.fullmatch(words) or missing
        system = _SYSTEM.search(words)
        kept = words if good else system[1] if system else ""
        yield f"{found[1]}: {kept}" if kept else found[1]
    elif (program := _PROGRAM.match(line)) and (
        found := _SENTENCES.fullmatch(line[program.end() :].removeprefix("error: ").strip())
    ):
        yield f"{program[1]}: {found[0]}"
    elif found := _SYSTEM.search(line):
        program = _PROGRAM.match(line)
        yield f"{program[1]}: {found[1]}" if program else found[1]
