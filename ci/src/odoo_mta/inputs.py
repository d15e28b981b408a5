"""What the functions take: the arguments that several share, documented once."""

import uuid
from typing import Annotated

import dagger
from dagger import DefaultPath, Doc, Ignore, dag

#: Never part of a source: what tools leave behind, and what people install beside their code.
LEFTOVERS = [
    "**/__pycache__",
    "**/node_modules",
    "**/.venv",
    "**/venv",
    "**/*.egg-info",
    "**/.mypy_cache",
    "**/.pytest_cache",
    "**/.hypothesis",
    "**/.coverage",
    "htmlcov",
    "report",
    "ci/sdk",
]

Source = Annotated[
    dagger.Directory,
    DefaultPath("/"),
    Ignore(LEFTOVERS),
    Doc("Root of the add-ons repository; without it, the repository of this module."),
]

ChangedSince = Annotated[
    str,
    Doc(
        "Test only the add-ons that changed since this git reference, and those that depend on "
        "them; such as origin/main. Empty: all."
    ),
]

Baseline = Annotated[
    dagger.File | None,
    Doc("Coverage to hold; without it, the committed baseline of the merge base."),
]

Shard = Annotated[
    str,
    Doc(
        "Run only one part of the tests, such as 2/4; the first also does all that tests no "
        "add-on. `merge-reports` brings the reports of all parts together. Empty: everything."
    ),
]

Times = Annotated[
    dagger.File | None,
    Doc(
        "test-times.json of an earlier report, to split by; without it, the source's own, else "
        "the number of tests decides."
    ),
]


async def by_content(directory: dagger.Directory) -> dagger.Directory:
    """The same files, known to the engine by their content.

    What `filter` gives is known by the directory that it was taken from: a step that mounts it
    would run again whatever changed there. A directory that is read from disk is known by its
    content, so this one goes to the module's own disk and back.
    """
    path = uuid.uuid4().hex
    await directory.export(path)
    return dag.current_module().workdir(path)
