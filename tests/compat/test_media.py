"""Broken pictures: the same names as ClamAV's."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import media

if TYPE_CHECKING:
    from compat.pair import Pair

DATABASE = [("a.ndb", "Never:0:*:deadbeefdeadbeefdeadbeef")]
OPTIONS = ("--allmatch", "--alert-broken-media=yes")
VARIED = 1500
FEWEST = VARIED // 4


def test_every_fault(pair: Pair) -> None:
    files = {name: data for name, (data, _) in media.BROKEN.items()} | media.WHOLE
    files["exploit"] = media.jpeg("jfif", "empty-comment")
    for size in (35, 36, 37):
        cursor = media.part(b"anih", bytes(size))
        files[f"cursor-{size}"] = media.riff(cursor)
        files[f"nested-{size}"] = media.riff(media.part(b"LIST", b"INFO" + cursor))
    found = pair.agree(DATABASE, files, *OPTIONS)
    for name, (_, fault) in media.BROKEN.items():
        assert found[name] == {f"Heuristics.Broken.Media.{fault}"}
    pair.agree(DATABASE, files)
    pair.agree(DATABASE, files, *OPTIONS, "--heuristic-alerts=no")
    pair.agree(DATABASE, files, *OPTIONS, "--scan-image=no")


def test_damage(pair: Pair) -> None:
    files = media.varied(random.Random(13), VARIED)  # noqa: S311
    found = pair.agree(DATABASE, files, *OPTIONS)
    assert sum(map(bool, found.values())) > FEWEST
