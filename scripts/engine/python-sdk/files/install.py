"""Install what a module depends on, and make its metadata known.

The module itself is not installed: it is imported from where it is mounted, so
that a change in it does not come here. Its entry points and version are written
down as those of an installed distribution.
"""

import pathlib
import posixpath
import re
import subprocess
import sys
import sysconfig
import tomllib


def requirements(directory: pathlib.Path, project: dict, sdk: str) -> list[str]:
    """The arguments for uv that name what to install; none when there is nothing.

    ``sdk`` is where the official `dagger develop` puts the SDK, and the lock has it as a path then.
    """
    if (lock := directory / "requirements.lock").exists():
        return ["-r", str(from_index(lock, sdk))]
    if (directory / "uv.lock").exists():
        exported = directory / "exported.txt"
        command = ["uv", "export", "--frozen", "--no-dev", "--no-emit-project"]
        subprocess.run(
            [*command, "--quiet", "--directory", str(directory), "-o", str(exported)], check=True
        )
        return ["-r", str(from_index(exported, sdk))]
    return list(project.get("dependencies", []))


def from_index(lock: pathlib.Path, sdk: str) -> pathlib.Path:
    """A lock with neither the SDK, which is installed, nor the module, which is not."""
    lines = []
    for number, line in enumerate(lock.read_text().splitlines(), 1):
        path = local_path(line)
        if path is None:
            lines.append(line)
        elif path != "." and not f"/{path}".endswith(f"/{sdk}"):
            sys.exit(
                f"{lock.name}:{number}: {line.strip()}: a package in a directory cannot be "
                "installed here: put its code into the module's own package, or publish it"
            )
    made = lock.with_name("from-index.txt")
    made.write_text("\n".join(lines) + "\n")
    return made


def local_path(line: str) -> str | None:
    """The path that a line of a lock names, such as `-e ./sdk`; None when it names no path."""
    line = re.split(r"(?:^|\s)#|;|\s--hash|\s\\$", line)[0].strip()
    editable = re.match(r"(?:-e|--editable)(?:\s+|=)(.+)", line)
    target = editable[1] if editable else re.sub(r"^[\w.-]+(?:\[[\w.,-]*\])?\s*@\s*", "", line)
    path = target.removeprefix("file:").removeprefix("//")
    if "://" in path or not (editable or path != target or re.match(r"\.{0,2}/|\.$", path)):
        return None
    return posixpath.normpath(path)


def write_metadata(project: dict) -> None:
    """Write a dist-info directory for the module."""
    name = project.get("name", "main")
    version = project.get("version", "0")
    normalized = re.sub(r"[-_.]+", "_", name).lower()
    site = pathlib.Path(sysconfig.get_path("purelib"))
    directory = site / f"{normalized}-{version}.dist-info"
    directory.mkdir(parents=True, exist_ok=True)
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Requires-Dist: {line}" for line in project.get("dependencies", [])]
    (directory / "METADATA").write_text("\n".join(metadata) + "\n")
    (directory / "INSTALLER").write_text("dagger\n")
    groups = dict(project.get("entry-points", {}))
    if scripts := project.get("scripts"):
        groups["console_scripts"] = scripts
    lines = []
    for group, entries in groups.items():
        lines.append(f"[{group}]")
        lines += [f"{key} = {value}" for key, value in entries.items()]
    (directory / "entry_points.txt").write_text("\n".join(lines) + "\n")


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    settings = tomllib.loads((directory / "pyproject.toml").read_text())
    project = settings.get("project", {})
    source = settings.get("tool", {}).get("uv", {}).get("sources", {}).get("dagger-io", {})
    sdk = posixpath.normpath(source.get("path", "sdk"))
    if arguments := requirements(directory, project, sdk):
        subprocess.run(["uv", "pip", "install", "--system", *arguments], check=True)
    write_metadata(project)


if __name__ == "__main__":
    main()
