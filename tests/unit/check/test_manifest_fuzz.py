"""Whatever stands in a manifest, the check ends in findings, never in a traceback."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.check import manifests
from pipeline.check.manifests.structure import KEYS
from pipeline.check.modules import describe_module
from pipeline.core.addons.discovery import discover
from pipeline.core.errors import InputError
from pipeline.core.results import Status, StepResult
from pipeline.core.settings import ProjectSettings, Settings
from pipeline.test.plan import make_plan

_TEXTS = st.text(max_size=8) | st.sampled_from(["base", "one", "..", "a/b", "", "views/*.xml"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=4) | _TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=2).map(tuple)
        | st.dictionaries(_TEXTS | st.integers(), inner, max_size=3)
        | st.sets(_TEXTS, max_size=2)
    ),
    max_leaves=6,
)
_MANIFESTS = st.dictionaries(
    st.sampled_from(sorted(KEYS)) | _TEXTS | st.integers(), _VALUES, max_size=5
).map(repr)
_SETTINGS = Settings(project=ProjectSettings(series="19.0"))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A source with one add-on; pylint, a second a run, is left out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifests, "check_with_pylint", lambda *arguments: ())
        folder = tmp_path_factory.mktemp("source")
        (folder / "one").mkdir()
        yield folder


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(_MANIFESTS.map(str.encode) | st.text().map(str.encode) | st.binary())
@example(b"{'external_dependencies': {'python': ['\\x00'], 'apt': {'': ''}}}")
@example(b"{'version': 0x" + b"f" * 6000 + b"}")
@example(b"{'name': '\\ud800', 'depends': ['\\udfff']}")
@example(b"{'data': ['/', '//', '.', '../..', '*[', '']}")
@example(b"{'assets': {'a': ['[', '', '/', ('include', ''), ('before', '', '**')]}}")
@example(b"{'depends': [''], 'auto_install': ['']}")
def test_a_manifest_of_anything(root, text: bytes) -> None:
    (root / "one" / "__manifest__.py").write_bytes(text)
    report = manifests.check_manifests(root, _SETTINGS)
    (addon,) = discover(root, _SETTINGS)
    _, found = describe_module(root, addon)
    findings = (*report.findings, *found)
    unreadable = [one for one in findings if one.code == "manifest-unreadable"]
    assert len(unreadable) == (2 if addon.problem else 0)
    StepResult("manifests", Status.FAILED, "", findings=findings).to_json().encode()
    try:
        make_plan(root, _SETTINGS).to_json().encode()
    except InputError as error:
        assert error.fix
