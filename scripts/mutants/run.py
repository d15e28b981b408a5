"""Seeded faults ("mutants") of the add-ons: list them, and put one into a copied tree.

Each ``*.patch`` beside this file breaks one thing that the tests of one add-on must
notice. Its first lines say which add-on, what it breaks and which test is known to
catch it. Nothing is run from here: who runs the tests applies a patch to a copy of
the repository and expects them to fail.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
HEADERS = {"Addon": "addon", "Breaks": "breaks", "Caught-by": "caught_by"}


class MutantError(Exception):
    """Something the caller has to repair; the message says what."""


@dataclass(frozen=True)
class Mutant:
    name: str
    patch: str
    addon: str
    breaks: str
    caught_by: str


def load(path: Path) -> Mutant:
    """Read the header lines of a patch, up to the first empty line."""
    values = {}
    for line in path.read_text(encoding="utf-8").split("\n\n", 1)[0].splitlines():
        key, _colon, value = line.partition(":")
        if key in HEADERS:
            values[HEADERS[key]] = value.strip()
    missing = [key for key, name in HEADERS.items() if not values.get(name)]
    if missing:
        raise MutantError(f"{path.name} does not say: {', '.join(missing)}")
    return Mutant(name=path.stem, patch=path.name, **values)


def load_all() -> list[Mutant]:
    return [load(path) for path in sorted(FOLDER.glob("*.patch"))]


def find(name: str) -> Mutant:
    for mutant in load_all():
        if mutant.name == name:
            return mutant
    raise MutantError(f"There is no mutant {name!r}; `list` shows them all.")


def git_apply(mutant: Mutant, tree: Path, *options: str) -> None:
    # The tree may lie inside a repository, whose root git would take the paths from.
    outer = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
    environment = {k: v for k, v in os.environ.items() if k not in outer}
    environment["GIT_CEILING_DIRECTORIES"] = str(tree.parent)
    result = subprocess.run(
        ["git", "apply", *options, str(FOLDER / mutant.patch)],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise MutantError(
            f"Mutant {mutant.name} no longer applies to {tree}; adapt"
            f" {mutant.patch} to the code as it is now.\n{result.stderr.strip()}"
        )


def apply(mutant: Mutant, tree: Path, only_check: bool = False) -> None:
    tree = tree.resolve()
    if not (tree / "odoo_addons" / mutant.addon).is_dir():
        raise MutantError(f"{tree} is no copy of this repository: no {mutant.addon}.")
    # First a check of the whole patch, so that a tree is never half a mutant.
    git_apply(mutant, tree, "--check")
    if not only_check:
        git_apply(mutant, tree)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="print the mutants as JSON")
    command = commands.add_parser("apply", help="apply one to a copied tree")
    command.add_argument("name")
    command.add_argument("--tree", type=Path, required=True)
    command = commands.add_parser("check", help="check that all of them still apply")
    command.add_argument("--tree", type=Path, default=FOLDER.parents[1])
    options = parser.parse_args(arguments)
    try:
        if options.command == "list":
            print(json.dumps([asdict(mutant) for mutant in load_all()], indent=2))
        elif options.command == "apply":
            apply(find(options.name), options.tree)
        else:
            for mutant in load_all():
                apply(mutant, options.tree, only_check=True)
    except MutantError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
