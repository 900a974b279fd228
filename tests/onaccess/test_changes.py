from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nacre.onaccess.changes import changed_since

if TYPE_CHECKING:
    from pathlib import Path

OLD = 1_000_000_000


def test_files_and_what_is_in_folders_that_were_moved(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    for folder in (outside / "a/b", inside / "kept"):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    for folder in (outside / "a/b", outside / "a", outside):
        os.utime(folder, (OLD, OLD))
    before = (inside / "kept/file").stat().st_ctime
    stamp, since = tmp_path / "stamp", before
    while since <= before:
        stamp.touch()
        since = stamp.stat().st_ctime
    outside.rename(inside / "moved")
    assert changed_since(inside, since) == [os.fsencode(inside / "moved/a/b/file")]
    (inside / "kept/file").write_text("new")
    assert len(changed_since(inside, since)) == 2
