"""Write the README's table of settings, from the classes that say what each is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "README.md"
#: Between what a key means and what holds without it, in the docstring of a class.
DEFAULT = "; default: "

sys.path.insert(0, str(ROOT / "scripts"))

from docs.region import replaced  # noqa: E402
from pipeline.core.settings import schema  # noqa: E402
from pipeline.core.settings.environments import NAMES  # noqa: E402


def table() -> Iterator[str]:
    """The lines of the table. Both environments have the same keys."""
    yield "| key | default | meaning |"
    yield "|---|---|---|"
    for name, section in schema.build()["properties"].items():
        keys = section["properties"]
        if keys.keys() == set(NAMES):
            name, keys = f"{name}.*", keys[NAMES[0]]["properties"]
        for key, described in keys.items():
            yield from rows(name, key, described)


def rows(name: str, key: str, described: dict[str, Any]) -> Iterator[str]:
    """The row of one key, or those of the sections of free names that it has."""
    if "patternProperties" not in described:
        yield row(f"[{name}] {key}", described)
    for section in described.get("patternProperties", {}).values():
        for part, said in section["properties"].items():
            yield row(f"[{name}.{key}.*] {part}", said)


def row(key: str, described: dict[str, Any]) -> str:
    """The row of one key."""
    meaning, _, otherwise = described["description"].removesuffix(".").partition(DEFAULT)
    value = described.get("default")
    if not otherwise:
        otherwise = f"`{shown(value)}`" if value not in (None, "", ()) else "none"
    return f"| `{key}` | {otherwise} | {meaning} |"


def shown(value: Any) -> str:
    """A value as TOML has it; a text without its quotes."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value)


def page() -> str:
    """The whole page, with the table as the classes are now."""
    return replaced(PAGE, "settings", table())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
