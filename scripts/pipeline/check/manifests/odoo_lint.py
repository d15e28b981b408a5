"""pylint-odoo's rules: one run of pylint over all manifests."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.check.manifests.source import ManifestSource
from pipeline.core.errors import ToolError
from pipeline.core.process import Completed, run, tail
from pipeline.core.results import Finding

#: Licences that Odoo names in its documentation of manifests.
LICENSES = (
    "GPL-2",
    "GPL-2 or any later version",
    "GPL-3",
    "GPL-3 or any later version",
    "AGPL-3",
    "LGPL-3",
    "Other OSI approved licence",
    "OEEL-1",
    "OPL-1",
    "Other proprietary",
)
REQUIRED_KEYS = ("name", "version", "license", "author", "depends")
#: Keys that Odoo 14 and later no longer read, or warn about.
DEPRECATED_KEYS = ("active", "demo_xml", "init_xml", "update_xml", "css", "js")

#: pylint-odoo's messages about what breaks or misleads Odoo, not those about a community's style.
MESSAGES = {
    "manifest-required-key": "add it; an add-on without other dependencies depends on `base`",
    "manifest-deprecated-key": "remove it, or use its successor: `installable`, `data`, `demo`, "
    "`assets`",
    "license-allowed": f"use one of: {', '.join(LICENSES)}",
    "manifest-version-format": "write <series>.<major>.<minor>.<patch>, such as {series}.1.0.0",
    "manifest-behind-migrations": "raise the version in the manifest, or Odoo skips the script",
    "manifest-data-duplicated": "list it once",
    "resource-not-exist": "correct the path, add the file, or remove the entry",
    "website-manifest-key-not-valid-uri": "write a complete URL, such as https://example.com",
    "development-status-allowed": "use one of these",
}


def arguments(manifests: Sequence[str], series: str) -> tuple[str, ...]:
    """The command that checks manifests, whatever pylint configuration exists."""
    return (
        sys.executable,
        "-I",  # nothing in the source may shadow a module of pylint's
        "-m",
        "pylint",
        f"--rcfile={os.devnull}",
        "--load-plugins=pylint_odoo",
        "--disable=all",
        f"--enable={','.join(MESSAGES)}",
        f"--valid-odoo-versions={series}",
        f"--license-allowed={','.join(LICENSES)}",
        f"--manifest-required-keys={','.join(REQUIRED_KEYS)}",
        f"--manifest-deprecated-keys={','.join(DEPRECATED_KEYS)}",
        "--output-format=json2",
        "--persistent=n",
        "--score=n",
        "--",
        *manifests,
    )


def check_with_pylint(
    root: Path, sources: Sequence[ManifestSource], series: str
) -> tuple[Finding, ...]:
    """Run pylint-odoo's rules on manifests whose types are valid.

    Raises:
        ToolError: pylint is missing, crashed, or prints what this module does not understand.
    """
    if not sources:
        return ()
    manifests = [source.addon.manifest_path for source in sources]
    done = run(arguments(manifests, series), cwd=root, ok=range(32))
    return parse(done, series)


def parse(done: Completed, series: str) -> tuple[Finding, ...]:
    """Turn pylint's report into findings. Raises ToolError if the output is not a report."""
    try:
        messages = json.loads(done.stdout)["messages"]
        unknown = [message for message in messages if message["symbol"] not in MESSAGES]
    except (ValueError, KeyError, TypeError) as error:
        raise ToolError(
            f"pylint produced no report (exit code {done.code}):\n"
            f"{tail(done.stderr or done.stdout)}",
            "run `pylint --load-plugins=pylint_odoo` on a manifest by hand to find out why",
        ) from error
    if unknown:
        first = unknown[0]
        raise ToolError(
            f"pylint failed on {first['path']}: {first['symbol']}: {first['message']}",
            "fix that manifest, or report the crash to pylint-odoo",
        )
    return tuple(
        Finding(
            Path(message["path"]).as_posix(),
            message["line"],
            message["symbol"],
            message["message"].splitlines()[0],
            MESSAGES[message["symbol"]].format(series=series),
        )
        for message in messages
    )
