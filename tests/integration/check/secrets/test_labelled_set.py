"""The scan against the labelled set, with other values than benchmarks/secrets measures."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).parents[4] / "benchmarks" / "secrets"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARK))
    return importlib.import_module("measure")


@pytest.mark.parametrize(("half", "recall"), [("development", 0.95), ("heldout", 0.85)])
def test_recall_and_precision_do_not_fall(
    benchmark: ModuleType, tmp_path: Path, half: str, recall: float
) -> None:
    samples = benchmark.make(benchmark.HALVES[half], seed=4711, rounds=1)
    benchmark.write(samples, tmp_path)
    result, errors = benchmark.score(samples, benchmark.ours(tmp_path, samples))
    assert result.recall >= recall, errors
    assert result.precision >= 0.97, errors


def test_the_set_is_as_big_as_its_readme_says(benchmark: ModuleType) -> None:
    samples = [s for forms in benchmark.HALVES.values() for s in benchmark.make(forms, 1, 2)]
    assert sum(len(sample.secrets) for sample in samples) >= 150
    assert len({label.kind for sample in samples for label in sample.secrets}) >= 40
    assert sum(len(sample.negatives) for sample in samples) >= 300


def test_the_same_seed_gives_the_same_files(benchmark: ModuleType) -> None:
    forms = benchmark.HALVES["development"]
    assert benchmark.make(forms, 3, 1) == benchmark.make(forms, 3, 1)
    assert benchmark.make(forms, 3, 1) != benchmark.make(forms, 4, 1)
