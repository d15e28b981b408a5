"""The new files, made from those of this project: the deployed and tested files are the templates.

Little changes but names: a project named ``odoo-care`` gets the service ``odoo-care-web`` where
this one has ``odoo-mta-web``. A template without the text to be replaced is an error.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.core.settings import schema
from pipeline.core.versions.series import known_series
from pipeline.project.by_series import WRITTEN_FOR, fitted
from pipeline.project.edits import THIS, changed, foreign
from pipeline.project.layout import FIRST_FOLDER, Layout

#: Files that are copied with changed names, if this project has them.
_RENAMED = (
    ".env.example",
    "docker-compose.yml",
    "docker-compose.prod.yml",
    "proxy/nginx.conf",
    "proxy/maintenance.html",
    "proxy/state/.gitignore",
    ".gitignore",
)
#: Folder of the image that has the add-ons of others.
DEPENDENCIES = "/mnt/dependencies"
_WORKFLOWS = ".github/workflows"
_REQUIREMENTS = (
    "# Python packages that the add-ons import, pinned with hashes\n"
    "# (`uv pip compile --generate-hashes`).\n"
)
_OTHERS = "# Add-ons of others: [project] dependencies of pipeline.toml."
_GATHER = f"""COPY <<'EOF' /gather.py
import os, shutil
for folder, folders, files in os.walk("/others"):
    if "__manifest__.py" in files:
        folders.clear()
        name = os.path.basename(folder)
        shutil.copytree(folder, "/parts{DEPENDENCIES}/" + name)
        shutil.rmtree("/parts/mnt/extra-addons/" + name, ignore_errors=True)
EOF
RUN python3 /gather.py"""
_REVIEWED = "# pragma: allowlist nextline secret"
_FLAKE8 = """[flake8]
max-line-length = 88
extend-ignore = E203, E701
per-file-ignores = __init__.py:F401
"""
_ISORT = "[settings]\nprofile = black\n"
_ROOT_IGNORED = """# What the image is built from: the Dockerfile picks add-ons by their manifests.
.git
.github
.env*
**/__pycache__
**/*.pyc
report
htmlcov
"""


def files(templates: Path, layout: Layout, module: str, repository: str = "") -> dict[str, str]:
    """Every file that a project needs, with its text.

    Args:
        templates: this project's own tree.
        layout: the repository that gets them.
        module: address of the Dagger module that its workflows call.
        repository: repository of its images, such as ``acme/odoo-care``; empty: not known yet.

    Raises:
        InputError: the templates are not those of this version, or the series is not known.
    """
    series = known_series(layout.series, "of the project")

    def read(name: str) -> str:
        return fitted(name, _read(templates, name), series)

    if not (templates / "Dockerfile").is_file():
        raise InputError(
            f"there are no templates in {templates}",
            f"set --templates to a clone of {THIS}; or use `dagger call init-project`",
        )
    made = {
        "pipeline.toml": _settings(layout, repository, schema.address(module)),
        "requirements.txt": _REQUIREMENTS,
        "Dockerfile": _dockerfile(read("Dockerfile"), layout),
        "config/odoo.conf": _odoo_conf(read("config/odoo.conf"), layout),
        ".dockerignore": _dockerignore(read(".dockerignore"), layout),
        "docker-compose.override.yml": _override(read("docker-compose.override.yml"), layout),
    }
    made |= {name: renamed(read(name), layout) for name in _RENAMED}
    for path in sorted((templates / _WORKFLOWS).glob("*.yml")):
        text = renamed(path.read_text(encoding="utf-8"), layout)
        made[f"{_WORKFLOWS}/{path.name}"] = workflow(text, module)
    if not layout.existing & {".flake8", "setup.cfg", "tox.ini"}:
        made[".flake8"] = _FLAKE8
    if not layout.existing & {".isort.cfg", "pyproject.toml", "setup.cfg", "tox.ini"}:
        made[".isort.cfg"] = _ISORT
    return made


def renamed(text: str, layout: Layout) -> str:
    """A text with another project's names."""
    text = text.replace(THIS, layout.name)
    text = re.sub(r"\bmta-(dev|uat|prod|test)\b", rf"{layout.short}-\1", text)
    return text.replace(WRITTEN_FOR.image, f"odoo:{layout.series}")


def workflow(text: str, module: str) -> str:
    """A workflow whose calls name the module, and the repository as their first word's source."""
    return re.sub(
        r"(\bdagger(?: --[\w=-]+)* call) ([a-z][a-z0-9-]*)", rf"\1 -m {module} \2 --source .", text
    )


def _settings(layout: Layout, repository: str, schema_address: str) -> str:
    lines = [f"#:schema {schema_address}"] if schema_address else []
    lines += [
        "# Settings of the pipeline; every key has a default.",
        "",
        "[project]",
        f'name = "{layout.name}"',
        f'series = "{layout.series}"',
    ]
    if not layout.at_root:
        lines.append(f"addons = {json.dumps(list(layout.folders))}")
    known = "" if repository else "# "
    lines += ["", "[image]", f'{known}repository = "{repository or "account/" + layout.name}"']
    lines.append('version = "0.1.0"')
    return "\n".join(lines) + "\n"


def _dockerfile(text: str, layout: Layout) -> str:
    copy = re.search(rf"^COPY {FIRST_FOLDER} (\S+)$", text, re.MULTILINE)
    if copy is None:
        raise foreign("Dockerfile", f"COPY {FIRST_FOLDER} …")
    place = copy[1]
    if layout.at_root:
        copied = (
            "COPY . /source\n"
            f"RUN mkdir -p {place} && for file in /source/*/__manifest__.py; do \\\n"
            f'      cp -a "$(dirname "$file")" {place}/; \\\n'
            "    done"
        )
    else:
        copied = f"COPY {json.dumps([*layout.folders, place + '/'])}"
    if layout.dependencies:
        copied += _others(layout)
    text = text.replace(copy[0], copied)
    if not layout.hashed:
        text = changed("Dockerfile", text, "--require-hashes ", "")
    return renamed(text, layout)


def _others(layout: Layout) -> str:
    """Lines that put the add-ons of others into a folder of their own."""
    lines = [f"COPY {json.dumps([one, f'/others/{one}/'])}" for one in layout.dependencies]
    return "\n" + "\n".join([_OTHERS, *lines, _GATHER])


def _dockerignore(text: str, layout: Layout) -> str:
    if layout.at_root:
        return _ROOT_IGNORED
    lines = "\n".join(f"!{folder}" for folder in (*layout.folders, *layout.dependencies))
    return changed(".dockerignore", text, f"!{FIRST_FOLDER}", lines)


def _odoo_conf(text: str, layout: Layout) -> str:
    """The hash of a random password in it is marked, because there is no reviewed baseline yet."""
    if layout.dependencies:
        own = "addons_path = /mnt/extra-addons"
        text = changed("config/odoo.conf", text, own, f"{own},{DEPENDENCIES}")
    line = "\nadmin_passwd = "
    return renamed(changed("config/odoo.conf", text, line, f"\n{_REVIEWED}{line}"), layout)


def _override(text: str, layout: Layout) -> str:
    """Local development: the add-ons of the work tree, each mounted where Odoo looks for it."""
    name = "docker-compose.override.yml"
    mount = f"./{FIRST_FOLDER}:/mnt/extra-addons:ro"
    if len(layout.folders) == 1:
        mounts = ["./" + layout.folders[0].removeprefix(".") + ":/mnt/extra-addons:ro"]
    else:
        pairs = zip(layout.addons, layout.modules, strict=True)
        mounts = [f"./{path}:/mnt/extra-addons/{module}:ro" for path, module in pairs]
    text = changed(name, text, f"- {mount}", "\n      - ".join(["", *mounts]).strip())
    own = re.search(r"\$\{ODOO_ADDONS:-([\w,]+)\}", text)
    if own is None:
        raise foreign(name, "ODOO_ADDONS")
    text = text.replace(own[1], ",".join(layout.modules) or "base")
    text = re.sub(r"--update \w+", f"--update {(*layout.modules, 'my_addon')[0]}", text)
    return renamed(text, layout)


def _read(templates: Path, name: str) -> str:
    try:
        return (templates / name).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the template {name} cannot be read: {error.strerror}",
            f"give --templates, a clone of {THIS}",
        ) from error
