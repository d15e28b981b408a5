"""What `docker save` writes and `docker load` reads: both layouts, as they are specified.

github.com/moby/docker-image-spec, v1.2: a folder a layer with VERSION, json and layer.tar, the
image's configuration, manifest.json and repositories; a layer that occurs twice is a link to the
first. Docker 25 and later: the OCI image layout, which has manifest.json as well.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import IO, Any

#: The third layer is the first one again.
_CONTENTS = ("base", "add-ons", "base")


def _layer(content: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        data = content.encode() * 500
        entry = tarfile.TarInfo(content)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def write(out: IO[bytes], image: str, reference: str, old: bool) -> None:
    """Write an image; its id is in its configuration."""
    layers = [_layer(content) for content in _CONTENTS]
    layers[1] = _layer(image.replace(":", "-"))
    rootfs = {"type": "layers", "diff_ids": [f"sha256:{_digest(one)}" for one in layers]}
    config = _json({"architecture": "amd64", "os": "linux", "rootfs": rootfs, "stand-in": image})
    with tarfile.open(fileobj=out, mode="w|") as archive:
        (_write_old if old else _write_oci)(archive, layers, config, reference)


def _file(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o644
    archive.addfile(entry, io.BytesIO(data))


def _folder(archive: tarfile.TarFile, name: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
    archive.addfile(entry)


def _write_old(
    archive: tarfile.TarFile, layers: list[bytes], config: bytes, reference: str
) -> None:
    """Layers first, then what names them."""
    names: list[str] = []
    first: dict[str, str] = {}
    for number, layer in enumerate(layers):
        name = _digest(f"{number} {_digest(layer)}".encode())
        _folder(archive, name)
        _file(archive, f"{name}/VERSION", b"1.0")
        parent = {"parent": names[-1].split("/")[0]} if names else {}
        _file(archive, f"{name}/json", _json({"id": name, **parent, "os": "linux"}))
        if (same := first.get(_digest(layer))) is not None:
            link = tarfile.TarInfo(f"{name}/layer.tar")
            link.type, link.linkname = tarfile.SYMTYPE, f"../{same}/layer.tar"
            archive.addfile(link)
        else:
            first[_digest(layer)] = name
            _file(archive, f"{name}/layer.tar", layer)
        names.append(f"{name}/layer.tar")
    _file(archive, f"{_digest(config)}.json", config)
    manifest = {"Config": f"{_digest(config)}.json", "RepoTags": [reference], "Layers": names}
    _file(archive, "manifest.json", _json([manifest]))
    _file(archive, "repositories", _json({reference: {"latest": names[-1].split("/")[0]}}))


def _write_oci(
    archive: tarfile.TarFile, layers: list[bytes], config: bytes, reference: str
) -> None:
    _folder(archive, "blobs")
    _folder(archive, "blobs/sha256")
    blobs = {_digest(data): data for data in (*layers, config)}
    described = [{"digest": f"sha256:{_digest(one)}", "size": len(one)} for one in layers]
    manifest = _json(
        {
            "schemaVersion": 2,
            "config": {"digest": f"sha256:{_digest(config)}", "size": len(config)},
            "layers": described,
        }
    )
    blobs[_digest(manifest)] = manifest
    for digest, data in blobs.items():
        _file(archive, f"blobs/sha256/{digest}", data)
    _file(archive, "index.json", _json({"manifests": [{"digest": f"sha256:{_digest(manifest)}"}]}))
    places = [f"blobs/sha256/{_digest(one)}" for one in layers]
    docker = {"Config": f"blobs/sha256/{_digest(config)}", "RepoTags": [], "Layers": places}
    _file(archive, "manifest.json", _json([{**docker, "RepoTags": [reference]}]))
    _file(archive, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))


def read(source: IO[bytes]) -> str:
    """Read an image as `docker load` does; gives its id. Raises when anything does not fit."""
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    with tarfile.open(fileobj=source, mode="r|") as archive:
        for entry in archive:
            if entry.issym():
                links[entry.name] = entry.linkname
            elif entry.isfile():
                files[entry.name] = archive.extractfile(entry).read()  # type: ignore[union-attr]
    for name, target in links.items():
        assert target.startswith("../"), target
        files[name] = files[target.removeprefix("../")]
    [manifest] = json.loads(files["manifest.json"])
    config = json.loads(files[manifest["Config"]])
    found = [f"sha256:{_digest(files[name])}" for name in manifest["Layers"]]
    assert found == config["rootfs"]["diff_ids"], "a layer is not what the configuration says"
    for name, data in files.items():
        if name.startswith("blobs/"):
            assert name == f"blobs/sha256/{_digest(data)}", name
    return str(config["stand-in"])
