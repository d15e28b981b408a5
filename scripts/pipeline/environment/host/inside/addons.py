"""Print, as JSON, the add-ons on Odoo's path: version, and hashes of the requested ones.

Runs in an Odoo container: ``python3 -c <this> name,name,…``. Two hashes each: ``code`` covers
every file; ``update`` leaves out what Odoo reads from the files at run time, because a change there
needs no update of the database.
"""

from __future__ import annotations

import ast
import configparser
import hashlib
import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

#: Folders with neither imported Python nor data that an update loads.
FOLDERS_WITHOUT_UPDATE = {"static", "tests", "doc", "docs", "readme"}
NAMES_WITHOUT_UPDATE = re.compile(r".*\.(md|rst|pot|pyc|pyo)|LICENSE.*|COPYRIGHT.*|\..*")
#: The folder of an image that has the add-ons of others: no database gets all of them unasked.
DEPENDENCIES = "dependencies"
#: Attributes that make a class an Odoo model.
MODEL = {"_name", "_inherit", "_inherits"}
SERIES = re.compile(r"\d+\.0\.")


def main() -> None:
    wanted = set(filter(None, sys.argv[1].split(",")))
    own, folders, series = places()
    others = [folder for folder in folders if os.path.basename(folder) == DEPENDENCIES]
    others += packaged(own)
    found = {}
    for folder in [*folders, *others, *own]:
        if not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            manifest = read_manifest(os.path.join(folder, name))
            if manifest is None or name in found:
                continue
            found[name] = {
                "version": full_version(str(manifest.get("version", "1.0")), series),
                "installable": bool(manifest.get("installable", True)),
                "own": folder not in own and folder not in others,
                "depends": list(manifest.get("depends") or []),
                **(hashes(os.path.join(folder, name)) if name in wanted else {}),
            }
    json.dump({"series": series, "addons": found}, sys.stdout)


def places() -> tuple[list[str], list[str], str]:
    """Odoo's own folders of modules, the configured ones, and Odoo's series."""
    spec = importlib.util.find_spec("odoo")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("this image has no Odoo")
    # Since 19.0 a namespace package, of which add-ons that pip installed are parts, too.
    parts = [os.path.join(part, "release.py") for part in spec.submodule_search_locations]
    package = os.path.dirname(next(filter(os.path.isfile, parts), parts[0]))
    own = [os.path.join(os.path.dirname(package), "addons"), os.path.join(package, "addons")]
    with open(os.path.join(package, "release.py"), encoding="utf-8") as file:
        release = re.search(r"^version_info = \(\D*(\d+)", file.read(), re.MULTILINE)
    if release is None:
        sys.exit("Odoo's release.py does not tell its version")
    series = "%s.0" % release[1]
    parser = configparser.RawConfigParser(strict=False)
    parser.read(os.environ.get("ODOO_RC", "/etc/odoo/odoo.conf"), encoding="utf-8")
    paths = parser.get("options", "addons_path", fallback="/mnt/extra-addons").split(",")
    paths = [path.strip().rstrip("/") for path in paths]
    return own, [path for path in paths if path and path not in own], series


def packaged(own: list[str]) -> list[str]:
    """Folders of the add-ons that pip installed, which Odoo finds like its own."""
    found = [os.path.join(path, "odoo", "addons") for path in sys.path if path]
    return [folder for folder in found if os.path.isdir(folder) and folder not in own]


def read_manifest(folder: str) -> dict[str, Any] | None:
    try:
        with open(os.path.join(folder, "__manifest__.py"), encoding="utf-8") as file:
            manifest = ast.literal_eval(file.read())
    except (OSError, ValueError, SyntaxError):
        return None
    return manifest if isinstance(manifest, dict) else None


def full_version(version: str, series: str) -> str:
    """A version as Odoo stores it: with the series in front."""
    return version if SERIES.match(version) else "%s.%s" % (series, version)


def hashes(folder: str) -> dict[str, str]:
    code, update = hashlib.sha256(), hashlib.sha256()
    for path, content in sorted(contents(folder)):
        entry = ("%s\0%s\n" % (path, hashlib.sha256(content).hexdigest())).encode()
        code.update(entry)
        if needs_update(path, content):
            update.update(entry)
    return {"code": code.hexdigest(), "update": update.hexdigest()}


def contents(folder: str) -> Iterator[tuple[str, bytes]]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            if name.endswith((".pyc", ".pyo")):
                continue
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                yield os.path.relpath(path, folder), file.read()


def needs_update(path: str, content: bytes) -> bool:
    first = path.split(os.sep)[0]
    if first in FOLDERS_WITHOUT_UPDATE or NAMES_WITHOUT_UPDATE.fullmatch(os.path.basename(path)):
        return False
    return not (first == "controllers" and path.endswith(".py") and not defines_model(content))


def defines_model(content: bytes) -> bool:
    """Whether Python code defines a model, as far as can be seen; doubtful cases count as yes."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                targets = getattr(part, "targets", [getattr(part, "target", None)])
                if MODEL & {getattr(target, "id", "") for target in targets}:
                    return True
    return False


if __name__ == "__main__":
    main()
