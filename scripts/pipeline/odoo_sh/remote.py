"""git's side of Odoo.sh: its refs, and the push.

Everything is done from an empty repository that borrows the source's objects. So no hook, setting
or rewritten URL of the source has any effect, and nothing is written to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import git
from pipeline.core.errors import PipelineError, TimeLimitError, ToolError
from pipeline.core.process import Completed, run
from pipeline.odoo_sh import answers
from pipeline.odoo_sh.access import GitAccess
from pipeline.odoo_sh.target import OdooShBranch

ASK_SECONDS, PUSH_SECONDS = 120.0, 1800.0
_ALONE = tuple(
    part
    for setting in ("core.hooksPath=/dev/null", "protocol.allow=never", "protocol.ssh.allow=always")
    for part in ("-c", setting)
)
_AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "odoo-mta pipeline"), ("EMAIL", "pipeline@localhost"))
}


@dataclass(frozen=True)
class Remote:
    """The repository on Odoo.sh, as seen from the borrowing one.

    Attributes:
        access: access to the server.
        folder: the borrowing repository.
    """

    access: GitAccess
    folder: Path

    @property
    def target(self) -> OdooShBranch:
        """Where it is."""
        return self.access.target

    def head(self) -> str | None:
        """The branch's commit; None when there is no such branch.

        Raises:
            PipelineError: the server could not be queried; the message says why.
        """
        return self.refs(self.target.ref).get(self.target.ref)

    def refs(self, pattern: str) -> dict[str, str]:
        """Names and object ids that match a pattern. Raises as :meth:`head` does."""
        asked = self._talk("ls-remote", "--refs", self.target.url, pattern)
        if asked.code:
            raise answers.unreachable(self.target, asked.stderr)
        pairs = (line.split("\t", 1) for line in asked.stdout.splitlines())
        return {name: identity for identity, name in pairs}

    def push(self, commit: str, lease: str | None = None) -> bool:
        """Push a commit to the branch.

        Args:
            commit: full id.
            lease: the commit that a forced push may replace; empty: no forced push.

        Returns:
            False when the connection broke and the outcome has to be checked.

        Raises:
            InputError: the branch moved meanwhile.
            ToolError: the server refused the push.
        """
        force = [] if lease is None else [f"--force-with-lease={self.target.ref}:{lease}"]
        return self._push([*force, self.target.url, f"{commit}:{self.target.ref}"])

    def push_tag(self, name: str, commit: str, message: str) -> None:
        """Make an annotated tag on a commit and push it. Raises as :meth:`push` does."""
        made = ("tag", "--annotate", "--cleanup=verbatim", "--file=-", name, commit)
        self._git(*made, stdin=message)
        if not self._push([self.target.url, f"refs/tags/{name}"]):
            raise ToolError("the connection broke", "run it again")

    def messages(self, tags: Sequence[str]) -> dict[str, str]:
        """Fetch tags, without what they point to; their messages by name."""
        wanted = [f"+{tag}:{tag}" for tag in tags]
        fetched = self._talk(
            *("fetch", "--quiet", "--no-tags", "--depth=1", "--filter=tree:0"),
            *(self.target.url, *wanted),
        )
        if fetched.code:
            raise answers.unreachable(self.target, fetched.stderr)
        return {tag: self._git("for-each-ref", "--format=%(contents)", tag).stdout for tag in tags}

    def _push(self, arguments: list[str]) -> bool:
        pushed = self._talk("push", "--porcelain", *arguments, seconds=PUSH_SECONDS)
        if pushed.code == 0:
            return True
        if error := answers.refused(self.target, pushed.stdout, pushed.stderr):
            raise error
        return False

    def _talk(self, *arguments: str, seconds: float = ASK_SECONDS) -> Completed:
        """A command of git that opens a connection; any exit code."""
        try:
            return self._git(*arguments, seconds=seconds, ok=range(256))
        except TimeLimitError as error:
            raise TimeLimitError(
                f"{self.target.known_as} did not finish within {seconds:g} s",
                "check the network, then check the state with --dry-run",
            ) from error

    def _git(
        self,
        *arguments: str,
        stdin: str | None = None,
        seconds: float | None = None,
        ok: Sequence[int] = (0,),
    ) -> Completed:
        env = {
            **_AUTHOR,
            **git.VARIABLES,
            "GIT_SSH_COMMAND": self.access.command,
            "GIT_SSH_VARIANT": "ssh",
        }
        command = ("git", f"--git-dir={self.folder}", *_ALONE, *arguments)
        return run(command, env=env, stdin=stdin, timeout=seconds, ok=ok)


def connect_git(access: GitAccess, source: Path | None) -> Remote:
    """The repository on the server, with the objects of a source to push from.

    Raises:
        PipelineError: git cannot create the borrowing repository.
    """
    folder = access.folder / "repository.git"
    form = "sha1"
    if source is not None:
        form = git.git(source, "rev-parse", "--show-object-format").stdout.strip()
    command = ("git", "init", "--quiet", "--bare", "--template=", f"--object-format={form}")
    run((*command, str(folder)), env=git.VARIABLES)
    if source is not None:
        objects = git.git(source, "rev-parse", "--git-path", "objects").stdout.rstrip("\n")
        lender = (source / objects).resolve()
        (folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
        (folder / "objects" / "info" / "alternates").write_text(f"{lender}\n", encoding="utf-8")
    return Remote(access, folder)


def outcome(remote: Remote, commit: str, previous: str | None) -> bool:
    """After a push whose connection broke: check whether the commit arrived anyway.

    Raises:
        ToolError: it did not, or that cannot be determined; the message says which.
    """
    target = remote.target
    try:
        now = remote.head()
    except PipelineError as error:
        raise ToolError(
            f"the connection to {target.known_as} broke during the push, and the server could not "
            f"be asked whether {commit[:9]} arrived: {error.message}",
            "run the same command later: it checks first, and pushes only what is missing",
        ) from error
    if now == commit:
        return True
    where = f"{target.branch} is at {(now or 'nothing')[:9]}"
    kept = "as before: nothing was deployed" if now == previous else "which somebody else pushed"
    raise ToolError(
        f"the connection to {target.known_as} broke during the push; {where}, {kept}",
        "run the same command again",
    )
