"""An image's origin, and which environment ran it: in-toto statements, SLSA provenance."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.core.results import StepResult
from pipeline.core.settings import FILE_NAME
from pipeline.image.metadata import Metadata
from pipeline.image.registry.documents import Document

IN_TOTO = "application/vnd.in-toto+json"
_PROJECT = "https://github.com/resultrum/odoo-mta"


def provenance(
    image: str,
    digest: str,
    metadata: Metadata,
    settings_hash: str | None,
    results: Iterable[StepResult],
) -> Document:
    """The commit, the settings, and the steps that passed. It has no build time, so that the same
    commit gives the same document.

    Args:
        image: repository of the image.
        digest: the image.
        metadata: what it was built from.
        settings_hash: SHA-256 of pipeline.toml; None without one.
        results: the steps that ran on it.
    """
    settings = [{"name": FILE_NAME, "digest": {"sha256": settings_hash}}] if settings_hash else []
    source = {
        "name": "source",
        "digest": {"gitCommit": metadata.revision},
        "annotations": {"committed": metadata.created, "changed": list(metadata.changed)},
    }
    tests = [
        {
            "name": result.step,
            "annotations": {"status": result.status.value, "summary": result.summary},
        }
        for result in results
    ]
    predicate = {
        "buildDefinition": {
            "buildType": f"{_PROJECT}/build/v1",
            "externalParameters": {"version": metadata.version},
            "resolvedDependencies": [source, *settings],
        },
        "runDetails": {
            "builder": {"id": _PROJECT, "version": {"odoo-mta-pipeline": __version__}},
            "byproducts": tests,
        },
    }
    return _statement(image, digest, "https://slsa.dev/provenance/v1", predicate)


def ran(image: str, digest: str, environment: str, when: datetime.datetime) -> Document:
    """A statement that an environment ran an image and was healthy."""
    predicate = {
        "environment": environment,
        "time": when.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "result": "healthy",
    }
    return _statement(image, digest, f"{_PROJECT}/ran/v1", predicate)


def file_hash(path: Path) -> str | None:
    """SHA-256 of a file; None when it is not there."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _statement(image: str, digest: str, kind: str, predicate: dict[str, Any]) -> Document:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": image, "digest": {"sha256": digest.removeprefix("sha256:")}}],
        "predicateType": kind,
        "predicate": predicate,
    }
    return Document(IN_TOTO, json.dumps(statement, indent=2, sort_keys=True).encode() + b"\n")
