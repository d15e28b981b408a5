"""Directories that the engine identifies by their content alone."""

import dagger
from dagger import dag

from .containers import TOOLS_IMAGE

_FILES, _PACKED, _UNPACKED = "/files", "/packed", "/unpacked"
#: Packing the same files twice gives the same bytes. ZIP archives, which steps may build, have no
#: dates before 1980: all files are dated 2000-01-01.
_TAR = f"tar --create --directory={_FILES} --format=gnu --sort=name --mtime=@946684800"
_TAR += " --owner=0 --group=0 --numeric-owner --hard-dereference"
#: Each argument becomes a file of its own, named by its number, and empty if there is none.
_PACK = f"""
number=0
for path; do
    what="./$path"
    [ -e "{_FILES}/$path" ] || what=--files-from=/dev/null
    {_TAR} --file="{_PACKED}/$number.tar" "$what"
    number=$((number + 1))
done
"""
_UNPACK = f"""
for archive; do
    tar --extract --file="$archive" --directory={_UNPACKED} --preserve-permissions --same-owner
done
"""


def by_content(directory: dagger.Directory) -> dagger.Directory:
    """The same files, identified by their content.

    The engine identifies the result of `filter` by its original directory: a step that mounts it
    would run again after any change there. It identifies a file by its content, so the directory is
    packed into one file and unpacked again.

    Nothing of it is on a function's own disk, which disappears when the function ends, so the
    result of a cached function still has all its files. Modes, links, empty directories and names
    are kept; times and owners are not.
    """
    return Packed(directory, ["."]).part(".")


class Packed:
    """Parts of a directory, each identified by its content.

    All are packed by one command, so that those that did not change cost next to nothing.
    """

    def __init__(self, directory: dagger.Directory, paths: list[str]) -> None:
        self._numbers = {path: number for number, path in enumerate(paths)}
        packing = dag.container().from_(TOOLS_IMAGE).with_mounted_directory(_FILES, directory)
        packing = packing.with_mounted_directory(_PACKED, dag.directory())
        self._packed = packing.with_exec(["sh", "-ec", _PACK, "pack", *paths]).directory(_PACKED)

    def part(self, *paths: str) -> dagger.Directory:
        """A directory with these of the paths, as `by_content` has it."""
        container = dag.container().from_(TOOLS_IMAGE)
        archives: list[str] = []
        for path in paths:
            name = f"{self._numbers[path]}.tar"
            archives.append(f"/{len(archives)}.tar")
            container = container.with_mounted_file(archives[-1], self._packed.file(name))
        container = container.with_mounted_directory(_UNPACKED, dag.directory())
        unpacking = container.with_exec(["sh", "-ec", _UNPACK, "unpack", *archives])
        return unpacking.directory(_UNPACKED)
