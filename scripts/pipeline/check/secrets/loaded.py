"""Which data files of add-ons are loaded in production, and which with the demo data only."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.core.addons.discovery import parse
from pipeline.core.addons.search import MANIFESTS


class DataFiles:
    """What the manifests of a source say about its data files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._manifests: dict[PurePosixPath, dict[str, Any] | None] = {}

    def in_production(self, path: str) -> bool | None:
        """Whether the file is loaded without demo data; None: no manifest lists it.

        Args:
            path: of the file, relative to the source, with ``/``.
        """
        for folder in PurePosixPath(path).parents:
            manifest = self._manifest(folder)
            if manifest is None:
                continue
            name = PurePosixPath(path).relative_to(folder).as_posix()
            for key, loaded in (("data", True), ("init_xml", True), ("demo", False)):
                files = manifest.get(key)
                if isinstance(files, (list, tuple)) and name in files:
                    return loaded
            return None
        return None

    def _manifest(self, folder: PurePosixPath) -> dict[str, Any] | None:
        if folder not in self._manifests:
            self._manifests[folder] = self._read(folder)
        return self._manifests[folder]

    def _read(self, folder: PurePosixPath) -> dict[str, Any] | None:
        for name in MANIFESTS:
            try:
                return parse((self._root / folder / name).read_text("utf-8"))[0]
            except FileNotFoundError:
                continue
            except (OSError, UnicodeDecodeError):
                return {}  # `manifests` reports it
        return None
