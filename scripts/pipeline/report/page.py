"""Render the page: a self-contained HTML file, safe for any text."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.core.console import one_line, printable, time_text
from pipeline.report.model import Page, by_file, uncovered
from pipeline.test.coverage.numbers import format_lines

#: Maximum findings of a step and lines of a traceback on the page; the raw files have all.
MOST_FINDINGS = 500
MOST_LINES = 150


def render(page: Page) -> str:
    """The page as HTML.

    Untrusted texts are escaped and freed of control characters, and the page's own policy lets
    a browser run and load nothing but the style and script named by their hashes, and pictures
    that it has itself.
    """
    style, script = _asset("page.css"), _asset("page.js")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            run=page.run,
            source=page.source,
            style=Markup(style),
            script=Markup(script),
            policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
            "img-src data:; "
            "base-uri 'none'; form-action 'none'",
            most=MOST_FINDINGS,
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipeline.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "by_file": by_file,
        "uncovered": uncovered,
        "lines": format_lines,
        "one_line": one_line,
        "duration": duration,
        "time_text": time_text,
        "last_lines": last_lines,
        "level": level,
        "picture": picture,
    }
    return environment


def duration(seconds: float) -> str:
    """Seconds as a person reads them: ``0.31 s``, ``42.0 s``, ``3 min 5 s``."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def last_lines(text: str) -> str:
    """The end of a long text, with a note on what is left out."""
    lines = text.splitlines()
    if len(lines) <= MOST_LINES:
        return text
    left_out = len(lines) - MOST_LINES
    return "\n".join([f"… {left_out} lines before …", *lines[-MOST_LINES:]])


def level(percent: float, minimum: float) -> str:
    """The CSS class for a percentage."""
    if percent >= minimum:
        return "good"
    return "low" if percent >= minimum - 20 else "bad"


def picture(content: bytes) -> Markup:
    """The address of a picture that the page has itself."""
    return Markup("data:image/png;base64," + base64.b64encode(content).decode())


def _finalize(value: Any) -> Any:
    return printable(value) if type(value) is str else value


def _asset(name: str) -> str:
    return files("pipeline.report").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
