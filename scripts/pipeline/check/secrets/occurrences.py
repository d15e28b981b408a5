"""Where secrets are, without the secrets themselves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from pipeline.check.secrets.kinds import Sort, sort_of
from pipeline.check.secrets.rules import weak
from pipeline.check.secrets.rules.hits import Certainty, Hit
from pipeline.core.results import Finding

Key = tuple[str, str, str]
#: Begins the pseudo-path of a secret that is in a commit's or a tag's message.
MESSAGE_PREFIX = "commit message "
_PRAGMA = "`pragma: allowlist secret`"
_SORTS = {Sort.PASSWORD: "password", Sort.KEY: "key", Sort.PROVIDER: "of a provider"}
_WEAK = {
    "weak-database-password": "the database's password is one that everybody tries first",
    "weak-master-password": "the master password is one that everybody tries first",
    "open-database-manager": "the database manager is open in production settings",
    "weak-user-password": "a user outside the demo data has a password that everybody tries first",
}


@dataclass(frozen=True, order=True)
class Occurrence:
    """A secret at a location.

    Attributes:
        path: file; ``commit message <id>`` for a message.
        line: line in it, from 1.
        kind: the rule's name.
        digest: SHA-1 of the secret, as detect-secrets' baseline has it.
        commit: where it first appeared when it is only in the history; else empty.
        date: that commit's date.
        certainty: how sure the rule is.
    """

    path: str
    line: int
    kind: str
    digest: str
    commit: str = ""
    date: str = ""
    certainty: Certainty = field(default=Certainty.SURE, compare=False)

    @classmethod
    def of(cls, hit: Hit, path: str, commit: str = "", date: str = "") -> Occurrence:
        """The place of a hit, with the secret replaced by its digest."""
        digest = hashlib.sha1(hit.secret.encode("utf-8", "replace"), usedforsecurity=False)
        return cls(path, hit.line, hit.kind, digest.hexdigest(), commit, date, hit.certainty)

    @property
    def key(self) -> Key:
        """What makes it the same secret when lines move."""
        return self.path, self.kind, self.digest


def finding(item: Occurrence, review: str, baseline: str) -> Finding:
    """The finding that is reported.

    Args:
        item: the secret and its location.
        review: the baseline's label, as a text; may be empty.
        baseline: path of the baseline that would hold it as a false alarm.
    """
    kind, sort = item.kind.replace("-", " "), sort_of(item.kind)
    if item.commit:
        short = item.commit[:9]
        gone = "" if item.path.startswith(MESSAGE_PREFIX) else ", no longer in the tree"
        where = f"in commit {short} ({item.date}){gone}"
        fix = "then, if it must be removed from the history, rewrite it"
        alarm = f"see `git show {short}`,"
    else:
        where = "in the file"
        fix = "then remove it from the file"
        alarm = f"mark the line with {_PRAGMA}, or"
    label = f"{alarm} label it in {baseline} with `pipeline check secrets --update-baseline` and"
    if sort is Sort.WEAK:
        message = _WEAK[item.kind]
        fix = f"{weak.ADVICE[item.kind]}; if it is meant so, {label} `--audit`"
    elif item.certainty is Certainty.DOUBTFUL:
        message = f"this may be a secret ({kind}; {_SORTS[sort]}, doubtful)"
        fix = f"if it is valid anywhere, rotate and remove it; if not, mark the line with {_PRAGMA}"
    else:
        message = f"a secret ({kind}; {_SORTS[sort]}, sure) is {where}"
        fix = (
            f"rotate it first (every reader of the repository has it), {fix}; if it is a false "
            f"alarm, {label} `--audit`"
        )
    return Finding(shown(item.path), item.line, item.kind, message + review, fix, risk(item))


def risk(item: Occurrence) -> int:
    """How urgent it is: whatever is sure before whatever is doubtful, then by its sort."""
    return 10 * (item.certainty is Certainty.SURE) + sort_of(item.kind)


def message_path(identity: str) -> str:
    """The pseudo-path of a commit's or a tag's message."""
    return MESSAGE_PREFIX + identity[:12]


def shown(path: str) -> str:
    """A path that can be printed: line breaks and bytes that are not text are escaped."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
