"""Which tags of PROD stay."""

from __future__ import annotations

import pytest

from pipeline.image.retention import choose

TAGS = {f"prod-v0.{minor}.0": f"digest {minor}" for minor in (1, 2, 9, 10, 11, 12, 13)}


def outcomes(keep, running=(), newest="prod-v0.13.0", tags=TAGS):
    return {one.tag: one.outcome for one in choose(tags, keep, frozenset(running), newest)}


def removed(*arguments, **named):
    return [tag for tag, outcome in outcomes(*arguments, **named).items() if outcome == "removed"]


def test_the_newest_stay_by_version_and_not_by_name() -> None:
    assert removed(5) == ["prod-v0.2.0", "prod-v0.1.0"]
    assert removed(7) == removed(100) == []


def test_what_runs_stays_however_old() -> None:
    assert removed(2, ["digest 1", "digest 12"]) == [
        *("prod-v0.11.0", "prod-v0.10.0", "prod-v0.9.0", "prod-v0.2.0")
    ]


def test_all_tags_of_a_running_image_stay() -> None:
    tags = {**TAGS, "prod-v0.0.1": "digest 2"}
    assert outcomes(1, ["digest 2"], tags=tags)["prod-v0.0.1"] == "kept"
    assert outcomes(1, ["digest 2"], tags=tags)["prod-v0.2.0"] == "kept"


def test_an_older_version_that_was_just_promoted_stays() -> None:
    assert "prod-v0.1.0" not in removed(1, newest="prod-v0.1.0")


@pytest.mark.parametrize("keep", range(1, 9))
def test_every_tag_is_accounted_for(keep) -> None:
    shown = outcomes(keep, ["digest 9"])
    assert set(shown) == set(TAGS)
    assert list(shown.values()).count("kept") >= min(keep, len(TAGS))
