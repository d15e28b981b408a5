"""Find the add-ons of a repository and read their manifests."""

from __future__ import annotations

import ast
import os
import warnings
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.core.errors import InputError
from pipeline.core.settings import Settings
from pipeline.core.versions import series

MANIFESTS = ("__manifest__.py", "__openerp__.py")
#: Folders with copies or leftovers of add-ons, never add-ons, such as the links in OCA's `setup`.
_NOT_SEARCHED = {"setup", "node_modules", "build", "dist", "venv", "sdk"}
_SEARCH_DEPTH = 3


@dataclass(frozen=True)
class AddOn:
    """One add-on.

    Attributes:
        name: technical name, which is the folder's name.
        path: its folder, relative to the source, with ``/``.
        manifest_path: its manifest, relative to the source.
        manifest: the manifest; empty when it is not a readable dict.
        problem: why the manifest is not readable; empty when it is readable.
        problem_line: line of that problem; 0 when it affects the whole file.
        link: the link by which it was found, relative to the source; empty when there is none.
    """

    name: str
    path: str
    manifest_path: str
    manifest: dict[str, Any] = field(default_factory=dict, compare=False)
    problem: str = ""
    problem_line: int = 0
    link: str = ""

    @property
    def depends(self) -> tuple[str, ...]:
        """Modules that the manifest depends on; Odoo adds ``base`` when there are none."""
        value = self.manifest.get("depends", [])
        if isinstance(value, set):  # a mistake that Odoo tolerates; the order is undefined
            value = sorted(name for name in value if isinstance(name, str))
        if not isinstance(value, (list, tuple)):
            return ("base",)
        return tuple(name for name in value if isinstance(name, str)) or ("base",)

    @property
    def installable(self) -> bool:
        """Whether Odoo offers the add-on for installation."""
        return not self.problem and bool(self.manifest.get("installable", True))

    @property
    def version(self) -> str:
        """The manifest's version, or an empty string."""
        return str(self.manifest.get("version", ""))


def discover(root: Path, settings: Settings) -> tuple[AddOn, ...]:
    """Find every add-on below ``root``, sorted by name.

    Raises:
        InputError: a configured folder is missing, empty or a file; no add-on was found; or two
            have one name.
    """
    folders: dict[Path, str] = {}
    for folder in _folders(root, settings):
        link = _link(root, folder)
        folders.setdefault(_real(root, folder) if link else folder, link)
    found = [replace(read_addon(root, folder), link=link) for folder, link in folders.items()]
    if not found:
        places = ", ".join(settings.project.addons) or "the repository"
        raise InputError(
            f"no add-ons found in {places}",
            "an add-on is a folder with a __manifest__.py; say where they are in pipeline.toml "
            '([project] addons = ["folder"]), or check --source',
        )
    for name, count in Counter(addon.name for addon in found).items():
        if count > 1:
            places = ", ".join(addon.path for addon in found if addon.name == name)
            raise InputError(
                f"the add-on {name} exists {count} times: {places}",
                "Odoo would load only one of them: rename or remove the others",
            )
    return tuple(sorted(found, key=lambda addon: addon.name))


def read_addon(root: Path, folder: Path) -> AddOn:
    """Read the add-on in ``folder``; a broken manifest becomes its ``problem``.

    Raises:
        InputError: the folder has no manifest.
    """
    manifest_file = next((folder / name for name in MANIFESTS if (folder / name).is_file()), None)
    if manifest_file is None:
        raise InputError(f"{folder} is not an add-on", "an add-on has a __manifest__.py")
    path = folder.relative_to(root).as_posix()
    name = folder.name if path != "." else root.resolve().name
    manifest_path = manifest_file.relative_to(root).as_posix()
    manifest, problem, line = _read(manifest_file)
    return AddOn(name, path, manifest_path, manifest, problem, line)


def series_of(addons: tuple[AddOn, ...], settings: Settings) -> str:
    """The Odoo series: the configured one, otherwise the most common one in the add-ons' versions.

    Raises:
        InputError: neither gives a series, or it or that of ``[odoo] image`` is not known.
    """
    in_image = series.in_image(settings.odoo.image or "")
    if in_image:
        series.known_series(in_image, f"[odoo] image = {settings.odoo.image!r}")
    if settings.project.series:
        return settings.project.series
    named = [(series.in_version(addon.version), addon) for addon in addons if addon.installable]
    counts = Counter(name for name, _ in named if name)
    if not counts:
        raise InputError(
            "the Odoo series is unknown: no add-on's version begins with one",
            'set it in pipeline.toml ([project] series = "19.0")',
        )
    [(found, _)] = counts.most_common(1)
    says = next(addon for name, addon in named if name == found)
    return series.known_series(found, f"version {says.version!r} in {says.manifest_path}").name


def _folders(root: Path, settings: Settings) -> list[Path]:
    if not root.is_dir():
        raise InputError(f"the source {root} is not a directory", "check --source")
    if not settings.project.addons:
        return _search(root, _SEARCH_DEPTH)
    folders: list[Path] = []
    for place in settings.project.addons:
        if not (root / place).is_dir():
            raise InputError(
                f"the add-ons folder {place} of pipeline.toml does not exist",
                "fix [project] addons, or check out the submodule",
            )
        below = _search(root / place, 1, named=True)
        if not below:  # Odoo only logs a warning, and then tests nothing
            raise InputError(
                f"no add-ons found in {place}, a folder that pipeline.toml names",
                "an add-on is a folder with a __manifest__.py directly below: fix [project] "
                "addons, or check out the submodule",
            )
        folders += below
    return folders


def _search(folder: Path, depth: int, named: bool = False) -> list[Path]:
    """The add-ons in a folder; ``named``: it is in the settings, so a dangling link counts as one.

    Like Odoo, it follows links to add-ons, but not to other folders.
    """
    if _is_addon(folder):
        return [folder]
    if depth == 0 or (folder / "pyvenv.cfg").is_file():
        return []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(
            f"the folder {folder} cannot be read: {error.strerror}", "correct its permissions"
        ) from error
    found: list[Path] = []
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.name in _NOT_SEARCHED:
            continue
        if not entry.is_symlink():
            found += _search(path, depth - 1) if entry.is_dir() else []
        elif _is_addon(path) or (named and not path.exists() and not path.suffix):
            found.append(path)
    return found


def _is_addon(folder: Path) -> bool:
    return any((folder / name).is_file() for name in MANIFESTS)


def _link(root: Path, folder: Path) -> str:
    """The first link on the way from the source to a folder; empty when there is none."""
    path = folder.relative_to(root)
    on_the_way = [path, *path.parents][::-1]
    return next((one.as_posix() for one in on_the_way[1:] if (root / one).is_symlink()), "")


def _real(root: Path, folder: Path) -> Path:
    """A folder with all links in its path resolved.

    Raises:
        InputError: a link is dangling, leads outside the source, or to a folder with another name.
    """
    real, top = Path(os.path.realpath(folder)), Path(os.path.realpath(root))
    shown = folder.relative_to(root).as_posix()
    if not real.is_dir() or not real.is_relative_to(top):
        raise InputError(
            f"{shown} is a link to {os.path.realpath(folder)}, which is no folder of the source",
            "check out the submodule that it leads into, fix the link, or remove it",
        )
    if real.name != folder.name and real != top:
        raise InputError(
            f"{shown} is a link to an add-on of another name, {real.name}",
            "Odoo would know it by the link's name, reports by the folder's: give both one name",
        )
    return root / real.relative_to(top)


def is_place(folder: str, settings: Settings) -> bool:
    """Whether add-ons are searched for in a folder with a manifest, relative to the source."""
    path = PurePosixPath(folder)
    if settings.project.addons:
        return path in map(PurePosixPath, settings.project.addons) or path.parent in map(
            PurePosixPath, settings.project.addons
        )
    return len(path.parts) <= _SEARCH_DEPTH and not any(
        part.startswith(".") or part in _NOT_SEARCHED for part in path.parts
    )


def _read(path: Path) -> tuple[dict[str, Any], str, int]:
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        return {}, f"the manifest cannot be read: {error}", 0
    return parse(text, str(path))


def parse(text: str, name: str = "__manifest__.py") -> tuple[dict[str, Any], str, int]:
    """The manifest, or why it is invalid and in which line. It is parsed, never executed."""
    try:
        tree = syntax(text, name)
    except SyntaxError as error:
        return {}, f"the manifest does not parse: {error.msg}", error.lineno or 0
    except (RecursionError, MemoryError):
        return {}, "the manifest does not parse: it is nested too deeply", 0
    except ValueError as error:
        return {}, f"the manifest cannot be read: {error}", 0
    try:
        value = ast.literal_eval(tree)
        repr(value)  # a number with thousands of digits could not be printed
    except (ValueError, TypeError, RecursionError, MemoryError):
        return {}, "the manifest is not a literal: it holds names, calls or operations", 1
    if not isinstance(value, dict):
        return {}, f"the manifest is a {type(value).__name__}, not a dict", 1
    return value, "", 0


def syntax(text: str, name: str = "__manifest__.py") -> ast.Expression:
    """The syntax tree of a manifest, read as Odoo reads it. Raises what `ast.parse` raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a string such as "\d": not our concern
        return ast.parse(text.lstrip(" \t"), name, mode="eval")
