"""Files that must never be committed: git has to ignore them, and track none of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from pipeline.core.errors import SettingsError
from pipeline.core.git import git, require_checkout, tracked_files
from pipeline.core.results import Finding


@dataclass(frozen=True)
class Unwanted:
    """One kind of thing that must never be committed.

    Attributes:
        code: name of the rule.
        what: what it is, in the plural.
        patterns: the lines for .gitignore; a tracked file that they match is a finding.
        probes: paths that must be ignored, at the root and in any folder.
        secret: whether committing one discloses a secret.
    """

    code: str
    what: str
    patterns: tuple[str, ...]
    probes: tuple[str, ...]
    secret: bool = False


KINDS = (
    Unwanted(
        "environment",
        "environment files with passwords",
        (".env", ".env.*", "!.env.example", "!.env.sample", "!.env.template", "!.env.dist"),
        (".env", ".env.local", ".env.prod"),
        secret=True,
    ),
    Unwanted(
        "database-dump",
        "database dumps",
        ("*.dump", "*.dump.gz", "*.sql.gz", "*.backup"),
        ("mta.dump", "mta.dump.gz", "mta.sql.gz", "mta.backup"),
        secret=True,
    ),
    Unwanted("filestore", "filestores", ("filestore/",), ("filestore/mta/00/00ab",), secret=True),
    Unwanted(
        "private-key",
        "private keys and certificates",
        ("*.pem", "*.key", "*.p12", "*.pfx", "id_rsa", "id_ed25519"),
        ("server.pem", "server.key", "server.p12", "server.pfx", "id_rsa", "id_ed25519"),
        secret=True,
    ),
    Unwanted(
        "credentials",
        "credentials of tools",
        (".pgpass", ".netrc", ".git-credentials"),
        (".pgpass", ".netrc", ".git-credentials"),
        secret=True,
    ),
    Unwanted(
        "bytecode",
        "compiled Python",
        ("__pycache__/", "*.pyc"),
        ("__pycache__/m.cpython-312.pyc", "__pycache__/m", "m.pyc"),
    ),
    Unwanted(
        "coverage",
        "coverage output",
        (".coverage", ".coverage.*", "htmlcov/", "coverage.xml"),
        (".coverage", ".coverage.host.1", "htmlcov/index.html", "coverage.xml"),
    ),
    Unwanted(
        "editor",
        "files of editors and desktops",
        (".idea/", ".vscode/", "*.swp", ".DS_Store"),
        (".idea/workspace.xml", ".vscode/settings.json", ".m.py.swp", ".DS_Store"),
    ),
    Unwanted(
        "virtualenv",
        "virtual environments",
        (".venv/", "venv/"),
        (".venv/pyvenv.cfg", "venv/pyvenv.cfg"),
    ),
)
#: A folder name that no repository has: probes in it show which rules apply in every folder.
_ANY_FOLDER = "any-folder-b7e1"


@dataclass(frozen=True)
class Rule:
    """The rule that decides on a path: its location and its pattern; both empty if none does."""

    path: str = ""
    line: int = 0
    pattern: str = ""

    @property
    def ignores(self) -> bool:
        """Whether every clone ignores the path: by a .gitignore, not by a user's own settings."""
        return self._shared and not self.pattern.startswith("!")

    @property
    def exposes(self) -> bool:
        """Whether the rule negates another one."""
        return self._shared and self.pattern.startswith("!")

    @property
    def _shared(self) -> bool:
        return PurePosixPath(self.path).name == ".gitignore"


def check_gitignore(root: Path, allowed: Sequence[str]) -> tuple[Finding, ...]:
    """Check which files git ignores and tracks below ``root``.

    Args:
        root: a folder in a git checkout.
        allowed: patterns of tracked files that are allowed.

    Raises:
        InputError: not a git checkout.
        SettingsError: a pattern in ``allowed`` is invalid.
    """
    require_checkout(root, "without one, ignored and tracked files are unknown")
    probes = [probe for kind in KINDS for probe in _probes(kind)]
    rules = deciding_rules(root, probes)
    findings = [*missing(rules), *tracked(tracked_files(root), allowed)]
    return tuple(sorted(findings))


def deciding_rules(root: Path, paths: Sequence[str]) -> dict[str, Rule]:
    """Ask git which rule decides on each path, whether or not it exists or is tracked."""
    asked = git(
        root,
        *("check-ignore", "--no-index", "--verbose", "--non-matching", "-z", "--stdin"),
        stdin="\0".join(paths),
        ok=(0, 1),
    )
    fields = asked.stdout.split("\0")
    return {
        path: Rule(file, int(line or 0), pattern)
        for file, line, pattern, path in zip(*[iter(fields)] * 4)
    }


def missing(rules: dict[str, Rule]) -> Iterator[Finding]:
    """Yield the kinds with a probe that is not ignored."""
    for kind in KINDS:
        bare = [probe for probe in _probes(kind) if not rules.get(probe, Rule()).ignores]
        if not bare:
            continue
        lines = [pattern for pattern in kind.patterns if _covers_any(pattern, bare)]
        exposing = [rules[probe] for probe in bare if rules.get(probe, Rule()).exposes]
        if exposing:
            rule = exposing[0]
            yield Finding(
                rule.path,
                rule.line,
                f"ignore-{kind.code}",
                f"`{rule.pattern}` undoes an earlier rule: git no longer ignores {kind.what}",
                f"remove that line, or add after it: {' '.join(lines)}",
            )
            continue
        example = bare[0].replace(f"{_ANY_FOLDER}/", "any-folder/")
        yield Finding(
            ".gitignore",
            0,
            f"ignore-{kind.code}",
            f"git does not ignore {kind.what}, such as {example}",
            f"add to .gitignore, one per line: {' '.join(lines)}",
        )


def tracked(files: Iterable[str], allowed: Sequence[str]) -> Iterator[Finding]:
    """Yield the tracked files that should not be tracked, except the allowed ones."""
    try:
        exceptions = GitIgnoreSpec.from_lines(allowed)
    except ValueError as error:
        raise SettingsError(
            f"pipeline.toml: [gitignore] allowed = {list(allowed)!r} is not a valid pattern: "
            f"{error}",
            "use .gitignore patterns, such as addon/tests/data/*.pem",
        ) from error
    specs = [(kind, GitIgnoreSpec.from_lines(kind.patterns)) for kind in KINDS]
    for file in files:
        for kind, spec in specs:
            if spec.match_file(file) and not exceptions.match_file(file):
                secret = "; replace any secret in it" if kind.secret else ""
                yield Finding(
                    file,
                    0,
                    f"tracked-{kind.code}",
                    f"git tracks this file, but {kind.what} must never be committed",
                    f"run `git rm --cached -- {shlex.quote(file)}` and commit{secret}. If it is "
                    "meant to be tracked, list it in pipeline.toml ([gitignore] allowed)",
                )


def _probes(kind: Unwanted) -> Iterator[str]:
    for probe in kind.probes:
        yield probe
        yield f"{_ANY_FOLDER}/sub/{probe}"


def _covers_any(pattern: str, probes: Sequence[str]) -> bool:
    if pattern.startswith("!"):
        return True  # belongs to the others of its kind
    return any(GitIgnoreSpec.from_lines([pattern]).match_files(probes))
