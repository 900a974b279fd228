"""sigtool of both."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PEER = ("/usr/bin/sigtool",)
OURS = (
    sys.executable,
    "-c",
    "import sys; from nacre.cli.main import sigtool; sys.exit(sigtool())",
)
SAMPLES = Path(__file__).parents[2] / "samples"

pytestmark = pytest.mark.skipif(
    shutil.which(PEER[0]) is None, reason="Debian's clamav is not installed"
)


def run(
    command: tuple[str, ...], *arguments: str, folder: Path, given: bytes = b""
) -> tuple[bytes, int]:
    """Standard output and exit code."""
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.stdout, done.returncode


def both(*arguments: str, folder: Path, given: bytes = b"") -> tuple[bytes, int]:
    """What both print and return, which is the same."""
    ours, peer = (run(command, *arguments, folder=folder, given=given) for command in (OURS, PEER))
    assert ours == peer
    return ours


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").write_bytes(b"AAAhello AAB there AAA")
    (tmp_path / "text").write_bytes(b"Hello  WORLD\n\n foo\tbar <b>")
    databases = tmp_path / "db"
    databases.mkdir()
    for name, lines in {
        "a.ndb": "a.b:0:*:414141\nq.z:0:0:414141\n#x\n",
        "b.ldb": "x.y;Target:0;0&1;414141;4:68656c6c6f\n",
        "c.hdb": "44d88612fea8a8f36de82e1278abb02f:68:Eicar\n",
        "d.mdb": "68:44d88612fea8a8f36de82e1278abb02f:Section\n",
        "e.cdb": "member:CL_TYPE_ZIP:*:x:*:*:2:*:*:*\n",
        "f.fp": "44d88612fea8a8f36de82e1278abb02f:68:Allowed\n",
        "g.ign2": "ignored\n",
    }.items():
        (databases / name).write_text(lines)
    return tmp_path


@pytest.mark.parametrize("kind", ["--md5", "--sha1", "--sha256"])
def test_digests(folder: Path, kind: str) -> None:
    assert both(kind, "data", "db", "text", folder=folder)[1] == 0
    assert both(kind, "data", "none", "text", folder=folder)[1] == 1
    assert both(kind, folder=folder, given=b"hello")[1] == 0


def test_hex_dump(folder: Path) -> None:
    assert (
        both("--hex-dump", folder=folder, given=bytes(range(256)))[0]
        == bytes(range(256)).hex().encode()
    )


def test_usage(folder: Path) -> None:
    assert run(OURS, folder=folder)[1] == run(PEER, folder=folder)[1] == 1
    assert both("--bogus", folder=folder) == (b"", 1)
    assert run(OURS, "--help", folder=folder)[1] == run(PEER, "--help", folder=folder)[1] == 0


def test_texts_and_pages(folder: Path) -> None:
    page = b'<html><!-- c --><b>Hi</b><script>var a = 1;</script><a href="http://a.b/">Z</a></html>'
    (folder / "page").write_bytes(page)
    (folder / "wide").write_bytes("plain".encode("utf-16-le"))
    found = {}
    for command in (OURS, PEER):
        run(command, "--ascii-normalise", "text", folder=folder)
        run(command, "--html-normalise", "page", folder=folder)  # which ClamAV does not survive
        run(command, "--utf16-decode", "wide", folder=folder)
        names = ("normalised_text", "nocomment.html", "notags.html", "javascript", "wide.ascii")
        found[command] = [(folder / name).read_bytes() for name in names]
        for name in names:
            (folder / name).unlink()
    assert found[OURS] == found[PEER]
    assert found[OURS][-1] == b"plain"


def test_macros(folder: Path) -> None:
    sample = str(SAMPLES / "document/ole2/macros.in")
    ours, peer = (
        {line.strip().lower() for line in run(tool, "--vba", sample, folder=folder)[0].splitlines()}
        for tool in (OURS, PEER)
    )
    assert ours == peer
    assert b'msgbox "the action button clicked!"' in ours


def test_pictures(folder: Path) -> None:
    pictures = [
        path for path in sorted(SAMPLES.glob("media/*/*.in")) if path.read_bytes()[:4] == b"\x89PNG"
    ]
    if not pictures:
        pytest.skip("no picture at hand")
    for picture in pictures:
        shown = run(OURS, "--fuzzy-img", str(picture), folder=folder)
        assert shown == run(PEER, "--fuzzy-img", str(picture), folder=folder)


def test_lists(folder: Path) -> None:
    ours, peer = (
        sorted(run(tool, "--list-sigs=db", folder=folder)[0].splitlines()) for tool in (OURS, PEER)
    )
    assert ours == peer == [b"Eicar", b"Section", b"a.b", b"member", b"q.z", b"x.y"]
    assert both("--list-sigs=none", folder=folder)[1] == 1
    ours, peer = (
        sorted(run(tool, "--find-sigs=4141", "--datadir=db", folder=folder)[0].splitlines())
        for tool in (OURS, PEER)
    )
    assert ours == peer
    assert both("--find-sigs=(", "--datadir=db", folder=folder)[1] == 1
    assert both("-fx.y", "--datadir=db", folder=folder)[0].startswith(b"[b.ldb] x.y;")


@pytest.mark.parametrize(
    "line",
    [
        "a.b:0:*:4141{2-4}42??*43(41|42)4?",
        "a.b:1:EP+10,5:4141{-4}42{5-}43{6}!(41|42)?a44[2-3]4545",
        "a.b:12:S2+7:414142(43|44(45|46)):51:99",
        "a.b:0:*:(B)4142(L)*(W)43:51",
        "a:13:*:41",
        "a:zz:*:41",
        "a:0:*:4g",
        "plain=ff00c3a9",
        "x;Target:0;(0|1)=2;41::w;EP+0:42::aif",
        "x;Target:0;0&1;41;*:0/a;b/i",
        "x;Target:0;0&1;41",
        "x;Target:0",
        "m:CL_TYPE_ANY:5-10:\\.exe$:-5:5-:1:0-3:0xabc:1:2:3",
        "m:*:*:*:*:*:0:*:*:1",
        "4:*:4d5a:MSEXE:CL_TYPE_ANY:CL_TYPE_MSEXE:70:90",
        "1:*:4d??5a{3}:MSEXE:CL_TYPE_ANY:CL_TYPE_MSEXE",
        "nothing",
    ],
)
def test_decoded(folder: Path, line: str) -> None:
    # ClamAV leaves its beginning of a line without an end where the target is no target.
    given = os.fsencode(line) + b"\nlast=41\n"
    ours, peer = (run(tool, "--decode-sigs", folder=folder, given=given) for tool in (OURS, PEER))
    assert ours[0] == peer[0].removesuffix(b"TARGET TYPE: ")
    assert ours[1] == peer[1]


def test_tried(folder: Path) -> None:
    (folder / "own.ndb").write_text(
        "a:0:*:414141\nb:1:0:414141:51\nc:0:*:7a7a7a\nd:0:*:68656c{1-3}41\ne:0:*:41414{1}\n"
    )
    (folder / "own.ldb").write_text("x;Target:0;0&1&2&3;414141;EP+0:68656c6c6f;0/A.B?/g;7a7a7a7a\n")
    (folder / "own.db").write_text("m=414141\n")
    for name in ("own.ndb", "own.ldb", "own.db"):
        assert b"19 0" in both("--test-sigs", name, "data", folder=folder)[0]
    assert both("--test-sigs", "own.ldb", folder=folder)[1] == 1
    assert both("--test-sigs", "none", "data", folder=folder)[1] == 1
