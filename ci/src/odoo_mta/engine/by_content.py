"""Directories that the engine knows by their content, and by nothing else."""

import dagger
from dagger import dag

from .containers import TOOLS_IMAGE

_FILES, _PACKED, _TAR, _UNPACKED = "/files", "/packed", "files.tar", "/unpacked"
#: Two packings of the same files are the same bytes. ZIP archives know no time before 1980, and
#: what steps build may be one: all files are of 2000-01-01.
_PACK = ["tar", "--create", f"--file={_PACKED}/{_TAR}", f"--directory={_FILES}", "--format=gnu"]
_PACK += ["--sort=name", "--mtime=@946684800", "--owner=0", "--group=0", "--numeric-owner"]
_PACK += ["--hard-dereference", "."]
_UNPACK = ["tar", "--extract", f"--file=/{_TAR}", f"--directory={_UNPACKED}"]
_UNPACK += ["--preserve-permissions", "--same-owner"]


def by_content(directory: dagger.Directory) -> dagger.Directory:
    """The same files, known to the engine by their content.

    What `filter` gives is known by the directory that it was taken from: a step that mounts it
    would run again whatever changed there. A file is known by its content: so the directory
    becomes one file, and a directory again. Nothing of it is on the disk of a function, which is
    gone when the function has ended: what a cached function returned still has all its files.

    Modes, links, empty directories and names stay as they are; times and owners do not.
    """
    container = dag.container().from_(TOOLS_IMAGE)
    packing = container.with_mounted_directory(_FILES, directory)
    packing = packing.with_mounted_directory(_PACKED, dag.directory()).with_exec(_PACK)
    unpacking = container.with_mounted_file(f"/{_TAR}", packing.directory(_PACKED).file(_TAR))
    unpacking = unpacking.with_mounted_directory(_UNPACKED, dag.directory()).with_exec(_UNPACK)
    return unpacking.directory(_UNPACKED)
