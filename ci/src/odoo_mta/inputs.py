"""What the functions take: the arguments that several share, documented once."""

from typing import Annotated

import dagger
from dagger import DefaultPath, Doc, Ignore

Source = Annotated[
    dagger.Directory,
    DefaultPath("/"),
    # What tools leave behind, and what people install beside their code. A list as it stands:
    # the SDK of Dagger 0.21.0 reads no other.
    Ignore(
        [
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
    ),
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
