"""Requirement files: pip's own examples, those that other people stumbled over, and anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.addons.requirements import included, lines
from pipeline.core.addons.wheels import required_addons
from pipeline.core.errors import InputError

#: From pip's reference, "Requirements File Format".
EXAMPLE = """\
# This is a comment, to show how #-prefixed lines are ignored.
pytest
docopt == 0.6.1
requests [security] >= 2.8.1, == 2.8.* ; python_version < "2.7"
urllib3 @ https://github.com/urllib3/urllib3/archive/refs/tags/1.26.8.zip
-r other-requirements.txt
-c constraints.txt
./downloads/numpy-1.9.2-cp34-none-win32.whl
http://wxpython.org/Phoenix/snapshot-builds/wxPython_Phoenix-3.0.3.dev1820.whl
FooProject >= 1.2 --global-option="--no-user-cfg" \\
                  --config-setting="x=#no comment"
FooProject == 1.2 \\
    --hash=sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 \\
    --hash=sha256:486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7
-e git+https://git.example.org/x.git@v1.0#egg=odoo-addon-shop  # after an address
"""


def test_the_lines_of_pip_s_example() -> None:
    found = list(lines(EXAMPLE.encode()))
    assert len(found) == 11
    assert found[1] == "docopt == 0.6.1"
    assert found[8].split() == [
        *("FooProject", ">=", "1.2", '--global-option="--no-user-cfg"'),
        '--config-setting="x=#no',
        'comment"',
    ]
    assert found[9].count("--hash=") == 2
    assert found[10].endswith("#egg=odoo-addon-shop")


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfa\r\nb # c\r\n",
        "a\nb".encode("utf-16"),
        b"# -*- coding: latin-1 -*-\na\nb  # \xe9\n",
        b"#!x\n# vim: set fileencoding=cp1252 :\na\nb",
        b"# -*- coding: nonsense -*-\na\nb",
        b"\na\n\n   # c\n  b  \n",
        b"a\nb\\\n# a comment ends it\n",
        b"a\nb\\",
    ],
)
def test_files_as_editors_and_tools_leave_them(data: bytes) -> None:
    assert list(lines(data)) == ["a", "b"]


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_files_that_others_name_are_followed(tmp_path: Path) -> None:
    write(
        tmp_path,
        requirements="-r sub/one.txt\n--constraint 'with blank.txt'\n# -r not.txt\n",
        sub__one="-rtwo.txt\n-c../three.txt\nx -r no.txt\n",
        sub__two="--requirement=../requirements.txt\n",
        three="-r https://example.org/x.txt\n-c ${WHERE}/x.txt\n-r\n-r 'torn\n--requirements x\n",
    )
    (tmp_path / "with blank.txt").touch()
    assert included(tmp_path, ["requirements.txt"]) == (
        *("sub/one.txt", "sub/two.txt", "three.txt", "with blank.txt"),
    )


@pytest.mark.parametrize("name", ["gone.txt", "../out.txt", "/etc/hosts", "sub", ".."])
def test_a_file_that_is_not_in_the_source_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "root" / "sub").mkdir(parents=True)
    write(tmp_path, out="")
    write(tmp_path / "root", requirements=f"-r {name}\n")
    with pytest.raises(InputError, match=f"requirements.txt names {name}, which is not in"):
        included(tmp_path / "root", ["requirements.txt"])
    assert included(tmp_path / "root", ["requirements.txt"], strict=False) == ()


def test_add_ons_that_requirements_bring(tmp_path: Path) -> None:
    write(
        tmp_path,
        requirements="\ufeffodoo-addon-a==16.0.1\nodoo14-addon-b_c[x]>=1 ; python_version>'3'\n"
        "-r sub/more.txt\n",
        sub__more="odoo-addon-d \\\n  @ git+https://x/y@refs/pull/1#subdirectory=setup/d\n",
        test_requirements="-e git+https://x/y#subdirectory=e&egg=odoo-addon-e\n# odoo-addon-no\n"
        "-r gone.txt\n",
    )
    assert required_addons(tmp_path) == {"a", "b_c", "d", "e"}


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_anything_has_lines(data: bytes) -> None:
    for line in lines(data):
        assert line == line.strip() != ""


@given(
    st.lists(st.sampled_from(["-r", "-c", " ", "'", '"', "\\\n", "x", "=", "..", "/", "\0", "\n"]))
)
def test_anything_is_followed_or_one_clear_error(tmp_path_factory, parts: list[str]) -> None:
    root = tmp_path_factory.getbasetemp()
    (root / "any.txt").write_text("".join(parts))
    try:
        assert included(root, ["any.txt"]) in ((), ("x",))
    except InputError as error:
        assert error.fix
