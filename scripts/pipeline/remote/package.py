"""The pipeline as a single file that a VM's Python runs, with the packages it needs there."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePath

from pipeline import __version__
from pipeline.core import git, versions
from pipeline.core.errors import InputError, PipelineError

#: They run on every Python from 3.10 on. A VM does not need the project's other packages.
VENDORED = ("click", "dacite", "packaging", "rich", "tomli")
#: For Docker's API. Of charset-normalizer only the Python files, which do the same as its compiled
#: ones, only slower; nothing that Docker answers has to be guessed.
VENDORED_FOR_DOCKER = ("charset-normalizer", "docker", "idna", "requests", "urllib3")
#: Replaces certifi, through the hook that requests has for it. certifi would unpack its file into a
#: temporary folder at every start: on a full disk nothing could be rolled back any more. Docker's
#: socket needs no certificates.
_REPLACED = {"requests/certs.py": b"""import ssl


def where() -> str:
    return ssl.get_default_verify_paths().openssl_cafile
"""}
_MAIN = b"""import sys
if sys.version_info < (3, 10):
    sys.exit("error: Python 3.10 or newer is needed, this is " + sys.version.split()[0])
from pipeline.cli.main import main
main()
"""
#: The same file for the same sources: its name is its hash. The zip comment says which of two is
#: newer, for the VM to compare.
_DATE = (1980, 1, 1, 0, 0, 0)


def build() -> bytes:
    """The file's content, the same for the same sources.

    Raises:
        InputError: a package to be included is not installed here.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in sorted(_files()):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
        archive.comment = json.dumps(
            {"version": versions.sorting_key(__version__), "built": _built()}
        ).encode()
    return stream.getvalue()


def digest(content: bytes) -> str:
    """The hash in the file's name."""
    return hashlib.sha256(content).hexdigest()[:32]


def _built() -> int:
    """When the pipeline's newest commit was made, in seconds since the epoch; 0: unknown."""
    folder = Path(__file__).parents[1]
    try:
        said = git.git(folder, "log", "-1", "--format=%ct", "--", ".", ok=(0, 128)).stdout
    except PipelineError:  # no git here
        return 0
    return int(said.strip() or 0)


def _files() -> Iterator[tuple[str, bytes]]:
    yield "__main__.py", _MAIN
    root = Path(__file__).parents[1]
    for path in root.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            yield f"pipeline/{path.relative_to(root).as_posix()}", path.read_bytes()
    for name in (*VENDORED, *VENDORED_FOR_DOCKER):
        yield from _distribution(name)


def _distribution(name: str) -> Iterator[tuple[str, bytes]]:
    try:
        files = importlib.metadata.files(name)
    except importlib.metadata.PackageNotFoundError as error:
        raise InputError(
            f"the Python package {name} is not installed here, and the VM needs it",
            "recreate the environment: `make venv`",
        ) from error
    for file in files or ():
        if ".." not in file.parts and (file.suffix in (".py", ".json") or _is_licence(file)):
            content = _REPLACED.get(file.as_posix())
            yield file.as_posix(), content or Path(str(file.locate())).read_bytes()


def _is_licence(file: PurePath) -> bool:
    """Whether a file is a package's licence, which has to be included."""
    terms = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS")
    return ".dist-info" in file.parts[0] and file.name.upper().startswith(terms)
