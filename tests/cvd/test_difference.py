from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.cvd.difference import compare_files, compare_folders
from nacre.cvd.script import CdiffError, run_script

_LINE = st.sampled_from([b"", b"a", b"a b", b"b:1:2", b"a line of more than sixteen", b"c", b"#d"])
_FILE = st.lists(_LINE, max_size=12).map(lambda lines: b"".join(line + b"\n" for line in lines))
_FOLDER = st.dictionaries(st.sampled_from(["x.ndb", "y.hdb", "COPYING", "x.info"]), _FILE)


def written(folder: Path, members: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, data in members.items():
        (folder / name).write_bytes(data)
    return folder


@given(_FOLDER, _FOLDER)
def test_a_script_leads_from_one_to_the_other(
    before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    with tempfile.TemporaryDirectory() as text:
        old, new = written(Path(text, "old"), before), written(Path(text, "new"), after)
        script = b"".join(line + b"\n" for line in compare_folders(old, new))
        run_script([script], old, "script")
        assert {path.name: path.read_bytes() for path in old.iterdir()} == after


def test_a_moved_line_is_one_that_goes_and_one_that_comes(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"1\n2\n3\n1\n")
    (tmp_path / "new").write_bytes(b"3\n1\n1\n")
    lines = list(compare_files(tmp_path / "old", tmp_path / "new", "x"))
    assert lines == [b"OPEN x", b"DEL 1 1", b"DEL 2 2", b"ADD 1", b"CLOSE"]


def test_names_that_no_script_can_say_are_refused(tmp_path: Path) -> None:
    old, new = written(tmp_path / "old", {}), written(tmp_path / "new", {"a b.ndb": b"x\n"})
    with pytest.raises(CdiffError, match=r"a b\.ndb"):
        list(compare_folders(old, new))
