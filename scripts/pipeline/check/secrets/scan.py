"""The whole scan: tree and history, compared with the baseline."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.check.clean import CleanCache, cache_key
from pipeline.check.secrets import baseline, history, tree
from pipeline.check.secrets.occurrences import Occurrence, finding, message_path, shown
from pipeline.check.secrets.rules.hits import Certainty
from pipeline.check.secrets.scanner import LARGEST, Scanner, rules_version
from pipeline.core import git
from pipeline.core.addons.search import is_in
from pipeline.core.errors import InputError
from pipeline.core.results import Finding, by_risk
from pipeline.core.wording import counted, some_of


@dataclass(frozen=True)
class Seen:
    """Everything that a scan saw.

    Attributes:
        tree: secrets in the working tree.
        past: secrets that only the history holds.
        notes: what was scanned and what was left out, for the summary.
    """

    tree: tuple[Occurrence, ...]
    past: tuple[Occurrence, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The findings that count and the doubtful ones, riskiest first, and a summary in one line."""

    findings: tuple[Finding, ...]
    summary: str
    doubtful: tuple[Finding, ...] = ()


def look(
    root: Path,
    baseline_path: str,
    cache: Path | None = None,
    others: Collection[str] = (),
    doubtful: bool = False,
) -> Seen:
    """Scan tree and history.

    Args:
        root: where the source is.
        baseline_path: the baseline, which is not scanned itself.
        cache: directory that keeps which contents are clean.
        others: folders with add-ons of others, which are not scanned.
        doubtful: whether the tree's doubtful secrets are wanted too; nobody removes those of the
            history.

    Raises:
        InputError: ``root`` is not a directory.
    """
    if not root.is_dir():
        raise InputError(f"{root} is not a directory", "set --source to an existing directory")
    own = frozenset({baseline_path, baseline.history_path(baseline_path)})
    checkout = shutil.which("git") is not None and git.is_checkout(root)
    scanned = tree.scan_tree(root, checkout, own, others, doubtful)
    now = tuple(
        sorted(Occurrence.of(hit, path) for path, hits in scanned.hits.items() for hit in hits)
    )
    notes = [counted(scanned.files, "file"), *_tree_notes(scanned)]
    if not checkout:
        reason = "git cannot read .git" if (root / ".git").exists() else "no git checkout"
        return Seen(now, (), (*notes, f"{reason}, so no history"))
    past, past_notes = _history(root, own, CleanCache(cache, rules_version()), others)
    known = {item.key for item in now}
    return Seen(now, tuple(item for item in past if item.key not in known), (*notes, *past_notes))


def judge(seen: Seen, root: Path, baseline_path: str) -> Verdict:
    """Remove the reviewed false alarms. Raises InputError for a malformed baseline."""
    findings: list[Finding] = []
    doubtful: list[Finding] = []
    notes = list(seen.notes)
    false_alarms = 0
    for path, items in (
        (baseline_path, seen.tree),
        (baseline.history_path(baseline_path), seen.past),
    ):
        reviewed = baseline.load(root, path)
        for item in items:
            if reviewed.is_false_alarm(item):
                false_alarms += 1
            else:
                sure = item.certainty is Certainty.SURE
                (findings if sure else doubtful).append(finding(item, reviewed.review(item), path))
        stale = len(reviewed.stale(items))
        if stale:
            notes.append(f"{counted(stale, 'stale entry', 'stale entries')} in {path}")
    if false_alarms:
        notes.append(counted(false_alarms, "reviewed false alarm"))
    if doubtful:
        notes.insert(0, counted(len(doubtful), "doubtful one"))
    notes.insert(0, counted(len(findings), "secret") if findings else "no secrets")
    return Verdict(by_risk(findings), ", ".join(notes), by_risk(doubtful))


def update(seen: Seen, root: Path, baseline_path: str) -> tuple[int, int]:
    """Write both baselines for what was seen; labels are kept, stale entries removed.

    Returns:
        the number of entries, and the number of those that nobody has labelled.
    """
    entries = unlabelled = 0
    past_path = baseline.history_path(baseline_path)
    for path, items in ((baseline_path, seen.tree), (past_path, seen.past)):
        old = baseline.load(root, path)
        if path == past_path and not items and not (root / path).exists():
            continue
        baseline.save(root, path, items, old)
        keys = {item.key for item in items}
        entries += len(keys)
        unlabelled += sum(old.labels.get(cache_key) is None for cache_key in keys)
    return entries, unlabelled


def _history(
    root: Path, own: frozenset[str], cache: CleanCache, others: Collection[str]
) -> tuple[list[Occurrence], list[str]]:
    blobs = [
        blob
        for blob in history.blobs(root)
        if blob.path not in own and not is_in(blob.path, others)
    ]
    absent = history.absent_objects(root) if history.is_partial(root) else frozenset()
    present = history.without(blobs, absent)
    todo = [blob for blob in present if cache_key(blob.identity, blob.path) not in cache]
    scanned = history.scan_blobs(root, todo)
    found = [
        Occurrence.of(hit, blob.path, blob.commit, blob.date)
        for blob in todo
        for hit in scanned.hits.get(blob.identity, ())
    ]
    commits, clean = 0, []
    scanner = Scanner()
    for identity, date, text in history.messages(root):
        commits += 1
        path = message_path(identity)
        if cache_key(identity, path) in cache:
            continue
        hits = scanner.scan(text, path)
        found += [Occurrence.of(hit, path, identity, date) for hit in hits]
        if not hits:
            clean.append(cache_key(identity, path))
    dirty = scanned.missing | scanned.hits.keys()
    clean += [cache_key(blob.identity, blob.path) for blob in todo if blob.identity not in dirty]
    cache.add(clean)
    missing = len(blobs) - len(present) + len(scanned.missing)
    return list(_first(found)), _history_notes(root, len(blobs), commits, scanned, missing)


def _first(found: Iterable[Occurrence]) -> Iterable[Occurrence]:
    """Each secret of a file once: its first occurrence."""
    seen = set()
    for item in found:
        if item.key not in seen:
            seen.add(item.key)
            yield item


def _tree_notes(scanned: tree.ScannedTree) -> Iterable[str]:
    if scanned.binary:
        yield f"{scanned.binary} binary skipped"
    yield from _skipped("over the size limit", scanned.too_big)
    if scanned.links:
        yield f"{counted(len(scanned.links), 'link')} not followed"
    yield from _skipped("nested repositories, not scanned", scanned.nested)
    yield from _skipped("unreadable", scanned.unreadable)


def _history_notes(
    root: Path, blobs: int, commits: int, scanned: history.ScannedBlobs, missing: int
) -> list[str]:
    notes = [f"history: {counted(commits, 'message')} and {counted(blobs, 'blob')}"]
    if scanned.binary:
        notes.append(f"{scanned.binary} binary skipped")
    notes += _skipped("over the size limit", sorted(set(scanned.too_big)))
    if missing:
        notes.append(f"{counted(missing, 'blob')} missing in this clone, not scanned")
    if git.is_shallow(root):
        notes.append("shallow clone: the history is incomplete")
    return notes


def _skipped(what: str, paths: Sequence[str]) -> Iterable[str]:
    if paths:
        names = some_of([shown(path) for path in paths], 3, " ")
        size = f" ({LARGEST >> 20} MiB)" if "size" in what else ""
        yield f"{len(paths)} {what}{size}: {names}"
