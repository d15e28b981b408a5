"""Find the add-ons of a repository and read their manifests."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.core.addons.search import (
    DEPTH,
    MANIFESTS,
    first_link,
    folders_of_others,
    is_in,
    real_folder,
    search,
)
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings
from pipeline.core.versions import series


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
    """Find every add-on of the repository's own below ``root``, sorted by name.

    Raises:
        InputError: a configured folder is missing, empty or a file; no add-on was found; or two
            have one name.
    """
    folders: dict[Path, str] = {}
    others = folders_of_others(root, settings)
    for folder in _folders(root, settings, others):
        link = first_link(root, folder)
        folders.setdefault(real_folder(root, folder) if link else folder, link)
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


def _folders(root: Path, settings: Settings, others: Collection[str]) -> list[Path]:
    if not root.is_dir():
        raise InputError(f"the source {root} is not a directory", "check --source")
    if not settings.project.addons:
        return _without(root, search(root, DEPTH), others)
    folders: list[Path] = []
    for place in settings.project.addons:
        if not (root / place).is_dir():
            raise InputError(
                f"the add-ons folder {place} of pipeline.toml does not exist",
                "fix [project] addons, or check out the submodule",
            )
        below = _without(root, search(root / place, 1, named=True), others)
        if not below:  # Odoo only logs a warning, and then tests nothing
            raise InputError(
                f"no add-ons found in {place}, a folder that pipeline.toml names",
                "an add-on is a folder with a __manifest__.py directly below: fix [project] "
                "addons, or check out the submodule",
            )
        folders += below
    return folders


def _without(root: Path, folders: Iterable[Path], others: Collection[str]) -> list[Path]:
    """The folders that are in none of those of others, not even through a link."""
    return [path for path in folders if not is_in(path.relative_to(root).as_posix(), others)]


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
