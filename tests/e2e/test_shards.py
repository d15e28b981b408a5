"""`dagger call report --shard`, `test --shard` and `merge-reports` on a small repository."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def three(repository):
    """A chain of two add-ons and one next to it; each test covers what another leaves out."""
    for name, needs in (("visit", "base"), ("visit_report", "visit"), ("alone", "base")):
        repository.addon(name, depends=needs)
    with (repository.path / "alone/models.py").open("a", encoding="utf-8") as file:
        file.write("\n    def bye(self):\n        return self.greet()\n")
    repository.commit()
    return repository


def numbers(report) -> dict:
    """The coverage of each file, as the report has it."""
    totals = json.loads((report / "results/coverage-totals.json").read_text(encoding="utf-8"))
    return {file["path"]: file for file in totals["files"]}


@pytest.mark.faults
def test_shards_together_are_the_run_of_one_machine(call, three, tmp_path) -> None:
    source, shards = ("--source", three.path), tmp_path / "shards"
    call("report", *source, "export", "--path", tmp_path / "whole")
    for number in (1, 2):
        shard = f"--shard={number}/2"
        call("report", *source, shard, "export", "--path", shards / f"shard-{number}")

    call("merge-reports", *source, "--shards", shards, "export", "--path", tmp_path / "merged")

    whole, merged = tmp_path / "whole", tmp_path / "merged"
    steps = [
        {path.name for path in (report / "results").glob("*.json")}
        for report in (whole, merged, shards / "shard-1", shards / "shard-2")
    ]
    assert steps[0] == steps[1]
    tested = [{name for name in some if name.startswith("test-")} for some in steps[2:]]
    assert tested[0] and tested[1] and not tested[0] & tested[1]
    assert "lint.json" in steps[2] and "lint.json" not in steps[3]
    for report in (whole, merged):
        assert (report / "exit-code").read_text() == "0\n", (report / "actions.log").read_text()
    assert numbers(merged) == numbers(whole)
    assert numbers(merged)["alone/models.py"]["missing"]
    assert set(json.loads((merged / "test-times.json").read_text())["seconds"]) == {
        *("alone", "visit", "visit_report"),
    }


def test_a_shard_that_was_lost_fails_the_whole(call, three, tmp_path) -> None:
    source, shards = ("--source", three.path), tmp_path / "shards"
    call("report", *source, "--shard=2/2", "export", "--path", shards / "shard-2")

    call("merge-reports", *source, "--shards", shards, "export", "--path", tmp_path / "merged")

    summary = (tmp_path / "merged/actions.log").read_text(encoding="utf-8")
    assert "no report of shard 1/2" in summary
    assert (tmp_path / "merged/exit-code").read_text() == "1\n"


def test_a_shard_without_an_add_on_passes_and_says_so(call, three) -> None:
    answer = call("test", "--source", three.path, "--shard", "4/4")
    assert answer.rows == {"coverage": "SKIPPED"}
    assert "shard 4/4: no add-on left to test" in answer.out


@pytest.mark.parametrize("shard", ["0/3", "4/3", "x"])
def test_an_invalid_shard_is_one_clear_error(call, three, shard) -> None:
    answer = call("test", "--source", three.path, "--shard", shard, ok=False)
    assert answer.rows == {"plan": "ERROR"}
    assert f"'{shard}' is not a valid shard" in answer.out
    assert "use number/count" in answer.out
