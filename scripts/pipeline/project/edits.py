"""Edits of templates: a template without the text that is to be replaced is an error."""

from __future__ import annotations

from pipeline.core.errors import InputError

THIS = "odoo-mta"


def changed(name: str, text: str, old: str, new: str) -> str:
    """A template's text with one part replaced. Raises InputError when it lacks that part."""
    if old not in text:
        raise foreign(name, old)
    return text.replace(old, new)


def foreign(name: str, missing: str) -> InputError:
    """The error of a template of another version."""
    return InputError(
        f"the template {name} has no `{missing.strip()}`",
        f"set --templates to a clone of {THIS} of the same version as the pipeline",
    )
