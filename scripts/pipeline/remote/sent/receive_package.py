"""On a VM: take the pipeline's package, and let the command `pipeline` be the newest one.

Runs as ``python3 -c <this> NAME`` with the package on standard input, or nothing to only look, on
the standard library alone. Prints JSON: Python's version, the package's path, whether it is there.
"""

from __future__ import annotations

import glob
import hashlib
import importlib.util
import json
import marshal
import os
import sys
import time
import zipfile

KEPT, DAY = 5, 86400
home = os.path.expanduser("~/.local/share/odoo-pipeline")
link = os.path.join(home, "pipeline.pyz")
path = os.path.join(home, sys.argv[1] + ".pyz")


def order(package: str) -> tuple[list[object], int]:
    """What the package says of its version and of when it was made; 0: it does not know."""
    try:
        with zipfile.ZipFile(package) as archive:
            said = json.loads(archive.comment)
        return said["version"], said["built"]
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return [], 0


def is_older(one: str, other: str) -> bool:
    """Whether a package is older than another one. Of the same version and age, neither is."""
    (version, built), (other_version, other_built) = order(one), order(other)
    if version != other_version:
        return version < other_version
    return bool(built and other_built) and built < other_built


def in_use() -> set[str]:
    """Everything that a running process was called with."""
    words: set[str] = set()
    for file in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(file, "rb") as stream:
                words.update(os.fsdecode(word) for word in stream.read().split(b"\0"))
        except OSError:
            pass  # it ended, or is another user's
    return words


def point(target: str) -> None:
    """Let the command be this package, whoever else does the same now."""
    partial = link + "." + str(os.getpid())
    if os.path.lexists(partial):
        os.unlink(partial)
    os.symlink(os.path.basename(target), partial)
    os.replace(partial, link)


def tidy() -> None:
    """Remove old packages that nothing runs, and what was never received wholly."""
    packages = [p for p in glob.glob(os.path.join(home, "*.pyz")) if not os.path.islink(p)]
    kept = in_use() | {path, os.path.realpath(link)}
    old = sorted(packages, key=os.path.getmtime)[:-KEPT]
    parts = glob.glob(os.path.join(home, "*.pyz.*"))
    old += [p for p in parts if os.lstat(p).st_mtime < time.time() - DAY]
    for package in old:
        if package not in kept:
            os.unlink(package)


def compile_all(package: str) -> None:
    """Add what this Python makes of each file, as it would otherwise do again at every start.

    Another Python, after an update of the VM, sees by the number in front that it is not its own,
    and reads the source.
    """
    unchecked = (1).to_bytes(4, "little")  # PEP 552: the source next to it cannot change
    with zipfile.ZipFile(package, "a", zipfile.ZIP_DEFLATED) as archive:
        for name in archive.namelist():
            if not name.endswith(".py"):
                continue
            source = archive.read(name)
            try:
                code = compile(source, os.path.join(path, name), "exec", dont_inherit=True)
            except SyntaxError:
                continue  # for another Python than this one
            header = importlib.util.MAGIC_NUMBER + unchecked + importlib.util.source_hash(source)
            archive.writestr(name + "c", header + marshal.dumps(code))


def receive(data: bytes) -> None:
    """Put the package there, whole or not at all."""
    os.makedirs(home, exist_ok=True)
    if hashlib.sha256(data).hexdigest()[:32] != sys.argv[1]:
        sys.exit("it arrived damaged")
    partial = path + "." + str(os.getpid())
    with open(partial, "wb") as file:
        file.write(data)
    compile_all(partial)
    with open(partial, "rb") as file:
        os.fsync(file.fileno())
    os.replace(partial, path)
    try:
        tidy()
    except FileNotFoundError:
        pass  # another client tidied up at the same moment


sent = sys.stdin.buffer.read()
if sent:
    receive(sent)
there = os.path.exists(path)
if there:
    os.utime(path)
    if not os.path.exists(link) or (sent and not is_older(path, link)) or is_older(link, path):
        point(path)
print(json.dumps({"python": list(sys.version_info[:3]), "path": path, "there": there}))
