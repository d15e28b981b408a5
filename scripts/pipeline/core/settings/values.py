"""Whether the values of the settings are possible."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from pipeline.core.environments import problems
from pipeline.core.errors import InputError, SettingsError
from pipeline.core.references import Repository, parse_image
from pipeline.core.settings.sections import FILE_NAME, SERIES, Settings
from pipeline.core.versions import is_version


def check_values(settings: Settings) -> None:
    """Raise SettingsError for the first value that is not possible, with what is."""

    def reject(key: str, value: object, allowed: str) -> None:
        raise SettingsError(f"{FILE_NAME}: {key} = {value!r} is not possible", f"give {allowed}")

    project, odoo = settings.project, settings.odoo
    if project.series is not None and project.series not in SERIES:
        reject("[project] series", project.series, f"one of: {', '.join(SERIES)}")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", project.name):
        reject("[project] name", project.name, "lower-case letters, digits, `.`, `_` and `-`")
    for module in project.external_addons:
        if not re.fullmatch(r"\w+", module):
            reject("[project] external_addons", module, "technical names of modules")
    if not 12 <= odoo.postgres <= 30:
        reject("[odoo] postgres", odoo.postgres, "a major version from 12 on")
    if not 0 <= settings.coverage.minimum <= 100:
        reject("[coverage] minimum", settings.coverage.minimum, "a percentage from 0 to 100")
    for section, limit in (("odoo", odoo.time_limit), ("python", settings.python.time_limit)):
        if limit < 1:
            reject(f"[{section}] time_limit", limit, "a number of seconds from 1 on")
    if not 1 <= settings.python.workers <= 64:
        reject("[python] workers", settings.python.workers, "a number from 1 to 64")
    for key, names in {
        "[odoo] preinstall": odoo.preinstall,
        "[odoo] apt": odoo.apt,
        "[python] apt": settings.python.apt,
    }.items():
        for name in names:
            if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+:=~-]*", name):
                reject(key, name, "names of modules and packages")
    for pattern in odoo.allowed_log:
        try:
            re.compile(pattern)
        except re.error as error:
            reject("[odoo] allowed_log", pattern, f"valid regular expressions ({error})")
    image = settings.image
    try:
        Repository(image.registry, "any" if image.repository is None else image.repository)
    except InputError as error:
        raise SettingsError(f"{FILE_NAME}: [image] {error.message}", error.fix) from error
    if odoo.image is not None:
        try:
            parse_image(odoo.image)
        except InputError as error:
            raise SettingsError(f"{FILE_NAME}: [odoo] image: {error.message}", error.fix) from error
    if image.version is not None and not is_version(image.version):
        reject("[image] version", image.version, "two to five numbers, such as 1.2.3")
    if image.keep < 1:
        reject("[image] keep", image.keep, "a number of tags from 1 on")
    for key, value, allowed in problems(settings.environments):
        reject(key, value, allowed)
    for key, paths in {
        "[project] addons": project.addons,
        "[project] shared": project.shared,
        "[odoo] requirements": odoo.requirements,
        "[python] paths": settings.python.paths,
        "[python] packages": settings.python.packages,
        "[python] requirements": settings.python.requirements,
        "[coverage] baseline": (settings.coverage.baseline,),
        "[secrets] baseline": (settings.secrets.baseline,),
        "[mutants] folder": (settings.mutants.folder,),
        "[anonymization] file": (settings.anonymization.file or ".",),
    }.items():
        for path in paths:
            pure = PurePosixPath(path)
            if not path.strip() or pure.is_absolute() or ".." in pure.parts:
                reject(key, path, "a path inside the repository, relative to its root")
