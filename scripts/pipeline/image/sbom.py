"""The bill of materials of an image: Debian's packages (debsbom), pip's, and the add-ons."""

from __future__ import annotations

import importlib.metadata
import json
import sys
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from pipeline.core.addons.discovery import read_addon
from pipeline.core.addons.search import MANIFESTS
from pipeline.core.errors import InputError
from pipeline.core.process import run
from pipeline.image.metadata import Metadata

CYCLONEDX = "application/vnd.cyclonedx+json"
#: Where pip installs, apart from Debian's own packages.
_PIP = ("usr/local/lib/python3*/dist-packages", "usr/local/lib/python3*/site-packages")
_SECONDS = 300.0


def write_sbom(root: Path, addons: Iterable[str], name: str, metadata: Metadata) -> bytes:
    """The bill of materials of a root file system, as CycloneDX JSON; the same for the same image.

    Args:
        root: the file system of the image.
        addons: folders of add-ons in it; one that is not there has none.
        name: name of the image.
        metadata: its tags and labels.

    Raises:
        InputError: the file system has no Debian packages.
    """
    if not (root / "var/lib/dpkg/status").is_file():
        raise InputError(
            f"{root} has no Debian packages (no var/lib/dpkg/status)",
            "use the root file system of an image based on Debian or Ubuntu",
        )
    bom = _debian(root, name, metadata)
    folders = [root / folder.lstrip("/") for folder in addons]
    found = (component for folder in folders for component in _addons(folder))
    for component in (*_pip(root), *found):
        bom.components.add(component)
        bom.register_dependency(component)
    return (JsonV1Dot6(bom).output_as_string(indent=1) + "\n").encode()


def _debian(root: Path, name: str, metadata: Metadata) -> Bom:
    """Packages installed by dpkg, from debsbom. Number and date come from the commit."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"{name}@{metadata.revision}")
    with TemporaryDirectory() as folder:
        output = Path(folder) / "sbom"
        run(
            [sys.executable, "-m", "debsbom.cli", "generate", "--sbom-type=cdx"]
            + [f"--root={root}", f"--out={output}", f"--distro-name={name}"]
            + [f"--distro-version={metadata.version}", f"--timestamp={metadata.created}"]
            + [f"--cdx-serialnumber={number}"],
            timeout=_SECONDS,
        )
        bom = Bom.from_json(  # type: ignore[attr-defined]  # a decorator makes it
            json.loads(output.with_suffix(".cdx.json").read_bytes())
        )
    assert isinstance(bom, Bom)
    return bom


def _pip(root: Path) -> Iterator[Component]:
    """Packages installed by pip in addition to Debian's."""
    folders = sorted(str(path) for pattern in _PIP for path in root.glob(pattern))
    for package in importlib.metadata.distributions(path=folders):
        purl = PackageURL("pypi", None, package.name.lower().replace("_", "-"), package.version)
        yield Component(
            name=package.name, version=package.version, purl=purl, bom_ref=purl.to_string()
        )


def _addons(folder: Path) -> Iterator[Component]:
    """The add-ons, with the versions of their manifests."""
    for name in MANIFESTS:
        for manifest in sorted(folder.glob(f"*/{name}")):
            addon = read_addon(folder, manifest.parent)
            yield Component(
                type=ComponentType.APPLICATION,
                name=addon.name,
                version=addon.version or None,
                bom_ref=f"odoo-addon:{addon.name}",
            )
