"""Directories that the engine identifies by their content alone."""

import dagger
from dagger import dag

from .containers import TOOLS_IMAGE

_FILES, _PACKED, _TAR, _UNPACKED = "/files", "/packed", "files.tar", "/unpacked"
#: Packing the same files twice gives the same bytes. ZIP archives, which steps may build, have no
#: dates before 1980: all files are dated 2000-01-01.
_PACK = ["tar", "--create", f"--file={_PACKED}/{_TAR}", f"--directory={_FILES}", "--format=gnu"]
_PACK += ["--sort=name", "--mtime=@946684800", "--owner=0", "--group=0", "--numeric-owner"]
_PACK += ["--hard-dereference", "."]
_UNPACK = ["tar", "--extract", f"--file=/{_TAR}", f"--directory={_UNPACKED}"]
_UNPACK += ["--preserve-permissions", "--same-owner"]


def by_content(directory: dagger.Directory) -> dagger.Directory:
    """The same files, identified by their content.

    The engine identifies the result of `filter` by its original directory: a step that mounts it
    would run again after any change there. It identifies a file by its content, so the directory is
    packed into one file and unpacked again.

    Nothing of it is on a function's own disk, which disappears when the function ends, so the
    result of a cached function still has all its files. Modes, links, empty directories and names
    are kept; times and owners are not.
    """
    container = dag.container().from_(TOOLS_IMAGE)
    packing = container.with_mounted_directory(_FILES, directory)
    packing = packing.with_mounted_directory(_PACKED, dag.directory()).with_exec(_PACK)
    unpacking = container.with_mounted_file(f"/{_TAR}", packing.directory(_PACKED).file(_TAR))
    unpacking = unpacking.with_mounted_directory(_UNPACKED, dag.directory()).with_exec(_UNPACK)
    return unpacking.directory(_UNPACKED)
