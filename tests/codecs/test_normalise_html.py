from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.codecs.normalise import HtmlViews, normalise_html
from nacre.model.errors import NacreError
from nacre.model.fmap import Fmap
from storage import no_large_files

if TYPE_CHECKING:
    from collections.abc import Sequence

PIECES = [
    b"<html>", b"<a ", b"href=", b"<img src=", b"b=", b'"', b"'", b">", b"<", b"/", b"=", b" ",
    b"\n", b"\r\n", b"x", b"Q", b"<!--", b"-->", b"!", b"<b>", b"<script>", b"</script>",
    b"</script ", b"<style>", b"</style>", b"&", b"amp;", b"&nbsp;", b"&#65;", b"#300;",
    b"&euro;", b"\0", b"\x01", b"\x7f", b"\xc3", b"\xa9", b"\xe3\x80\x82", b"\xa1C", b"data:",
    b"<?php ", b"?>", b"%", b"'data:x,", b"=data:;base64,QUJD", b"&#58;", b"&#65", b"\t",
]  # fmt: skip
CODE = [
    b"var ", b"function ", b"a", b"b1", b"(", b")", b"{", b"}", b"[", b"]", b",", b";", b'"x"',
    b"'y'", b"+", b"=", b".", b" ", b"\n", b"// w ", b"/* c */", b"1.50", b"007", b"0x1f", b"\\",
    b"\\u0041", b'unescape("%41")', b'eval("a;")', b"return ", b"this", b'"\\x41\\n"', b"</",
    b"\xe9", b"@",
]  # fmt: skip


def content(view: Fmap | None) -> bytes | None:
    return None if view is None else view.read(0, len(view))


def views(page: bytes, *, wide: bool = False) -> HtmlViews:
    return normalise_html(Fmap.from_bytes(page), 0, "/nowhere", wide=wide)


def test_three_copies() -> None:
    made = views(b"<P Title='A'>Hi<!-- x --> there<SCRIPT>Var = 1</SCRIPT>")
    assert content(made.no_comment) == b'<p title="a">hithere<script>var=1</script>'
    assert content(made.no_tags) == b" hi there "
    assert content(made.script) == b"<script>var=1</script>"


def test_a_page_without_scripts_has_no_script_copy() -> None:
    assert views(b"<style>a</style>").script is None


@pytest.mark.parametrize(
    ("page", "script"),
    [
        (b'<script>"x</script>\r <b>y', b'<script>"x</script>  "</script>'),
        (b"<script>x</script>  y", b"<script>x</script>"),
        (b'<script>"x\\', b'<script>"x\\"</script>'),
    ],
)
def test_an_unfinished_string_is_kept_whole(page: bytes, script: bytes) -> None:
    assert content(views(page).script) == script


def test_a_large_copy_without_tags_is_left_out() -> None:
    page = Fmap.from_bytes(b"abcd")
    assert normalise_html(page, 3, "/nowhere").no_tags is None
    assert content(normalise_html(page, 4, "/nowhere").no_tags) == b"abcd"


def test_a_copy_that_cannot_be_kept_is_an_error() -> None:
    with no_large_files(), pytest.raises(NacreError, match="temporary file"):
        views(b"x" * (17 << 20))
    assert len(views(b"x" * (17 << 20)).no_comment) >= 17 << 20  # in memory


def test_a_tag_behind_data_ends_for_a_browser() -> None:
    page = b"<img src=data:,x><script>a('b' + 'c')</script>"
    misread = views(page)
    assert misread.misread
    assert content(misread.script) is None
    plain = normalise_html(Fmap.from_bytes(page), 0, "/nowhere", plain=True)
    assert not plain.misread
    assert content(plain.script) == b'<script>a("bc")</script>'


@given(
    st.one_of(st.binary(), st.lists(st.sampled_from(PIECES + CODE)).map(b"".join)), st.booleans()
)
def test_any_page_gives_copies(page: bytes, wide: bool) -> None:  # noqa: FBT001 - given by hypothesis
    made = views(page, wide=wide)
    assert len(made.no_comment) <= 2 * len(page) + 8


def ask_peer(pages: Sequence[bytes], folder: Path) -> list[tuple[str, dict[str, bytes]]]:
    """Type and copies of each page, as clamscan leaves them in its temporary folder."""
    for name in ("db", "pages", "left"):
        (folder / name).mkdir()
    (folder / "db" / "x.hdb").write_text("44d88612fea8a8f36de82e1278abb02f:68:x\n")
    paths = [folder / "pages" / f"{number:06}" for number in range(len(pages))]
    for path, page in zip(paths, pages, strict=True):
        path.write_bytes(page)
    (folder / "list").write_text("".join(f"{path}\n" for path in paths))
    command: list[str | Path] = [
        "clamscan", "--gen-json", "--leave-temps", f"--tempdir={folder / 'left'}",
        "-d", folder / "db", "-f", folder / "list",
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, timeout=110, check=False)
    copies: list[tuple[str, dict[str, bytes]]] = [("", {}) for _ in pages]
    for left in (folder / "left").iterdir():
        number = re.search(r"-(\d{6})\.", left.name)
        assert number
        found = copies[int(number[1])][1]
        for top, _, names in sorted(os.walk(left), key=lambda entry: entry[0].count("/")):
            for name in names:
                found.setdefault(name, Path(top, name).read_bytes())
        kind = re.search(rb'"FileType":"CL_TYPE_(\w+)"', found.get("metadata.json", b""))
        copies[int(number[1])] = (kind[1].decode() if kind else "", found)
    return copies


def compare(pages: Sequence[bytes], folder: Path, least: int) -> None:
    compared = 0
    for page, (kind, theirs) in zip(pages, ask_peer(pages, folder), strict=True):
        if "nocomment.html" not in theirs:
            continue
        compared += 1
        ours = views(page, wide=kind == "HTML_UTF16")
        assert content(ours.no_comment) == theirs["nocomment.html"], page
        assert content(ours.no_tags) == theirs["notags.html"], page
        assert content(ours.script) == theirs.get("javascript"), page
    assert compared >= least


needs_peer = pytest.mark.skipif(shutil.which("clamscan") is None, reason="ClamAV is not installed")


@pytest.mark.compat
@needs_peer
@pytest.mark.parametrize("seed", range(4))
def test_made_pages_as_the_peer(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - a fixed choice of cases, no secret
    pages = [
        b"<html>" + b"".join(chance.choices(PIECES, k=chance.randrange(1, 30))) for _ in range(700)
    ]
    pages += [b"<html>" + b"word <b> " * 900 + page for page in pages[:40]]
    compare(pages, tmp_path, 700)


@pytest.mark.compat
@needs_peer
def test_pages_of_this_machine_as_the_peer(tmp_path: Path) -> None:
    found = [
        Path(top, name)
        for root in ("/usr/share", "/usr/lib")
        for top, _, names in os.walk(root)
        for name in names
        if name.endswith((".html", ".htm"))
    ]
    usable = [path for path in sorted(found) if path.is_file() and path.stat().st_size < 200_000]
    chance = random.Random(7)  # noqa: S311 - a fixed choice of files, no secret
    pages = [path.read_bytes() for path in chance.sample(usable, min(120, len(usable)))]
    compare(pages, tmp_path, min(20, len(usable) // 2))
