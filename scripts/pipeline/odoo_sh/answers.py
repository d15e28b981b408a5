"""Failures of ssh and git, as errors that name the fix. Pure functions."""

from __future__ import annotations

import re

from pipeline.core.console import printable
from pipeline.core.errors import InputError, PipelineError, ToolError
from pipeline.odoo_sh.access import KEY_VARIABLE, PIN_VARIABLE
from pipeline.odoo_sh.target import OdooShBranch

_QUOTED_LINES = 12


def quoted(text: str) -> str:
    """The last lines of an untrusted text, prefixed, because a log reader obeys some lines."""
    lines = [line for line in printable(text).splitlines() if line.strip()][-_QUOTED_LINES:]
    return "\n".join(f"    │ {line}" for line in lines) or "    │ (no message)"


def unreachable(target: OdooShBranch, said: str) -> PipelineError:
    """Why the git server could not be queried.

    Args:
        target: the server and branch.
        said: output of git and ssh.
    """
    server = target.known_as
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in said:
        seen = re.search(r"SHA256:[A-Za-z0-9+/=]+", said)
        return InputError(
            f"{server} shows another host key than the pinned one: {seen[0] if seen else 'unknown'}"
            ". Nothing was sent",
            f"ask the operator of the server whether its key changed; only then update "
            f"{PIN_VARIABLE}",
        )
    if "Host key verification failed" in said:
        return InputError(
            f"{server} shows a host key that is not in {PIN_VARIABLE}. Nothing was sent",
            f"compare it with a source you trust, and add its line to {PIN_VARIABLE}",
        )
    if "Permission denied" in said:
        return InputError(
            f"{target.user}@{server} refuses the key of {KEY_VARIABLE}",
            "add its public key to the repository's keys, with write access; test it with "
            f"`ssh -i KEY -p {target.port} {target.user}@{target.server}`",
        )
    if re.search(r"does not appear to be a git repository|repository\W.*not found", said, re.I):
        return InputError(
            f"{server} has no repository {target.repo}, or the key may not read it",
            "correct ODOO_SH_REPO (--repo), such as customer/production",
        )
    return ToolError(
        f"{server} could not be queried:\n{quoted(said)}",
        "check --git-host and the network, then run it again: nothing was changed",
    )


def refused(target: OdooShBranch, report: str, said: str) -> PipelineError | None:
    """Why the server rejected the push; None when it did not reject it.

    Args:
        target: the server and branch.
        report: output of ``git push --porcelain``: ``!`` marks a rejected ref.
        said: output of git, ssh and the server's hooks.
    """
    line = next((line for line in report.splitlines() if line.startswith("!\t")), None)
    if line is None:
        return None
    reason = printable(line.rpartition("\t")[2])
    if "remote rejected" not in reason:
        return InputError(
            f"{target.branch} on {target.server} moved in the meantime: {reason}",
            "somebody else pushed; check with --dry-run, then deploy again",
        )
    return ToolError(
        f"{target.server} refused the push to {target.branch}: {reason}\n{quoted(said)}",
        "read the server's message above; nothing was deployed",
    )
