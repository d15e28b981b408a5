"""`doctor` from anywhere: it only looks, so no job is left; its settings are the caller's."""

from __future__ import annotations

import json
from pathlib import Path


def test_a_vm_is_examined_by_the_settings_of_the_caller(
    run_pipeline, machine, tmp_path: Path
) -> None:
    (tmp_path / "known").write_text(machine.known_hosts)
    folder = tmp_path / "nowhere"
    (tmp_path / "pipeline.toml").write_text(f'[environments.uat]\ndirectory = "{folder}"\n')
    reach = ("--host=127.0.0.1", f"--port={machine.port}", "--user=ubuntu")
    keys = (f"--ssh-key={machine.key_file}", f"--known-hosts={tmp_path}/known")
    where = (*reach, *keys, "--environment=uat", f"--source={tmp_path}")
    code, said = run_pipeline("remote", "run", *where, "--", "doctor", "--format=json")
    checks = {check["name"]: check for check in json.loads(said)}
    assert code == 1 and str(folder) in json.dumps(checks["clone"]) and "clock" in checks
    assert not (machine.home / ".local/state/odoo-pipeline").exists()
