"""What a command prints on a VM can have data in it: its folder is its owner's alone."""

from __future__ import annotations

import os
import stat

from pipeline.core.process import run_appending
from pipeline.remote import detached


def test_the_folders_of_jobs_are_private_whatever_the_umask(tmp_path, monkeypatch):
    state = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    home = state / "odoo-pipeline"
    earlier = home / "earlier"
    earlier.mkdir(parents=True)
    (earlier / "output").write_text("of an earlier version")
    for path in (home, earlier, earlier / "output"):
        path.chmod(0o755)

    def work(argv, folder, identity):
        run_appending(["echo", "a name"], home / identity / "output")
        os.close(os.open(home / identity / "worker.json", os.O_CREAT, 0o600))

    monkeypatch.setattr(detached, "detach_worker", work)
    before = os.umask(0o000)
    try:
        job = detached.start("job", ["backup"], {}, tmp_path)
    finally:
        os.umask(before)
    assert job.output.read_text() == "a name\n"
    for path in (home, *home.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), f"{path}: {mode:o}"
