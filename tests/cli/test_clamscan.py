from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from nacre.cli.actions import Action, Kind
from nacre.cli.commands.clamscan import run
from nacre.cli.session import Extras, Session
from nacre.model.errors import ScanError
from nacre.model.verdict import Alert, Incident, Report, Strength, Verdict
from nacre.output.clamscan import Printer, Style, Tally
from nacre.output.version import ENGINE, age_in_days, version_line
from nacre.walk import Follow, Plan
from nacre.walk.pattern import make_filter

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.engine.watch import Watch

MARKER = b"what alerts"


class Finder:
    """Scans for one string: enough of an engine to see what is done with its answers."""

    def scan_fd(self, fd: int, name: str | bytes = "", *watches: Watch) -> Report:  # noqa: ARG002
        data = os.pread(fd, 1 << 20, 0)
        if data.startswith(b"broken"):
            raise ScanError(os.fsdecode(name), "Can't read file")
        incidents = (Incident("encrypted"),) if b"secret" in data else ()
        alerts = (Alert("Marker", Strength.STRONG, depth=1),) if MARKER in data else ()
        verdict = Verdict.STRONG if alerts else Verdict.NOTHING_FOUND
        return Report(verdict, alerts, incidents, size=len(data), bytes_scanned=len(data))


class Run:
    """One session over files in a folder, and what it printed."""

    def __init__(self, folder: Path, **style: bool) -> None:
        self.folder = folder
        self.out, self.err, self.log = io.BytesIO(), io.BytesIO(), io.BytesIO()
        self.printer = Printer(Style(**style), self.out, self.err, self.log)
        self.tally = Tally()

    def scan(
        self, *names: str, plan: Plan | None = None, action: Action | None = None,
        extras: Extras | None = None,
    ) -> Run:  # fmt: skip
        session = Session(
            Finder(), plan or Plan(recursive=True), self.printer, self.tally,
            action=action, extras=extras,
        )  # fmt: skip
        for name in names or (".",):
            session.argument(os.fsencode(name))
        return self

    @property
    def lines(self) -> list[bytes]:
        return sorted(self.out.getvalue().splitlines())

    @property
    def errors(self) -> list[bytes]:
        return self.err.getvalue().splitlines()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "files"
    root.mkdir()
    for name, content in (
        ("bad", MARKER), ("good", b"nothing"), ("empty", b""), ("broken", b"broken"),
        ("partly", b"secret"), ("both", MARKER + b" secret"),
    ):  # fmt: skip
        (root / name).write_bytes(content)
    monkeypatch.chdir(root)
    return root


def test_a_run(folder: Path) -> None:
    run = Run(folder).scan()
    assert run.lines == [
        b"./bad: Marker FOUND",
        b"./both: Marker FOUND",
        b"./broken: Can't read file ERROR",
        b"./empty: Empty file",
        b"./good: OK",
        b"./partly: OK",
    ]
    assert sorted(run.errors) == [
        b"WARNING: ./both: not fully scanned: encrypted",
        b"WARNING: ./partly: not fully scanned: encrypted",
    ]
    tally = run.tally
    assert (tally.files, tally.infected, tally.incomplete, tally.errors) == (4, 2, 2, 1)
    assert (tally.directories, tally.exit_code) == (1, 1)


def test_what_cannot_be_scanned(folder: Path) -> None:
    os.mkfifo(folder / "fifo")
    (folder / "nowhere").symlink_to("x")
    run = Run(folder).scan("fifo", "missing", "good/x", "", "nowhere")
    assert run.errors == [
        b"WARNING: fifo: Not supported file type",
        b"missing: No such file or directory",
        b"WARNING: missing: Can't access file",
        b"good/x: Not a directory",
        b"WARNING: good/x: Can't access file",
        b"No such file or directory",
        b"WARNING: : Can't access file",
    ]
    assert run.lines == [b"nowhere: Symbolic link"]
    assert (run.tally.exit_code, run.tally.errors) == (2, 0)


def test_a_quiet_run_names_what_failed(folder: Path) -> None:
    run = Run(folder, quiet=True).scan("broken", "missing", "bad")
    assert run.lines == []
    assert run.errors == [
        b"WARNING: broken: Can't read file ERROR",
        b"missing: No such file or directory",
        b"WARNING: missing: Can't access file",
    ]


def test_verbose_says_which_pattern_excluded(folder: Path) -> None:
    (folder / "sub").mkdir()
    plan = Plan(
        recursive=True,
        files=make_filter(["/good$"], [])[0],
        directories=make_filter(["sub"], [])[0],
    )
    lines = Run(folder, verbose=True).scan(plan=plan).lines
    assert b"./good: Excluded (matches '/good$')" in lines
    assert b"./sub: Excluded (matches 'sub')" in lines
    assert b"Scanning ./bad" in lines


@pytest.mark.skipif(os.geteuid() != 0, reason="changes the user")
def test_what_may_not_be_read_by_another_user(folder: Path) -> None:
    for parent in (folder, *folder.parents):
        if parent.stat().st_mode & 0o005 != 0o005:
            parent.chmod(0o755)
    (folder / "bad").chmod(0)
    for name, mode in (("closed", 0), ("listable", 0o744)):
        (folder / name).mkdir()
        (folder / name / "file").write_bytes(b"x")
        (folder / name).chmod(mode)
    os.seteuid(65534)
    try:
        run = Run(folder).scan()
        infected = Run(folder, infected=True).scan("bad")
    finally:
        os.seteuid(0)
    assert {b"./bad: Access denied", b"./closed: Can't open directory."} <= set(run.lines)
    # ClamAV says nothing of files in a directory that can be listed but not searched.
    assert b"WARNING: ./listable/file: Can't access file: Permission denied" in run.errors
    assert infected.errors == [b"WARNING: bad: Access denied"]
    assert infected.tally.exit_code == 2


@pytest.mark.parametrize(
    ("kind", "line", "left"),
    [
        (Kind.MOVE, "bad (real path: '{home}/bad'): moved to '{there}/bad'", False),
        (Kind.COPY, "bad (real path: '{home}/bad'): copied to '{there}/bad'", True),
        (Kind.REMOVE, "bad (real path: '{home}/bad'): Removed.", False),
    ],
)
def test_actions(folder: Path, tmp_path: Path, kind: Kind, line: str, *, left: bool) -> None:
    there = tmp_path / "there"
    there.mkdir()
    with Action(kind, os.fsencode(there)) as action:
        run = Run(folder).scan("bad", "good", action=action)
    assert os.fsencode(line.format(home=folder, there=there)) in run.lines
    assert ((folder / "bad").exists(), (folder / "good").exists()) == (left, True)
    with Action(kind, os.fsencode(there)) as action:
        run = Run(folder).scan(str(folder / "both"), action=action)
    assert run.lines[-1].startswith(os.fsencode(f"{folder}/both: "))


def test_moving_within_the_tree_that_is_scanned_ends(folder: Path) -> None:
    with Action(Kind.MOVE, os.fsencode(folder)) as action:
        run = Run(folder).scan(action=action)
    assert run.tally.infected == 2
    assert sorted(path.name for path in folder.glob("b*.001")) == ["bad.001", "both.001"]


def test_every_hard_link_is_acted_upon(folder: Path, tmp_path: Path) -> None:
    os.link(folder / "bad", folder / "bad2")
    (tmp_path / "there").mkdir()
    with Action(Kind.MOVE, os.fsencode(tmp_path / "there")) as action:
        Run(folder).scan(action=action)
    assert not list(folder.glob("bad*"))


def test_a_failed_action_is_counted(folder: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    for name in ("bad", *(f"bad.{number:03d}" for number in range(1, 1000))):
        (there / name).touch()
    with Action(Kind.COPY, os.fsencode(there)) as action:
        run = Run(folder).scan("bad", action=action)
    assert run.tally.failed == 1
    assert run.errors[0].startswith(b"ERROR: Can't copy file 'bad' (real path: ")


def test_the_list_of_files(folder: Path) -> None:
    run = Run(folder)
    session = Session(Finder(), Plan(), run.printer, run.tally)
    session.file_list(io.BytesIO(b"bad\ngood\r\n\nmissing"))
    assert run.lines == [b"bad: Marker FOUND", b"good: OK"]
    assert run.errors == [
        b"",
        b": No such file or directory",
        b"WARNING: ",
        b": Can't access file",
        b"missing: No such file or directory",
        b"WARNING: missing: Can't access file",
    ]


@pytest.mark.parametrize(
    ("limit", "data", "size"), [(0, MARKER, 11), (4, b"x" * 100, 5), (11, MARKER, 11), (0, b"", 0)]
)
def test_standard_input(folder: Path, limit: int, data: bytes, size: int) -> None:
    run = Run(folder)
    stream = io.BytesIO(data)
    session = Session(Finder(), Plan(), run.printer, run.tally)
    session.standard_input(stream, None, limit)
    assert run.lines == [b"stdin: Marker FOUND" if data == MARKER else b"stdin: OK"]
    assert run.tally.blocks_read == size // 4096
    assert stream.read() == b""


def test_what_1_5_prints_more(folder: Path) -> None:
    extras = Extras(digest="md5", file_type=True)
    assert Run(folder).scan("good", extras=extras).out.getvalue() == (
        b"good: OK\n"
        b"good FileHash: 3e47b75000b0924b6c9ba5759a7cf15d (md5)\n"
        b"good FileType: CL_TYPE_ANY\n"
    )


def test_metadata(folder: Path, tmp_path: Path) -> None:
    extras = Extras(json=True, debug=True, leave_directory=str(tmp_path))
    run = Run(folder).scan("both", extras=extras)
    (file,) = tmp_path.glob("*-both.*/metadata.json")
    found = json.loads(file.read_text())
    assert found["FileName"] == "both"
    assert found["Indicators"][0]["Name"] == "Marker"
    assert found["ParseErrors"][0]["Reason"] == "encrypted"
    assert b"LibClamAV debug: {" in run.err.getvalue()


def test_what_is_extracted_is_left(tmp_path: Path) -> None:
    page, left = tmp_path / "page.html", tmp_path / "left"
    left.mkdir()
    page.write_bytes(b'<a href="data:text/plain;base64,c29tZXRoaW5n">x</a>')
    (tmp_path / "a.ndb").write_text("Some:0:*:736f6d657468696e67\n")
    done = program(
        "-d", str(tmp_path / "a.ndb"), "--leave-temps", f"--tempdir={left}", "--gen-json", str(page)
    )
    assert done.returncode == 1
    (folder,) = left.iterdir()
    found = [file.read_bytes() for file in sorted(folder.iterdir())]
    assert b'<a href="data">x</a>' in found
    assert b"something" in found
    assert (folder / "metadata.json").is_file()


def test_suspicious_links_are_told_on_standard_error(tmp_path: Path) -> None:
    mail = tmp_path / "mail"
    mail.write_bytes(
        b"From: a\nSubject: b\nMIME-Version: 1.0\nContent-Type: text/html\n\n<html>"
        b'<a href="http://evil.com/x">http://www.bank.com/</a>'
        b'<a href="http://evil.com/%1b[2J">http://www.bank.com/</a>'
        b'<a href="http://evil%1b.com/">http://www.bank.com/</a></html>\n'
    )
    (tmp_path / "a.pdb").write_text("H:bank.com\n")
    done = program("-d", str(tmp_path / "a.pdb"), "--quiet", str(mail))
    assert (done.returncode, done.stdout) == (1, "")
    lines = [line.removeprefix("LibClamAV info: ") for line in done.stderr.splitlines()]
    assert lines == [
        line
        for host in ("evil.com", "evil.com", r"evil\x1b.com")
        for line in (
            "Suspicious link found!",
            f"  Real URL:    http://{host}",
            "  Display URL: http://www.bank.com",
        )
    ]


def test_a_fifo_that_takes_a_file_s_place_does_not_hang(folder: Path) -> None:
    """Files become FIFOs while the walk runs: the run ends, and says what it could not scan."""
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for name in ("bad", "good"):
                (folder / name).unlink(missing_ok=True)
                os.mkfifo(folder / name)
                (folder / name).unlink()
                (folder / name).write_bytes(MARKER)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            Run(folder).scan(plan=Plan(follow_files=Follow.ALWAYS))
    finally:
        stop.set()
        thread.join()


# The program.


def program(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nacre.cli.main", "clamscan", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_wrong_options_answer_without_the_engine() -> None:
    done = program("--nonexist")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "clamscan: unrecognized option `--nonexist'\n"
        "ERROR: Unknown option passed\n"
        "ERROR: Can't parse command line options\n"
    )


def test_help_and_version_import_little() -> None:
    code = (
        "import sys; from nacre.cli.commands.clamscan import run; run([sys.argv[1]]);"
        "bad = {'nacre.engine', 'nacre.database', 'nacre._native', 'nacre.walk', 'argparse'};"
        "sys.exit(' '.join(bad & set(sys.modules)) or None)"
    )
    for word in ("-V", "--version", "--vers", "--help"):
        done = subprocess.run(
            [sys.executable, "-c", code, word], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("clamscan" if word == "--help" else f"ClamAV {ENGINE}")


def header(name: str, version: int, seconds: int) -> bytes:
    fields = f"ClamAV-VDB:01 Jan 2026 10-00 +0000:{version}:5:90:X:Y:{name}:{seconds}"
    return fields.encode().ljust(512) + b"rest"


def test_version_line(tmp_path: Path) -> None:
    paths = (str(tmp_path),)
    assert version_line(paths) == f"ClamAV {ENGINE}"
    (tmp_path / "main.cvd").write_bytes(header("main", 63, 5))
    (tmp_path / "daily.cld").write_bytes(b"no header")
    assert version_line(paths) == f"ClamAV {ENGINE}"
    (tmp_path / "daily.cvd").write_bytes(header("daily", 27000, 1_440_082_241))
    assert version_line(paths) == f"ClamAV {ENGINE}/27000/{time.ctime(1_440_082_241)}"
    (tmp_path / "daily.cld").write_bytes(header("daily", 27001, 1_440_082_242))
    assert version_line((str(tmp_path / "missing"), *paths)).startswith(f"ClamAV {ENGINE}/27001/")


def test_age(tmp_path: Path) -> None:
    assert age_in_days((str(tmp_path),)) is None
    file = tmp_path / "main.cvd"
    file.write_bytes(header("main", 63, int(time.time()) - 2 * 86_400))
    for path in (tmp_path, file):
        age = age_in_days((str(path),))
        assert age is not None
        assert 1.9 < age < 2.1
    assert age_in_days((str(tmp_path),), daily=True) is None


def test_nacre_conf_is_read_by_the_version_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nacre.config.path.SYSTEM_CONFIG", tmp_path)
    (tmp_path / "daily.cvd").write_bytes(header("daily", 7, 0))
    (tmp_path / "nacre.conf").write_text(f"DatabaseDirectory {tmp_path}\n")
    assert run(["-V"]) == 0
    assert capfd.readouterr().out.startswith(f"ClamAV {ENGINE}/7/")


@pytest.mark.skipif(find_spec("yara_x") is None, reason="yara-x is not installed")
@pytest.mark.usefixtures("folder")
def test_yara_rules_of_nacre_conf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nacre.config.path.SYSTEM_CONFIG", tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "own.ndb").write_text(f"Other:0:*:{b'no such thing'.hex()}\n")
    rule = f'import "math" rule Own {{ strings: $a = "{MARKER.decode()}" condition: $a }}\n'
    (tmp_path / "own.yar").write_text(f"{rule}rule Bad {{ condition: nothing }}\n")
    (tmp_path / "nacre.conf").write_text(f"YaraRules {tmp_path}/own.yar\n")
    options = ["-d", str(tmp_path / "own.ndb"), "--no-summary"]
    assert run([*options, "bad", "good"]) == 1
    out, err = capfd.readouterr()
    assert out.splitlines() == ["bad: YARA.Own.UNOFFICIAL FOUND", "good: OK"]
    assert f"LibClamAV Warning: {tmp_path}/own.yar: line 2: unknown identifier `nothing`" in err
    assert run([*options, "--official-db-only", "bad"]) == 0


@pytest.mark.usefixtures("folder")
def test_yara_rules_without_yara_x(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nacre.config.path.SYSTEM_CONFIG", tmp_path)
    monkeypatch.setattr("nacre.workers.yara.rules.find_spec", lambda _name: None)
    (tmp_path / "own.ndb").write_text(f"Other:0:*:{b'no such thing'.hex()}\n")
    (tmp_path / "nacre.conf").write_text(f"YaraRules {tmp_path}\n")
    assert run(["-d", str(tmp_path / "own.ndb"), "bad"]) == 2
    assert "ERROR: YARA rules need yara-x: pip install 'nacre[yara]'" in capfd.readouterr().err


def test_official_signatures_of_a_folder_and_a_file_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    official = tmp_path / "official"
    official.mkdir()
    (official / "daily.cfg").touch()
    (official / "loose.ndb").write_text(f"Loose:0:*:{b'loose'.hex()}\n")
    (tmp_path / "own.ndb").write_text(f"Own:0:*:{b'own'.hex()}\n")
    file = tmp_path / "both"
    file.write_bytes(b"\0\1\0\1 loose own")
    options = ["--official-db-only", "--no-summary", "-z", "-d", str(official)]
    assert run([*options, "-d", str(tmp_path / "own.ndb"), str(file)]) == 1
    assert capfd.readouterr().out == f"{file}: Own.UNOFFICIAL FOUND\n"
    assert run([*options, str(file)]) == 0
    (official / "daily.cfg").unlink()
    assert run([*options, "-d", str(tmp_path / "own.ndb"), str(file)]) == 2
    assert "No supported database files found in" in capfd.readouterr().err
