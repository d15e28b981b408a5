"""The matrix of faults comes from the product: what is added there is in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bed_starts import STARTS
from bed_verdict import NAMED
from matrix import (
    DO,
    FAULTS,
    HALT,
    SCENARIOS,
    UNDO,
    cells,
    places,
    steps_of,
)
from matrix_levels import FULL, LEVELS, PAIRS, PLACES, SAMPLE
from pipeline.core.settings.environments import NAMES, PROD, UAT
from pipeline.environment.operations.start import KINDS
from pipeline.environment.runs.context import Step

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def test_every_kind_of_run_has_a_scenario_and_a_way_to_start_it() -> None:
    without = sorted(set(KINDS) - {scenario.kind for scenario in SCENARIOS})
    assert without == [], f"no scenario in tests/bed/matrix.py for: {', '.join(without)}"
    assert {scenario.kind for scenario in SCENARIOS} <= set(KINDS)
    assert set(STARTS) == set(BY_NAME), "tests/bed/bed_starts.py: STARTS"


def test_every_step_of_every_kind_is_struck_and_every_way_back() -> None:
    """Also one whose turn comes only in some runs: then a scenario is missing."""
    for kind in KINDS.values():
        there = [
            place
            for scenario in SCENARIOS
            if scenario.kind == kind.name
            for place in places(scenario)
        ]
        done = {place.step for place in there if place.way == DO}
        undone = {place.step for place in there if place.way == UNDO}
        assert done == {step.name for step in kind.steps}, kind.name
        assert undone == {step.name for step in kind.steps if step.undo is not None}, kind.name


def test_a_step_that_is_added_to_a_kind_joins() -> None:
    kind = KINDS["backup"]
    added = Step("added", lambda run: None, lambda run: None)
    kinds = {**KINDS, "backup": replace(kind, steps=(added, *kind.steps))}
    assert len(cells(FULL, kinds)) > len(cells(FULL))
    names = {str(cell) for cell in cells(FULL, kinds)}
    assert "backup-do-added-kill-prod" in names
    assert "backup-undo-added-power-uat" in names
    assert "backup-resumed-undo-added-term-prod" in names


def test_a_step_joins_only_where_its_turn_comes() -> None:
    assert "migrate" in steps_of(BY_NAME["update"], PROD, KINDS["deploy"])
    assert "migrate" not in steps_of(BY_NAME["side-by-side"], PROD, KINDS["deploy"])


def test_the_full_matrix_is_the_product_of_places_faults_and_environments() -> None:
    full = cells(FULL)
    names = [str(cell) for cell in full]
    assert len(set(names)) == len(names)
    per_fault = Counter(cell.fault for cell in full)
    assert set(per_fault) == set(FAULTS) and len(set(per_fault.values())) == 1
    for scenario in SCENARIOS:
        there = {cell.place.environment for cell in full if cell.place.scenario == scenario}
        assert there == set(scenario.environments)
        assert set(scenario.environments) <= set(NAMES)


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_is_a_part_of_the_next(level: str) -> None:
    wider = {SAMPLE: PLACES, PLACES: PAIRS, PAIRS: FULL, FULL: FULL}[level]
    assert set(cells(level)) <= set(cells(wider))


def test_the_levels_have_what_they_promise() -> None:
    every = {place.what for scenario in SCENARIOS for place in places(scenario)}
    pairs = Counter((cell.place.what, cell.fault) for cell in cells(PAIRS))
    assert set(pairs) == {(what, fault) for what in every for fault in FAULTS}
    assert set(pairs.values()) == {1}
    once = cells(PLACES)
    assert Counter(cell.place.what for cell in once) == Counter(dict.fromkeys(every, 1))
    assert {cell.fault for cell in once} == set(FAULTS)
    both = Counter((cell.fault, cell.place.environment) for cell in once)
    assert set(both) == {(fault, name) for fault in FAULTS for name in NAMES}


def test_where_a_person_decides_prod_halts_and_uat_goes_back() -> None:
    ways = {
        name: {
            (place.way, place.step)
            for place in places(BY_NAME["update"])
            if place.environment == name and place.trip and not place.resumed
        }
        for name in NAMES
    }
    assert (UNDO, "migrate") in ways[UAT] and HALT not in {way for way, _ in ways[UAT]}
    assert (UNDO, "migrate") not in ways[PROD] and HALT in {way for way, _ in ways[PROD]}
    assert (UNDO, "stop") in ways[PROD]  # nothing of the database was touched yet


def test_the_command_that_an_error_names_is_found_as_it_is_printed() -> None:
    said = (
        "what to do: return to the previous version, on the VM, in /opt/odoo-mta-prod: pipeline"
        " environment rollback --environment prod --manifest"
        " /backups/odoo-mta/prod/manifest_1.json\nor: `pipeline environment resume --environment"
        " prod`."
    )
    assert NAMED.findall(said) == [
        (
            "pipeline environment rollback --environment prod --manifest"
            " /backups/odoo-mta/prod/manifest_1.json"
        ),
        "pipeline environment resume --environment prod",
    ]


def test_the_page_of_faults_has_every_fault_scenario_and_level() -> None:
    page = (Path(__file__).parents[4] / "docs" / "faults.md").read_text(encoding="utf-8")
    for name, what in FAULTS.items():
        assert f"| {name} | {what} |" in page
    for scenario in SCENARIOS:
        assert f"| {scenario.name} | `{scenario.kind}`" in page
    for level in LEVELS:
        assert f"\n| {level} | " in page
