"""Rules on files: assets that exist, and data files that are listed somewhere."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.check.manifests.source import ManifestSource
from pipeline.check.manifests.structure import DATA_KEYS
from pipeline.core.addons.discovery import AddOn
from pipeline.core.results import Finding

#: Folders whose XML and CSV files are there to be loaded.
_DATA_FOLDERS = {
    "views",
    "data",
    "demo",
    "security",
    "report",
    "reports",
    "wizard",
    "wizards",
}
#: Charts of accounts, which Odoo's accounting finds by their location.
_LOADED_BY_PLACE = "data/template/"
_NOT_SOURCE = {"__pycache__", "node_modules"}


def files_below(folder: Path) -> tuple[str, ...]:
    """Files of an add-on, relative to its folder with ``/``, sorted; no caches, nothing hidden.

    Broken links are left out.
    """
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _NOT_SOURCE and name[0] != "."]
        paths = (Path(parent) / file for file in files)
        found += [path.relative_to(folder).as_posix() for path in paths if path.is_file()]
    return tuple(sorted(found))


def loaded_files(manifest: dict[str, Any]) -> frozenset[str]:
    """Files that the manifest has Odoo load as data. Its types must be valid."""
    return frozenset(
        str(PurePosixPath(file)) for key in DATA_KEYS for file in manifest.get(key, ())
    )


def check_assets(
    root: Path, source: ManifestSource, addons: Mapping[str, AddOn]
) -> Iterator[Finding]:
    """Yield asset paths into add-ons of the repository that match no file."""
    for entries in source.manifest.get("assets", {}).values():
        for entry in entries:
            for path in _asset_paths(entry):
                module, _, rest = path.lstrip("/").partition("/")
                if module == "static":
                    yield source.finding(
                        "assets",
                        "asset-path",
                        f"the asset path {path} does not begin with an add-on's name",
                        f"write {source.addon.name}/{path}",
                        path,
                    )
                elif module in addons and not _matches(root / addons[module].path, rest):
                    yield source.finding(
                        "assets",
                        "asset-not-found",
                        f"no file matches the asset path {path}",
                        "correct the path, or remove the entry",
                        path,
                    )


def _asset_paths(entry: str | tuple[str, ...]) -> tuple[str, ...]:
    parts = (entry,) if isinstance(entry, str) else entry[1:]
    if not isinstance(entry, str) and entry[0] == "include":  # names a bundle
        return ()
    return tuple(part for part in parts if "://" not in part and not part.startswith("//"))


def _matches(folder: Path, pattern: str) -> bool:
    return bool(glob.glob(pattern, root_dir=folder, recursive=True))


def check_listed(folder: Path, source: ManifestSource, files: Collection[str]) -> Iterator[Finding]:
    """Yield XML and CSV files in data folders that neither manifest nor code names.

    Args:
        folder: the add-on's folder.
        source: its manifest.
        files: its files, relative to it.
    """
    listed = {str(PurePosixPath(text)) for text in _strings(source.manifest)}
    candidates = [
        file
        for file in files
        if file.endswith((".xml", ".csv"))
        and file.split("/")[0] in _DATA_FOLDERS
        and not file.startswith(_LOADED_BY_PLACE)
        and not _is_listed(f"{source.addon.name}/{file}", file, listed)
    ]
    if not candidates:
        return
    code = "\n".join(
        (folder / file).read_text("utf-8", "replace")
        for file in files
        if file.endswith(".py") and file != PurePosixPath(source.addon.manifest_path).name
    )
    for file in candidates:
        if PurePosixPath(file).name not in code:  # otherwise a hook or a test loads it
            path = file if source.addon.path == "." else f"{source.addon.path}/{file}"
            yield Finding(
                path,
                0,
                "file-not-listed",
                f"no key of {source.addon.manifest_path} lists this file, so Odoo does not load it",
                "list it in `data` or `demo`, or remove the file",
            )


def _is_listed(full: str, file: str, listed: Collection[str]) -> bool:
    return file in listed or any(fnmatch.fnmatch(full, text.lstrip("/")) for text in listed)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, (list, tuple, set)):
        for part in value:
            yield from _strings(part)
