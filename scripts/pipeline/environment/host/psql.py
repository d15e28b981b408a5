"""A psql session: run batches of statements, and read what each prints."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.core.errors import ToolError
from pipeline.core.process import Program

_END = b"-- end of answer --"


def lines(program: Program, statements: str) -> Iterator[bytes]:
    """What psql prints for statements, line by line, without collecting it in memory.

    Args:
        program: psql, as :func:`docker.psql` calls it.
        statements: the text; each statement ends with a semicolon and a newline.

    Raises:
        ToolError: it ended before it answered.
    """
    assert program.stdin and program.stdout
    program.stdin.write(f"{statements}\\echo '{_END.decode()}'\n".encode())
    program.stdin.flush()
    for line in program.stdout:
        answer = line.rstrip(b"\n")
        if answer == _END:
            return
        yield answer
    raise ToolError(
        "PostgreSQL ended the session in the middle of an answer",
        "look at its log: docker compose logs postgres",
    )
