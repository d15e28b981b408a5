"""What a way out must not depend on: limits that add up, space that is really kept back, owners."""

from __future__ import annotations

import hashlib
import io
import json
import os
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from pipeline.cli.environment import unlock
from pipeline.core.errors import InputError, TimeLimitError, ToolError
from pipeline.core.settings.environments import Environments, EnvironmentSettings, resolve
from pipeline.environment.backup import images
from pipeline.environment.backup.manifest import Image
from pipeline.environment.host import image_store
from pipeline.environment.host.host import Host
from pipeline.environment.odoo import rollback_point, web
from pipeline.environment.operations import deploy
from pipeline.environment.operations.deploy import DeployRequest
from pipeline.environment.operations.refresh import REFRESH, RefreshRequest
from pipeline.environment.operations.rollback import ROLLBACK
from pipeline.environment.operations.steps import chosen_backup, not_anonymized
from pipeline.environment.operations.steps.chosen_backup import ChosenBackup
from pipeline.environment.operations.steps.facts import Checked, Identity, ToRun
from pipeline.environment.runs import journal, lock
from pipeline.environment.runs.context import RunContext, drop_ballast, load_ballast
from pipeline.environment.runs.journal import Journal
from pipeline.environment.runs.noted import Request


def test_stopping_takes_as_long_as_a_container_may_take_for_its_end():
    """`stop_grace_period` of a service can be longer than any other command of Docker."""
    given = {}

    class Host:
        environment = resolve("odoo-mta", Environments(), "uat")

        def containers(self, service):
            return [service]

        class daemon:
            @staticmethod
            def container(name):
                return SimpleNamespace(
                    stop_seconds={"odoo-mta-web": 1200, "odoo-mta-cron": 0}[name]
                )

        def run(self, argv, *, image="", timeout=None, ok=(0,)):
            given[argv[2:]] = timeout

    host = Host()
    usual = host.environment.command_seconds
    for act in (web.stop, web.remove, web.stop_crons):
        act(host)
    web.start(host, "image")
    web.start_crons(host, "image")
    assert {words[0]: seconds for words, seconds in given.items() if "odoo-mta-web" in words} == {
        **dict.fromkeys(("stop", "rm", "up"), usual + 1200)
    }
    assert given["stop", "odoo-mta-cron"] == usual


def test_a_large_image_has_more_time(tmp_path):
    here = resolve("odoo-mta", Environments(uat=EnvironmentSettings(command_seconds=1)), "uat")
    assert here.seconds_for_image(9 << 30) > 2.9 * here.seconds_for_image() - 3
    place = images.folder(tmp_path, "sha256:" + "a" * 64)
    place.mkdir(parents=True)
    images.blobs(tmp_path).mkdir()
    blob = images.blobs(tmp_path) / hashlib.sha256(b"").hexdigest()
    blob.touch()
    members = [{"name": "a", "type": "file", "kept": blob.name}] * 2
    (place / "members.json").write_text(json.dumps({"members": members}))
    given = []

    class Host:
        environment = here

        @contextmanager
        def talk(self, argv, *, timeout):
            given.append(timeout)
            yield SimpleNamespace(stdin=io.BytesIO(), stdout=io.BytesIO(bytes(10240)))

        class daemon:
            @staticmethod
            def image_size(name):
                return 9 << 30

    images.load(Host(), tmp_path, "sha256:" + "a" * 64)
    images.save(Host(), tmp_path, "odoo:1", "sha256:" + "b" * 64)
    assert given == [here.seconds_for_image(), here.seconds_for_image(9 << 30)]


def test_space_is_kept_back_though_a_kill_left_an_empty_file(tmp_path):
    (tmp_path / "ballast").touch()
    load_ballast(tmp_path)
    assert (tmp_path / "ballast").stat().st_size == 32 << 20
    drop_ballast(tmp_path)
    assert not (tmp_path / "ballast").exists()


def test_a_run_cleans_up_nothing_of_another_project(tmp_path):
    """Two projects on one machine can have a run of the same number under way."""

    def tag(project):
        host = Host(resolve(project, Environments(), "uat"))
        folder = tmp_path / "000012-deploy-x"
        return RunContext(host, folder, Journal(tmp_path / "journal"), Request()).tag

    assert tag("odoo-mta") != tag("odoo-care")
    assert not tag("odoo-mta2").startswith(f"{tag('odoo-mta')}-")
    longest = f"{tag('a' * 60)}-drill-odoo"
    assert len(longest) <= 63


@pytest.fixture
def too_late():
    """Whatever is asked does not end in time."""

    def late(*arguments, **options):
        raise TimeLimitError("it did not end within 600 s", "raise its limit")

    return late


def begun(host, tmp_path, request):
    """A run of which nothing is done yet."""
    return RunContext(host, tmp_path / "000001-x-x", Journal(tmp_path / "journal"), request)


def test_a_timeout_after_acceptance_is_only_reported(tmp_path, monkeypatch, too_late):
    """As everything that fails there: the deployment was accepted."""
    monkeypatch.setattr(rollback_point, "drop", too_late)
    host = Host(replace(resolve("odoo-mta", Environments(), "uat"), directory=tmp_path))
    run = begun(host, tmp_path, DeployRequest(image="", version="", reason="", auto_rollback=True))
    run.note(Checked(Image(id="old"), fresh=False, database_size=0), ToRun(Image(id="new")))
    deploy._tidy(run)
    assert "it did not end within 600 s" in journal.read(run.journal.path)[-1]["text"]


def test_a_database_that_does_not_answer_in_time_parks_a_rollback(tmp_path, monkeypatch, too_late):
    monkeypatch.setattr(rollback_point, "identity", too_late)
    host = Host(resolve("odoo-mta", Environments(), "uat"))
    run = begun(host, tmp_path, ChosenBackup(manifest=""))
    run.note(Identity("1:2"))
    assert ROLLBACK.parks(run)


def test_a_copy_that_cannot_be_dropped_in_time_is_reported(monkeypatch, too_late):
    said = []
    monkeypatch.setattr(rollback_point, "drop", too_late)
    rollback_point.remove(None, "old", said.append)
    assert "the copy old cannot be removed" in said[0]


def test_a_registry_that_is_too_slow_is_like_one_that_is_down(monkeypatch, too_late):
    """The image comes from the backup."""
    image = Image("registry.test/a@sha256:1", "sha256:1", "sha256:2", "1.0", stored=True)
    loaded, tagged = [], []
    monkeypatch.setattr(chosen_backup, "backup_of", lambda run: SimpleNamespace(image=image))
    monkeypatch.setattr(image_store, "pull", too_late)
    monkeypatch.setattr(images, "load", lambda host, folder, found: loaded.append(found))

    class Host:
        environment = resolve("odoo-mta", Environments(), "prod")

        daemon = SimpleNamespace(
            image_id=lambda reference: "", tag=lambda image, name: tagged.append((image, name))
        )

    request = ChosenBackup(manifest="/b/m.json")
    run = SimpleNamespace(
        host=Host(), asked=lambda kind: request, registry=None, say=lambda text: None
    )
    assert chosen_backup.have_image(run).reference.startswith("odoo-mta:kept-")
    assert loaded == ["sha256:2"] and tagged == [("sha256:2", "odoo-mta:kept-prod-2")]


def test_a_database_that_does_not_answer_in_time_is_no_reason_not_to_halt(
    tmp_path, monkeypatch, too_late
):
    environment = replace(resolve("odoo-mta", Environments(), "uat"), directory=tmp_path)
    folder = tmp_path / "000012-deploy-x"
    run = RunContext(Host(environment), folder, Journal(tmp_path / "j"), Request())
    asked, removed = [], []
    nothing = SimpleNamespace(stdout="")
    monkeypatch.setattr(Host, "run", lambda self, argv, **more: asked.append(argv) or nothing)
    daemon = SimpleNamespace(named=lambda part: ["left"], remove=removed.append)
    monkeypatch.setattr(Host, "daemon", daemon)
    monkeypatch.setattr(Host, "sql", too_late)
    run.sweep()
    assert asked and removed == ["left"]


def test_a_run_without_the_lock_removes_no_files_of_its_owner(tmp_path, monkeypatch):
    """A second refresh: its dump goes, but files that came for the first one are still needed."""
    pruned = []
    monkeypatch.setattr(not_anonymized, "prune", lambda host, say: pruned.append(host))
    (tmp_path / "dump").touch()
    host = SimpleNamespace(runs=tmp_path)
    request = RefreshRequest(dump=str(tmp_path / "dump"), sha256="", reason="")
    run = SimpleNamespace(host=host, asked=lambda kind: request, say=print)
    with lock.held(tmp_path, replace(lock.owner("load-refresh"), pid=1, started="another")):
        REFRESH.after(run)
    assert not pruned and not (tmp_path / "dump").exists()
    with lock.held(tmp_path, lock.owner("load-refresh")):
        REFRESH.after(run)
    assert pruned == [host]


def test_a_user_who_may_not_stop_a_process_learns_whose_it_is(tmp_path, monkeypatch):
    environment = resolve("odoo-mta", Environments(), "uat")
    host = SimpleNamespace(runs=tmp_path, environment=environment)
    monkeypatch.setattr(unlock, "host_of", lambda *arguments, **options: host)

    def refuse(pid, number):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "kill", refuse)
    arguments = ["--environment", "uat", "--force"]
    with lock.held(tmp_path, replace(lock.owner("deploy"), user="anna")):
        with pytest.raises(InputError, match="belongs to anna") as raised:
            CliRunner().invoke(unlock.command, arguments, catch_exceptions=False)
    assert raised.value.fix == "run this as anna"


def test_a_moved_tag_is_not_taken_for_the_backup_s_image(monkeypatch):
    """An image without a digest in its name: the registry has another one there now."""
    image = Image("registry.test/a:uat", "", "sha256:2", "1.0", stored=True)
    loaded = []
    monkeypatch.setattr(chosen_backup, "backup_of", lambda run: SimpleNamespace(image=image))
    monkeypatch.setattr(image_store, "pull", lambda host, reference, login: "sha256:3")
    monkeypatch.setattr(images, "load", lambda host, folder, found: loaded.append(found))

    class Host:
        environment = resolve("odoo-mta", Environments(), "prod")
        daemon = SimpleNamespace(image_id=lambda reference: "", tag=lambda image, name: None)

    request = ChosenBackup(manifest="/b/m.json")
    run = SimpleNamespace(
        host=Host(), asked=lambda kind: request, registry=None, say=lambda text: None
    )
    assert chosen_backup.have_image(run).reference.startswith("odoo-mta:kept-")
    assert loaded == ["sha256:2"]
    image = replace(image, stored=False)
    with pytest.raises(ToolError, match="is another image now than the backup's"):
        chosen_backup.have_image(run)
