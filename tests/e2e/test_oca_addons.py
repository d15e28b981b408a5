"""Add-ons of OCA, from PyPI, at the root of a repository in which nothing is configured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bed_oca import ADDONS, fetch

HERE = Path(__file__).parent
#: Parts in which all of them are tested: one call takes minutes.
PARTS = 4
#: The only setting: Debian's package of Odoo, in the stand-in for its image, lacks files that
#: Odoo's assets name; Odoo's own package has them.
LACKING = """
[odoo]
allowed_log = ["mail/static/lib/selfie_segmentation/selfie_segmentation"]
"""
#: What fails by hand as well, and why.
FAILS = {"auth_saml": "needs the program xmlsec1"}
#: What passes by hand although Odoo never selects some of its tests, and is named here.
NEVER_RUN = {
    "dms": "its benchmarks are tagged -standard",
    "fs_attachment": "its classes inherit their tests, which Odoo runs only if a class says so",
    "pdf_xml_attachment": "a class of Odoo's plain TestCase has no tags, so none selects it",
}


def test_what_manifests_need_other_than_modules_is_installed_or_named(call, repository) -> None:
    """A Python package is installed; what cannot be is the trouble of its own add-on alone."""
    fetch(("auth_saml", "component"), repository.path)
    repository.addon("visit")
    manifest = repository.path / "visit/__manifest__.py"
    text = manifest.read_text(encoding="utf-8").rstrip().removesuffix("}")
    needs = '"external_dependencies": {"python": ["no-such-package-of-anybody"]}}\n'
    manifest.write_text(text + needs, encoding="utf-8")
    repository.commit()

    answer = call("test", "--source", repository.path, ok=False)

    assert answer.rows["test-component"] == "PASSED"
    assert answer.rows["test-auth_saml"] == answer.rows["test-visit"] == "ERROR"
    assert "auth_saml/__manifest__.py needs a program" in answer.out and "xmlsec1" in answer.out
    assert "No matching distribution found for no-such-package-of-anybody" in answer.out
    assert "`external_dependencies` of visit" in answer.out


@pytest.mark.faults
@pytest.mark.parametrize("part", range(PARTS))
def test_the_verdict_is_that_of_odoos_own_runner(call, repository, tmp_path, part) -> None:
    """In the same image, with the same packages and a database of its own."""
    fetch(ADDONS, repository.path)
    for name in set(ADDONS) - set(needed := closure(repository.path, ADDONS[part::PARTS])):
        (repository.path / name).rename(tmp_path / name)
    repository.write("pipeline.toml", LACKING)
    repository.commit()

    call("report", "--source", repository.path, "export", "--path", tmp_path / "report")
    results = tmp_path / "report/results"
    ours = {
        name: json.loads((results / f"test-{name}.json").read_text(encoding="utf-8"))
        for name in needed
    }
    script = ("with-file", "--path=/by_hand.py", f"--source={HERE / 'odoo_by_hand.py'}")
    command = ",".join(["/opt/venv/bin/python", "/by_hand.py", *needed])
    said = call(
        "odoo", "--source", repository.path, *script, "with-exec", f"--args={command}", "stdout"
    )
    by_hand = json.loads(said.out.splitlines()[-1])

    never = {
        name
        for name, one in ours.items()
        if {finding["code"] for finding in one["findings"]} == {"test-not-run"}
    }
    assert never == NEVER_RUN.keys() & {*needed}
    assert {name: one["status"] == "passed" for name, one in ours.items()} == {
        name: code == 0 and name not in never for name, code in by_hand.items()
    }, said.out
    failed = {name for name, code in by_hand.items() if code}
    assert failed <= FAILS.keys(), said.out


def closure(folder: Path, names: tuple[str, ...]) -> list[str]:
    """These add-ons and those of the folder that they need, sorted."""
    found, todo = set(), [*names]
    while todo:
        name = todo.pop()
        found.add(name)
        text = (folder / name / "__manifest__.py").read_text(encoding="utf-8")
        todo += [one for one in ADDONS if f'"{one}"' in text and one not in found]
    return sorted(found)
