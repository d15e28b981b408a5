"""Queries to git, one command each.

Nothing here writes to a repository. git gives everybody the same answer: no setting of a user, a
machine or a clone affects what is read. Whatever a setting could change is set here, or never
queried.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import InputError, ToolError
from pipeline.core.process import INTERNET, Completed, Program, run, stream, tail

#: Settings in a clone's own `.git/config` that would change an answer or run a program. Those of
#: users and machines are disabled altogether (:data:`VARIABLES`).
_SETTINGS = {
    "safe.directory": "*",  # a mounted directory may belong to another user; reading it is safe
    "core.quotePath": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.attributesFile": "/dev/null",
    "color.ui": "false",
    "column.ui": "never",
    "log.showSignature": "false",
    "log.showRoot": "true",
    "log.follow": "false",
    "log.mailmap": "false",
    "log.decorate": "false",
    "i18n.logOutputEncoding": "UTF-8",
    "diff.noprefix": "false",
    "diff.mnemonicPrefix": "false",
    "diff.relative": "false",
    "diff.renames": "false",
    "diff.submodule": "short",
    "diff.ignoreSubmodules": "none",
    "diff.orderFile": "/dev/null",
    "status.showUntrackedFiles": "normal",
}
#: Only the clone's settings, no replacement objects, no optional writes.
VARIABLES = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_GIT = (
    "git",
    "--no-pager",
    *(part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")),
)
#: The ignore rules that every clone has, without one clone's `.git/info/exclude`.
IGNORED = "--exclude-per-directory=.gitignore"
#: git's own diff, whatever external program the clone configures.
DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-color")


def git(
    root: Path, *arguments: str, stdin: str | None = None, ok: tuple[int, ...] = (0,)
) -> Completed:
    """Run git in ``root``. Raises ToolError on an exit code that is not in ``ok``."""
    # Network access: a partial clone fetches missing objects.
    return run(
        (*_GIT, *arguments), cwd=root, env=VARIABLES, surroundings=INTERNET, stdin=stdin, ok=ok
    )


def talk(root: Path, *arguments: str) -> AbstractContextManager[Program]:
    """Run git in ``root`` and exchange bytes with it; it fetches nothing by itself."""
    return stream((*_GIT, *arguments), cwd=root, env={**VARIABLES, "GIT_NO_LAZY_FETCH": "1"})


def is_checkout(root: Path) -> bool:
    """Whether ``root`` is inside a git work tree."""
    answer = git(root, "rev-parse", "--is-inside-work-tree", ok=(0, 128))
    return answer.stdout.strip() == "true"


def require_checkout(root: Path, why: str) -> None:
    """Raise InputError, with the reason it is needed, when ``root`` is not a git checkout."""
    if not is_checkout(root):
        if (root / ".git").is_file():
            raise InputError(
                f"the history of {root} is not here (its .git is a file that names another "
                f"directory), and {why}",
                "a work tree of `git worktree` and a submodule have it elsewhere: give a clone, "
                "such as `git clone . ../whole` makes of them",
            )
        raise InputError(
            f"{root} is not a git checkout, and {why}",
            "run it in a clone (in Actions: check out with `fetch-depth: 0`), or `git init` first",
        )


def tracked_files(root: Path) -> tuple[str, ...]:
    """Paths that git tracks below ``root``, relative to it, sorted."""
    return _paths(git(root, "ls-files", "-z", "--recurse-submodules").stdout)


def visible_files(root: Path) -> tuple[str, ...]:
    """Tracked and untracked files that git does not ignore, relative to ``root``, sorted."""
    listed = git(root, "ls-files", "-z", "--cached", "--others", IGNORED)
    return _paths(listed.stdout)


def resolve(root: Path, ref: str) -> str:
    """The full commit id of ``ref``.

    Raises:
        InputError: there is no such commit.
    """
    if ref.startswith("-") or not ref.strip():
        raise InputError(f"{ref!r} is not a git reference", "name a branch, a tag or a commit")
    answer = git(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", ok=(0, 1, 128))
    if answer.code:
        raise InputError(
            f"git has no commit named {ref!r}",
            "check the name, and fetch it (in Actions: check out with `fetch-depth: 0`)",
        )
    return answer.stdout.strip()


def exists(root: Path, name: str) -> bool:
    """Whether a commit with this full name or id exists here."""
    return git(root, "cat-file", "-e", f"{name}^{{commit}}", ok=(0, 1, 128)).code == 0


def is_ancestor(root: Path, old: str, new: str) -> bool:
    """Whether the history of ``new`` contains the commit ``old``."""
    return git(root, "merge-base", "--is-ancestor", old, new, ok=(0, 1)).code == 0


def merge_base(root: Path, ref: str) -> str:
    """The merge base of HEAD and ``ref``.

    Raises:
        InputError: no such reference, or no common history (a shallow clone).
    """
    commit = resolve(root, ref)
    answer = git(root, "merge-base", "HEAD", commit, ok=(0, 1, 128))
    if answer.code:
        raise InputError(
            f"HEAD and {ref!r} have no common history here",
            "fetch the complete history (`git fetch --unshallow`; in Actions: `fetch-depth: 0`)",
        )
    return answer.stdout.strip()


@dataclass(frozen=True)
class Difference:
    """A path that differs from a commit.

    Attributes:
        path: relative to the queried folder.
        before: mode of the path in that commit; empty when it did not exist.
        now: its mode in the work tree; empty when it does not exist.
        commit: for a submodule, the commit it had; otherwise the id of a blob.
    """

    path: str
    before: str
    now: str
    commit: str


#: Modes of entries that are not files: a link, and the commit of a submodule.
LINK, SUBMODULE = "120000", "160000"


def differences(root: Path, commit: str) -> tuple[Difference, ...]:
    """Changes of the work tree, without new files; a renamed file is listed under both paths."""
    options = ("--raw", "--no-abbrev", "--relative", "--ignore-submodules=none")
    parts = git(root, *DIFF, *options, "-z", commit, "--").stdout.split("\0")
    found = []
    for fields, path in zip(parts[::2], parts[1::2]):
        before, now, identity, _, _ = fields.removeprefix(":").split()
        found.append(
            Difference(path, before.strip("0") and before, now.strip("0") and now, identity)
        )
    return tuple(found)


def new_files(root: Path) -> tuple[str, ...]:
    """Files that git neither tracks nor ignores, sorted."""
    return _paths(git(root, "ls-files", "-z", "--others", IGNORED).stdout)


def tracked_links(root: Path) -> tuple[str, ...]:
    """Symbolic links that git tracks, also in submodules, sorted."""
    listed = git(root, "ls-files", "-z", "--stage", "--recurse-submodules").stdout
    rows = (row.partition("\t") for row in listed.split("\0"))
    return tuple(sorted(path for fields, _, path in rows if fields.startswith(LINK)))


def show(root: Path, commit: str, path: str) -> str | None:
    """The text of ``path`` at ``commit``, or None when it is not there.

    Raises:
        ToolError: it exists, but git cannot read it, as in a partial clone without network access.
    """
    answer = git(root, "cat-file", "blob", f"{commit}:./{path}", ok=(0, 128))
    if not answer.code:
        return answer.stdout
    if " blob " in git(root, "ls-tree", commit, "--", path, ok=(0, 128)).stdout:
        raise ToolError(
            f"git has no content of {path} at {commit}:\n{tail(answer.stderr)}",
            "fetch the whole repository (`git fetch --refetch` in a partial clone)",
        )
    return None


def blob(root: Path, identity: str) -> str | None:
    """The text of the blob with this id, or None when git does not have it."""
    answer = git(root, "cat-file", "blob", identity, ok=(0, 1, 128))
    return None if answer.code else answer.stdout


def has_commit(root: Path) -> bool:
    """Whether there is any commit."""
    return not git(root, "rev-parse", "--verify", "--quiet", "HEAD", ok=(0, 1, 128)).code


def commit_time(root: Path) -> int:
    """When HEAD was committed, in seconds since the epoch."""
    return int(git(root, "show", "--no-patch", "--format=%ct", "HEAD").stdout)


def tags_at_head(root: Path) -> tuple[str, ...]:
    """The tags of the commit that is checked out."""
    return tuple(git(root, "tag", "--points-at", "HEAD").stdout.split())


def uncommitted_files(root: Path) -> tuple[str, ...]:
    """Files that differ from HEAD, and new files that git does not ignore, sorted."""
    changed = git(root, *DIFF, "--name-only", "--relative", "-z", "HEAD").stdout
    return tuple(sorted({*_paths(changed), *new_files(root)}))


def tags(root: Path, pattern: str, merged: str | None = None) -> tuple[str, ...]:
    """The tags that match a pattern, sorted; with ``merged``, only those in its history."""
    among = ["--merged", merged] if merged else []
    return tuple(sorted(git(root, "tag", "--list", *among, pattern).stdout.splitlines()))


def remote_url(root: Path, name: str = "origin") -> str:
    """The URL of a remote; empty when there is no remote with this name."""
    return git(root, "config", "--get", f"remote.{name}.url", ok=(0, 1)).stdout.strip()


def is_shallow(root: Path) -> bool:
    """Whether the checkout has only a part of its history (a shallow clone)."""
    return git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"


def _paths(zero_separated: str) -> tuple[str, ...]:
    return tuple(sorted({path for path in zero_separated.split("\0") if path}))
