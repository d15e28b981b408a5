"""Install what a module depends on, and make its metadata known.

The module itself is not installed: it is imported from where it is mounted, so
that a change in it does not come here. Its entry points and version are written
down as those of an installed distribution.
"""

import pathlib
import re
import subprocess
import sys
import sysconfig
import tomllib


def requirements(directory: pathlib.Path, project: dict) -> list[str]:
    """The arguments for uv that name what to install; none when there is nothing."""
    if (lock := directory / "requirements.lock").exists():
        return ["-r", str(lock)]
    if (directory / "uv.lock").exists():
        exported = directory / "exported.txt"
        command = ["uv", "export", "--frozen", "--no-dev", "--no-emit-project", "--no-emit-local"]
        subprocess.run(
            [*command, "--quiet", "--directory", str(directory), "-o", str(exported)], check=True
        )
        return ["-r", str(exported)]
    return list(project.get("dependencies", []))


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
    project = tomllib.loads((directory / "pyproject.toml").read_text()).get("project", {})
    if arguments := requirements(directory, project):
        subprocess.run(["uv", "pip", "install", "--system", *arguments], check=True)
    write_metadata(project)


if __name__ == "__main__":
    main()
