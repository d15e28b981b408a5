"""Nothing is lost: what is not as it is to be, from everything that was seen of a VM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bed_chain import Chain
from bed_starts import State


def problems(chain: Chain, state: State, found: dict[str, Any]) -> list[str]:
    """What is not as it is to be in a state; pure, but for names of the chain."""
    return list(_problems(chain, state, found))


def _problems(chain: Chain, state: State, found: dict[str, Any]) -> Iterator[str]:
    said = found["commands"]
    if "failed" in said:
        yield f"the commands that look fail: {said['failed'][-2000:]}"
        return
    code, text = said["status"]
    status = json.loads(text) if code == 0 else {"failed": text}
    if "failed" in status or status["lock"] is not None or status["unfinished"]:
        yield f"status: {code} {text}"
    elif status["version"] != (str(state.version) if state.version else ""):
        yield f"version: {status['version']!r} is recorded, not {state.version}"
    if said["unlock"] != [0, "the lock is free\n"]:
        yield f"unlock: {said['unlock']}"
    code, text = said["backup verify"]
    if code and "there is no such backup" not in text:
        yield f"backups: {text[-2000:]}"
    odoo = [line.split()[:2] for line in found["containers"] if line.startswith("odoo-mta-")]
    odoo = sorted(one for one in odoo if one[0] != "odoo-mta-proxy")
    wanted = []
    if state.version:
        image = chain.image(state.version)
        wanted = [["odoo-mta-cron", image], ["odoo-mta-web", image]]
    if odoo != wanted:
        yield f"containers: {odoo} run, not {wanted}"
    if left := [line for line in found["containers"] if "pipeline-" in line]:
        yield f"containers are left: {left}"
    if state.version and found["status"] != "200":
        yield f"visitors get {found['status']}"
    if found["rows"] != state.rows:
        yield f"rows: {_difference(state.rows or {}, found['rows'] or {})}"
    if found["bad_files"]:
        yield f"files: {found['bad_files']}"
    if extra := set(found["proxy"]) - {".gitignore", "refused.log"}:
        yield f"the proxy was left with {extra}"
    if found["partial"]:
        yield f"partial files: {found['partial']}"
    server = found["server"]
    if server.get("sessions"):
        yield f"sessions: {server['sessions']}"
    opened = {name for name, open_ in (server.get("databases") or {}).items() if open_}
    if opened != ({chain.database} if state.version else set()):
        yield f"databases that are open: {sorted(opened)}"


def _difference(wanted: dict[str, Any], there: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {"wanted": wanted.get(key), "there": there.get(key)}
        for key in {*wanted, *there}
        if wanted.get(key) != there.get(key)
    }
