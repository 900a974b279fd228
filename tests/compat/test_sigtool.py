"""sigtool of both."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
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
    command: tuple[str, ...],
    *arguments: str,
    folder: Path,
    given: bytes = b"",
    environment: dict[str, str] | None = None,
) -> tuple[bytes, int]:
    """Standard output and exit code."""
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, **(environment or {})},
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


def build(folder: Path, name: str, version: int, members: dict[str, str]) -> Path:
    """A container without signature, made by ClamAV's sigtool."""
    work = folder / f"work-{version}"
    work.mkdir()
    (work / "COPYING").write_text("free\n")
    for member, text in members.items():
        (work / f"{name}.{member}").write_text(text)
    arguments = ("--build", f"{name}.cud", "--unsigned", f"--cvd-version={version}")
    made = run(PEER, *arguments, "--datadir=.", folder=work, given=b"me\n")
    assert made[1] == 0
    path = folder / str(version) / f"{name}.cud"
    path.parent.mkdir()
    return (work / path.name).rename(path)


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    body = "a.b:0:*:414141\nq.z:0:0:414141\n"
    first = {"ndb": body, "fp": f"{'4' * 32}:68:Allowed\n", "mdb": f"68:{'4' * 32}:Section\n"}
    second = {"ndb": body.replace("q", "r"), "mdb": first["mdb"] + f"69:{'5' * 32}:More\n"}
    second["hdb"] = f"{'6' * 32}:68:New\n"
    return build(tmp_path, "own", 2, first), build(tmp_path, "own", 3, second)


def test_information(tmp_path: Path, versions: tuple[Path, Path]) -> None:
    assert both("--info", str(versions[0]), folder=tmp_path)[1] == 0
    shutil.copy(versions[0], tmp_path / "own.cvd")
    shutil.copy(versions[0], tmp_path / "own.cld")
    (tmp_path / "short.cvd").write_bytes(versions[0].read_bytes()[:50])
    for name in ("own.cvd", "own.cld", "short.cvd", "none"):
        assert both("--info", name, folder=tmp_path)[1] == 1


def test_quiet(tmp_path: Path, versions: tuple[Path, Path]) -> None:
    old, new = (str(path.relative_to(tmp_path)) for path in versions)
    for arguments in (
        ("--quiet", "--info", old),
        ("--quiet", "--diff", old, new),
        ("--quiet", "--md5", old),
        ("--quiet", "--compare", old, old),
        ("--stdout", "--unpack-current", "none", "--datadir=."),
        ("--stdout", "--diff", new, old),
        ("--gen-json", "--info", old),
    ):
        both(*arguments, folder=tmp_path)
    assert both("--quiet", "--hex-dump", folder=tmp_path, given=b"hi")[0] == b"6869"


def test_unpacking(tmp_path: Path, versions: tuple[Path, Path]) -> None:
    found = {}
    for command in (OURS, PEER):
        folder = tmp_path / command[0][-4:]
        folder.mkdir()
        (folder / "own.ndb").write_text("what was there\n")
        assert run(command, "--unpack", str(versions[0]), folder=folder) == (b"", 0)
        found[command] = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert found[OURS] == found[PEER]
    shutil.copy(versions[0], tmp_path / "own.cvd")
    assert both("--unpack", "own.cvd", folder=tmp_path)[1] == 1
    assert both("--unpack-current", "own", "--datadir=.", folder=tmp_path)[1] == 1
    assert both("--unpack-current", "none", "--datadir=.", folder=tmp_path)[1] == 1
    assert both("--unpack", "none", folder=tmp_path)[1] == 1


LONG = "a line that is longer than what names it"
TEXTS = [
    ("l1 x\nl2 y\nl3 z\nl5 a b\n", "l1 x\nl3 z\nl4 q\nl5 a c\n"),
    ("l1 x\nl3 z\nl4 q\nl5 a c\n", "l1 x\nl2 y\nl3 z\nl5 a b\n"),
    ("", "1\n2\n"),
    ("1\n2\n", ""),
    ("1\n2\n", "1\n2\n"),
    ("1\n2\n1\n2\n3\n", "2\n1\n3\n3\n"),
    (f"{LONG}1\n2\n3\n{LONG}4\n5\n", f"{LONG}2\n5\n"),
    ("a:b:c\nd:e:f\n", "a:b:X\nd:e:f\ng:h:i\n"),
    ("1\n2\n3\n", "3\n2\n1\n"),
]


@pytest.mark.parametrize(("old", "new"), TEXTS)
def test_compared(tmp_path: Path, old: str, new: str) -> None:
    (tmp_path / "old").write_text(old)
    (tmp_path / "new").write_text(new)
    ours, peer = (run(tool, "--compare", "old", "new", folder=tmp_path) for tool in (OURS, PEER))
    # ClamAV leaves the newline of a line in its name, where that is shorter than 16 bytes.
    assert ours == (peer[0].replace(b"\n\n", b"\n"), peer[1])


def test_compared_with_nothing(folder: Path) -> None:
    assert both("--compare", "none", "text", folder=folder)[1] == 0
    assert both("--compare", "text", "none", folder=folder)[1] == 1
    assert both("--compare", "text", folder=folder)[1] == 1


def test_scripts_of_both(tmp_path: Path, versions: tuple[Path, Path]) -> None:
    old, new = (str(path.relative_to(tmp_path)) for path in versions)
    scripts = {}
    made = tmp_path / "3" / "own-3.script"
    name = "3/own-3.script"
    said = f"Generated diff file {name}\nVerification: {name} correctly applies to {old}\n"
    for number, command in enumerate((OURS, PEER)):
        assert run(command, "--diff", old, new, folder=tmp_path) == (said.encode(), 0)
        scripts[command] = made.rename(tmp_path / f"own-{number}.script")
    commands = [sorted(script.read_bytes().splitlines()) for script in scripts.values()]
    assert commands[0] == commands[1]
    for script in scripts.values():
        for command in (OURS, PEER):
            fits = run(command, "--verify-cdiff", script.name, old, folder=tmp_path)
            assert fits == (f"Verification: {script.name} correctly applies to {old}\n".encode(), 0)
            assert run(command, "--verify-cdiff", script.name, new, folder=tmp_path)[1] == 1
            folder = tmp_path / f"run-{command[0][-3:]}-{script.name}"
            folder.mkdir()
            shutil.copy(script, folder)
            assert run(PEER, "--unpack", str(versions[0]), folder=folder)[1] == 0
            assert run(command, "--run-cdiff", script.name, folder=folder) == (b"", 0)
            assert (folder / "own.hdb").read_text() == f"{'6' * 32}:68:New\n"
            assert not (folder / "own.fp").exists()


def test_diffs_that_cannot_be(tmp_path: Path, versions: tuple[Path, Path]) -> None:
    old, new = (str(path.relative_to(tmp_path)) for path in versions)
    (tmp_path / "x-1.script").write_text("OPEN ../x\nADD y\nCLOSE\n")
    (tmp_path / "x-1.cdiff").write_text("ClamAV-Diff:1:1:x:y")
    for arguments in (
        ("--diff", new, old),
        ("--diff", old),
        ("--diff", "none", new),
        ("--verify-cdiff", "x-1.script", old),
        ("--verify-cdiff", "x-1.cdiff", old),
        ("--verify-cdiff", "x-1.script", "none"),
        ("--verify-cdiff", old, old),
        ("--verify-cdiff", "none-1.script", old),
        ("--verify-cdiff", "x-1.script"),
        ("--run-cdiff", "x-1.script"),
        ("--run-cdiff", "x-1.cdiff"),
        ("--run-cdiff", "none-1.cdiff"),
        ("--run-cdiff", "none"),
    ):
        assert both(*arguments, folder=tmp_path)[1] == 1


FILES = {
    "cfg": "PE:0x1:6:200\n",
    "ign2": "ignored\n",
    "ftm": "0:0:4d5a4d5a:X:CL_TYPE_ANY:CL_TYPE_MSEXE\n",
    "db": "x1=414143\n",
    "hdb": f"{'1' * 32}:68:One\n",
    "hsb": f"{'2' * 64}:68:Two:73\n",
    "mdb": f"68:{'4' * 32}:Section\n",
    "ndb": "# two\na.b:0:*:414141\nq.z:0:0:414141\n",
    "ldb": "x.y;Target:0;0&1;414141;4:68656c6c6f\n",
    "sdb": "a:0:*:414142\n",
    "fp": f"{'5' * 32}:68:Allowed\n",
    "cdb": "m:CL_TYPE_ZIP:*:x:*:*:*:*:*:*\n",
    "txt": "not of a database\n",
}


def sources(folder: Path) -> Path:
    folder.mkdir()
    (folder / "COPYING").write_text("free\n")
    for kind, text in FILES.items():
        (folder / f"own.{kind}").write_text(text)
    return folder


def test_built_by_both(tmp_path: Path) -> None:
    members, lines = [], []
    arguments = (
        "--build",
        "own.cud",
        "--unsigned",
        "--cvd-version=7",
        "--flevel=90",
        "--datadir=.",
    )
    for number, command in enumerate((OURS, PEER)):
        folder = sources(tmp_path / str(number))
        said = run(command, *arguments, folder=folder, given=b"me\n")
        assert said[1] == 0
        lines.append(said[0])
        made = folder / "own.cud"
        shown = [run(tool, "--info", "own.cud", folder=folder) for tool in (OURS, PEER)]
        assert shown[0] == shown[1]
        assert b"Verification: Unsigned container\n" in shown[0][0]
        with tarfile.open(fileobj=io.BytesIO(made.read_bytes()[512:])) as tar:
            members.append([(entry.name, entry.size) for entry in tar if entry.name != "own.info"])
        # Each loads what the other made, alone in a folder.
        for tool in ("clamscan", "/usr/bin/clamscan"):
            alone = tmp_path / f"{number}-{Path(tool).parent.name}"
            alone.mkdir()
            shutil.copy(made, alone)
            (tmp_path / "bad").write_bytes(b"AAB AAC AAA hello hello AAA")
            program = (OURS[0], "-c", OURS[2].replace("sigtool", "clamscan"))
            scanner = (tool,) if tool.startswith("/") else program
            found = run(
                scanner, f"--database={alone}", "-z", str(tmp_path / "bad"), folder=tmp_path
            )
            assert found[1] == 1
            assert b"x1.UNOFFICIAL FOUND" in found[0] or b"a.b.UNOFFICIAL FOUND" in found[0]
            assert b"Known viruses: 10\n" in found[0]
    assert members[0] == members[1]
    assert lines[0] == lines[1]


def test_next_version(tmp_path: Path) -> None:
    for number, command in enumerate((OURS, PEER)):
        folder = sources(tmp_path / str(number))
        (folder / "data").mkdir()
        arguments = ("--build", "own.cud", "--unsigned", "--cvd-version=7")
        assert run(command, *arguments, "--datadir=data", folder=folder, given=b"me\n")[1] == 0
        (folder / "own.cud").rename(folder / "data" / "own.cud")
        (folder / "own.msb").write_text(f"68:{'4' * 64}:More:73\n")
        said = run(command, *arguments, "--datadir=data", folder=folder, given=b"me\n")
        assert said == (b"Total sigs: 11\nNew sigs: 1\nBuilder name: Created own.cud\n", 0)
        assert b"Version: 8\n" in run(PEER, "--info", "own.cud", folder=folder)[0]


def test_what_cannot_be_built(tmp_path: Path) -> None:
    folder = sources(tmp_path / "own")
    common = ("--build", "own.cud", "--unsigned", "--cvd-version=7", "--datadir=.")
    (folder / "own.ndb").write_text("bad\n")
    assert both(*common, folder=folder) == (b"", 1)
    (folder / "own.ndb").unlink()
    assert both("--build", "own.cvd", folder=folder) == (b"", 1)
    (folder / "COPYING").unlink()
    assert both(*common, folder=folder) == (b"", 1)


@pytest.mark.enable_socket
def test_signing_service(tmp_path: Path) -> None:
    asked: dict[int, list[bytes]] = {}
    try:
        listener = socket.create_server(("127.0.0.1", 33101))
    except OSError:
        pytest.skip("something listens where a signing service does")
    with listener:
        listener.settimeout(30)
        for number, command in enumerate((OURS, PEER)):
            folder = sources(tmp_path / str(number))
            (folder / "data").mkdir()
            unsigned = ("--build", "own.cud", "--unsigned", "--cvd-version=7", "--datadir=data")
            assert run(OURS, *unsigned, folder=folder, given=b"me\n")[1] == 0
            (folder / "own.cud").rename(folder / "data" / "own.cvd")
            requests = asked[number] = []
            server = threading.Thread(target=answer, args=(listener, requests))
            server.start()
            signed = ("--build", "own.cvd", "--server=127.0.0.1", "--datadir=data")
            who = {"SIGNDUSER": "u", "SIGNDPASS": "p"}
            said = run(command, *signed, folder=folder, environment=who)
            server.join()
            assert said[1] == 0
            raw = (folder / "own.cvd").read_bytes()
            assert raw[:512].split(b":")[6] == b"abcd"
            assert (folder / "own-8.cdiff").read_bytes().endswith(b":abcd")
            # Whether a script fits, whoever wrote it.
            fits = run(OURS, "--verify-cdiff", "own-8.script", "data/own.cvd", folder=folder)
            assert fits[1] == 0
            assert requests[1][-16:] == bytes.fromhex(raw[:512].split(b":")[5].decode())
    # What is asked: a word, who asks, a digest (any bytes) of 16 or 32 bytes.
    words = (b"ClamSignPSS2:u:p:", b"ClamSign:u:p:", b"ClamSignPSS:u:p:")
    for requests in asked.values():
        assert [line[: len(word)] for line, word in zip(requests, words, strict=True)] == [*words]
    ours, peer = ([len(line) for line in asked[number]] for number in (0, 1))
    assert ours == peer


def answer(listener: socket.socket, requests: list[bytes]) -> None:
    """Sign three times."""
    for _ in range(3):
        connection, _ = listener.accept()
        with connection:
            requests.append(connection.recv(512))
            connection.sendall(b"Signature:abcd")
