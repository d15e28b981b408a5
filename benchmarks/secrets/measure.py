"""Recall and precision of our scan and of plain detect-secrets on the labelled set.

Usage: python benchmarks/secrets/measure.py [--half development|heldout|both] [--errors]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import forms_development
import forms_heldout
from corpus import Sample, make, write
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings
from rich.console import Console
from rich.table import Table

from pipeline.check.secrets.scanner import Scanner

SEED = 20190
ROUNDS = 2
HALVES = {"development": forms_development.FORMS, "heldout": forms_heldout.FORMS}

Found = set[tuple[str, int]]  # path and line


@dataclass(frozen=True)
class Score:
    """Counts of one scan of one half. ``alarms``: lines that were reported."""

    secrets: int
    found: int
    negatives: int
    false: int

    @property
    def recall(self) -> float:
        return self.found / self.secrets

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.false) if self.found + self.false else 0.0


def score(samples: Iterable[Sample], reported: Found) -> tuple[Score, list[str]]:
    """Compare reported lines with the labels. Also returns each error as one line of text."""
    secrets = found = negatives = 0
    errors, true_lines = [], set()
    for sample in samples:
        negatives += len(sample.negatives)
        for label in sample.secrets:
            secrets += 1
            lines = {(sample.path, number) for number in range(label.first, label.last + 1)}
            true_lines |= lines
            if lines & reported:
                found += 1
            else:
                errors.append(
                    f"MISSED {label.kind}: {sample.path}: {sample.lines[label.first - 1]}"
                )
    texts = {sample.path: sample.lines for sample in samples}
    false = sorted(reported - true_lines)
    errors += [f"FALSE {path}: {texts[path][number - 1][:150]}" for path, number in false]
    return Score(secrets, found, negatives, len(false)), errors


def ours(directory: Path, samples: Iterable[Sample]) -> Found:
    scanner = Scanner()
    return {
        (sample.path, hit.line)
        for sample in samples
        for hit in scanner.scan((directory / sample.path).read_bytes(), sample.path)
    }


def plain_detect_secrets(directory: Path, samples: Iterable[Sample]) -> Found:
    found = SecretsCollection(root=str(directory))
    with default_settings():
        for sample in samples:
            found.scan_file(sample.path)
    return {(path, secret.line_number) for path, secret in found}


SCANS: dict[str, Callable[[Path, Iterable[Sample]], Found]] = {
    "pipeline check secrets": ours,
    "detect-secrets, default": plain_detect_secrets,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=[*HALVES, "both"], default="both")
    parser.add_argument("--errors", action="store_true", help="list what our scan got wrong")
    options = parser.parse_args()
    table = Table("half", "scan", "secrets", "found", "recall", "negatives", "false", "precision")
    for half, forms in HALVES.items():
        if options.half not in (half, "both"):
            continue
        samples = make(forms, SEED, ROUNDS)
        with tempfile.TemporaryDirectory() as directory:
            write(samples, Path(directory))
            for name, scan in SCANS.items():
                result, errors = score(samples, scan(Path(directory), samples))
                counts = (result.secrets, result.found, result.negatives, result.false)
                cells = [str(count) for count in counts]
                cells.insert(2, f"{result.recall:.1%}")
                table.add_row(half, name, *cells, f"{result.precision:.1%}")
                if options.errors and scan is ours:
                    print("\n".join(errors), file=sys.stderr)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
