"""The README names what there is."""

from __future__ import annotations

from pathlib import Path

from dagger_module import calls, functions, objects

ROOT = Path(__file__).parents[4]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_function_of_the_module_is_in_the_table() -> None:
    """What leads to others, such as `uat`, has a row for each of these."""
    wanted = {path for path, function in functions().items() if function.returns not in objects()}
    rows = [line for line in README.splitlines() if line.startswith("| `dagger call ")]
    found = set()
    for line in rows:
        words = line.split("`dagger call ")[1].split("`")[0].split()
        found |= {call.path for call in calls(words) if call.function.returns not in objects()}
    both = {path.replace("uat ", "prod ", 1) for path in found if path.startswith("uat ")}
    found |= both & set(functions())
    assert wanted == found
