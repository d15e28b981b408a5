"""What a version is, and the one order of versions that everything uses."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import versions
from pipeline.core.errors import InputError
from pipeline.core.versions import check_version, is_version, older, release, sorting_key
from pipeline.environment.machine import minimum


@pytest.mark.parametrize("text", ["1.2", "v1.2.3", "19.0.1.0.0", "0.1.0-rc.1", "1.0-2", "1.0-a-b"])
def test_versions(text) -> None:
    assert check_version(text) == text.removeprefix("v")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "v",
            "1",
            "1.",
            ".1",
            "1.2.3.4.5.6",
            "vv1.2",
            "1.2-dirty",
            "1.2-rc.1-dirty",
            "latest",
        ),
        *("1.2+3", "1.2 ", "1.2\n", "1.2/3", "1.2-", "1.2-RC", "1.2-.", "1.2-" + "a" * 70, "١.٢"),
    ],
)
def test_what_is_no_version(text) -> None:
    with pytest.raises(InputError, match="is not a version"):
        check_version(text)


def test_versions_sort_by_their_numbers() -> None:
    ordered = [
        "commit",
        "0.9",
        "1.0-2",
        "1.0-10",
        "1.0-uat.3",
        "1.0-dev.1",
        "1.0-alpha",
        "1.0-beta.2",
    ]
    ordered += ["1.0-rc.1.dev.2", "1.0-rc.2", "1.0-rc10", "1.0", "1.0.1", "1.2", "1.10", "10.0"]
    shuffled = random.Random(7).sample(ordered, len(ordered))
    assert sorted(shuffled, key=sorting_key) == ordered


@pytest.mark.parametrize(
    ("one", "other", "comes_before"),
    [
        ("1.9.0", "1.10.0", True),
        ("1.10.0", "1.9.0", False),
        ("2.0.0-rc.1", "2.0.0", True),
        ("2.0.0", "2.0.0-rc.1", False),
        ("v1", "2", True),
        # A deployment once took these for equal, and a release the next two for different.
        ("2.0-rc.1", "2.0-rc.2", True),
        ("2.0-rc.2", "2.0-rc.1", False),
        ("1.0", "1.0.0", False),
        ("1.0.0", "1.0", False),
        ("2.0-rc.1", "2.0.0-rc.1", False),
        ("18.0.1.2", "saas~18.2.1.0", True),
        ("19.0.1.0.0", "19.0.1.0", False),
        ("1.0+local", "1.0", False),
        # It is unknown.
        ("1.0.0", "", False),
        ("blue", "1.0.0", False),
        ("12ab34cd", "13.0", False),
    ],
)
def test_which_version_is_older(one, other, comes_before) -> None:
    assert older(one, other) is comes_before


_VERSIONS = st.from_regex(versions.PATTERN, fullmatch=True).filter(is_version)


@given(_VERSIONS, _VERSIONS, _VERSIONS)
def test_any_three_versions_have_one_order_also_as_json(one, two, three) -> None:
    ordered = sorted((one, two, three), key=sorting_key)
    keys = [json.loads(json.dumps(sorting_key(text))) for text in ordered]
    assert keys == sorted(keys)
    assert not older(ordered[2], ordered[0])


def test_versions_that_programs_print() -> None:
    assert release("Docker version 26.1.5+dfsg1, build a72d7cd") == (26, 1, 5)
    assert release("Docker Compose version v2.26.1-4") == (2, 26, 1)
    assert release("v2.20.0") == (2, 20) >= minimum.COMPOSE
    assert release("2.3.4") < minimum.COMPOSE
    assert release("no number") == () < minimum.COMPOSE
