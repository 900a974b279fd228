"""Debian's clamscan and ours, side by side, on a tree that has every kind of thing in it.

Each case runs both with the same words and compares lines, streams and exit codes. What differs on
purpose is listed with the case or in `ON_PURPOSE`, with the reason.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PEER = Path("/usr/bin/clamscan")
OURS = [sys.executable, "-m", "nacre.cli.main", "clamscan"]
NOBODY = 65534
AS_NOBODY = f"""
import importlib.readers, logging, os, sys
import nacre.cli.actions, nacre.cli.clamscan, nacre.cli.main, nacre.cli.scanning, nacre.cli.session
import nacre.cli.commands.clamscan, nacre.config.scan, nacre.output.clamscan, nacre.output.metadata
import nacre.cvd, nacre.database.compiler, tempfile
os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
sys.exit(nacre.cli.main.clamscan(sys.argv[1:]))
"""
"""The interpreter of a test is often where only its owner may read."""


def _peer_version() -> str:
    if not PEER.exists():
        return ""
    run = subprocess.run([PEER, "-V"], capture_output=True, text=True, check=False)
    return run.stdout


def _engine_is_there() -> bool:
    try:
        from nacre.database import Database  # noqa: F401, PLC0415
        from nacre.engine import Scanner  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


pytestmark = [
    pytest.mark.compat,
    pytest.mark.skipif(not _peer_version().startswith("ClamAV 1.4"), reason="no ClamAV 1.4 here"),
    pytest.mark.skipif(not _engine_is_there(), reason="the native engine is not built"),
]

NORMAL = (
    (r"(?m)^(Time|Start Date|End Date): .*", r"\1"),
    (r"(?m)^(Engine version): .*", r"\1"),
    # How many layers a file has is the engine's business, not the command line's.
    (r"(?m)^(Data scanned): .*", r"\1"),
    (r"ratio [0-9.]+:1", "ratio"),
    (r"ClamAV 1\.[0-9]+\.[0-9]+", "ClamAV"),
    (r"(?m)^\S*clamscan: ", "clamscan: "),
)

ON_PURPOSE = (
    # What ClamAV's library says of itself, in its own words.
    r"LibClamAV .*",
    # Steps of the way to a file that a verbose or failing action takes.
    r"traverse_\w+: .*",
)


@dataclass(frozen=True)
class Case:
    """Words for both; `theirs` and `ours` are lines only one of them prints, as expressions."""

    words: tuple[str, ...]
    theirs: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    stdin: bytes = b""
    database: bool = True
    nobody: bool = False
    codes: tuple[int, int] | None = None
    """Exit codes where they differ: theirs, ours."""
    files: tuple[str, ...] = field(default=())
    """Folders whose content is compared afterwards."""

    def __str__(self) -> str:
        return " ".join(self.words) + (" (nobody)" if self.nobody else "")


ERRORS = {"theirs": (r"ERROR: .*",), "ours": (r"ERROR: .*",)}
"""Database errors are told in ClamAV's words, and with the reason."""
PLACE = r"ERROR: .*bad\.ndb:1: .*"
INCOMPLETE = (r"WARNING: .*: not fully scanned: .*", r"Not fully scanned: \d")
"""ClamAV says nothing of what a limit kept it from scanning."""


def same(*words: str, **more: Any) -> Case:
    return Case(words, **more)


OK, BAD = b"clean file\n", b"XYZ NACRE-TEST! abc"

CASES = [
    # What is scanned.
    same("-r", "tree"),
    same("tree"),
    same("tree/"),
    same("tree//", "./tree/bad", "tree/sub/../bad"),
    same("-r", "."),
    same("tree/ok", "tree/empty", "tree/bad"),
    same("missing"),
    same("tree/missing/x", "tree/ok/x"),
    same(""),
    same("--", "-x", "--help"),
    same("tree/fifo", "tree/socket", "/dev/null"),
    same("-r", "--exclude=fifo", "tree/fifo"),
    same("/proc/version", "/proc/1/status"),
    same("--exclude=version", "/proc/version"),
    same("--max-dir-recursion=1", "/"),
    *(same("-r", f"--max-dir-recursion={depth}", "deep") for depth in (0, 1, 2, 14, 15, 16, 99)),
    same("-r", "deep"),
    # Links.
    same("tree/link", "tree/folder"),
    same("--follow-file-symlinks=0", "--follow-dir-symlinks=0", "tree/link", "tree/folder"),
    same(
        "-r", "--follow-file-symlinks=2", "--follow-dir-symlinks=2", "tree",
        ours=(r"tree/broken: Symbolic link",),  # ClamAV says nothing of a link to nowhere
    ),
    same("--follow-dir-symlinks=2", "tree", ours=(r"tree/broken: Symbolic link",)),
    same("tree/broken", ours=(r"tree/broken: Symbolic link",)),
    same("--follow-dir-symlinks=3", "tree"),
    same("--follow-file-symlinks=9", "--no-summary", "tree"),
    # Patterns.
    *(
        same("-r", f"--{option}={pattern}", "patterns")
        for option in ("exclude", "exclude-dir", "include", "include-dir")
        for pattern in (
            "bin", "/bin/", "/bin", "bin/", "test.txt", "bbb", "bin$", "^patterns/bin$", "BIN",
            "patterns/(bin|sbin)", "[[:upper:]]", "b{2,3}", r"b\{3\}", "x*", "()", "bin[/]",
            "aaa|bin/",
            r"\.txt$", r"\<bin", "[]x]in", "[^]a]in", ")", "^", "$", "a{1,3}", "//", "/",
        )
    ),
    *(
        same("-r", f"--exclude={pattern}", "patterns", ours=(r"WARNING: regular expression .*",))
        for pattern in ("[", "(", "a**", "*a", "a|", "b{3,2}", "[b-a]", "[[:foo:]]", "\\")
    ),
    same("-r", "--include=h$", "--exclude=h$", "patterns"),
    same("-r", "--include=h$", "--include=f$", "patterns"),
    same("--exclude=ok", "tree/ok"),
    same("--exclude=empty", "tree/empty"),
    same("--exclude=link", "tree/link"),
    # What is printed.
    same("-v", "tree"),
    same("-i", "tree", "tree/empty"),
    same("-o", "tree", "tree/empty"),
    same("-i", "-v", "--no-summary", "tree"),
    same("--quiet", "tree"),
    same("--quiet", "missing", ours=(r"WARNING: missing: Can't access file",)),
    same("--no-summary", "--bell", "tree/bad", "tree/ok"),
    same("--quiet", "--bell", "tree/bad"),
    same("--stdout", "missing", "tree/ok"),
    same("-z", "tree/bad"),
    same("-a", "tree/bad"),
    same("-a", "bad.zip"),
    same("--no-summary=no", "tree/ok"),
    same("--infected=no", "tree/ok"),
    # Standard input and lists.
    same("-", stdin=BAD),
    same("-", stdin=OK),
    same("-", stdin=b""),
    same("-v", "-", stdin=OK, theirs=(r"Checking /tmp/.*",), ours=(r"Scanning stdin",)),
    same("-", "tree/ok", stdin=BAD),
    same("tree/ok", "-", stdin=BAD),
    same("--move=quarantine", "-", stdin=BAD),
    same("-r", "--file-list=list"),
    same("-f", "list", "tree/ok"),
    same("-f", "missing"),
    same("-f", "missing", "--no-summary", "tree/ok"),
    same("-f", "tree/empty"),
    same("-f", "list", "-f", "missing"),
    # Values.
    same("--recursive=maybe", "tree"),
    same("--recursive", "no", "tree"),
    same("--recurs", "tree"),
    same("--rec=yes", "tree"),
    same("-ri", "tree"),
    same("tree", "--recursive"),
    same("--recursive=no", "--recursive", "tree"),
    same("--max-filesize=5", "--max-filesize=100", "tree/bad", ours=INCOMPLETE),
    same("--max-filesize=100", "--max-filesize", "5", "tree/bad"),
    same("--max-filesize", "1K", "tree/bad"),
    *(
        same(word, "tree/ok")
        for word in (
            "--scan-pe=2", "--max-filesize=abc", "--max-filesize=-1", "--max-files=5x",
            "--max-files=",
            "--max-files", "--bell=maybe", "-Q", "--nonexist", "--nonexist=3", "--max", "--max-f=5",
            "--re", "--rec", "--recursive=YES", "--recursive=1", "--recursive=", "-r=yes",
            "--max-filesize=1k", "--max-filesize=1KB", "--max-scansize=5G", "--max-filesize=1.5M",
            "--max-scansize=99999999999999999999G", "--max-files=99999999999", "--max-files=0x10",
            "--max-recursion=0", "--max-recursion=101", "--max-scansize=0", "--max-filesize=0",
            "--structured-ssn-format=5", "--structured-cc-mode=3", "--bytecode-mode=x",
            "--bytecode-mode=auto", "--statistics=foo", "--bytecode-timeout=x", "--max-scantime=1K",
            "--unzip=x", "--unzip", "--arj=", "--no-pe", "--force", "--detect-broken",
            "--block-max",
            "--disable-summary", "--max-ratio=3", "--max-space=3M", "--mail-follow-urls", "-t",
            "--memory", "--timelimit=5", "--algorithmic-detection=no", "--phishing-ssl",
            "--block-macros", "--block-encrypted", "--dev-ac-only", "--dev-ac-depth=3",
            "--dev-performance=3", "--dev-liblog", "--help=no", "--version=no", "--yara-rules=x",
            "--datadir=x", "--Recursive", "--cache-size=5", "--fail-if-cvd-older-than=1",
            "--fail-if-cvd-older-than=0", "--disable-cache=no", "--nocerts", "--foreground",
            "--verb", "--ve", "--de", "--un", "-vV", "-V", "-h=", "--allmatch=no", "-zv",
            "--normalize=no", "--exclude=", "--log=", "--move=", "--gen-json",
        )
    ),
    same("-d"),
    same("--exclude"),
    same("-rd"),
    same("--no-pe", "--max", "tree/ok"),
    same("--detect-structured", "--structured-ssn-format=3", "tree/ok"),
    same("--exclude-pua=a", "--include-pua=b", "tree/ok"),
    same("--detect-pua", "--exclude-pua=a", "--include-pua=b", "tree/ok"),
    same("--version", "--help"),
    same("--help", "--nonexist"),
    same(
        "--tempdir=/nonexistent", "tree/ok", codes=(0, 2),
        theirs=(r"tree/ok: OK", r"Scanned files: 1", r"Known viruses: 1"),
        ours=(r"ERROR: --tempdir: .*", r"Scanned files: 0", r"Known viruses: 0"),
    ),
    # Databases.
    same("-d", "missing", "tree/ok", database=False, **ERRORS),
    same("-d", "missing.ndb", "tree/ok", database=False, **ERRORS),
    same("-d", "nothing", "tree/ok", database=False, **ERRORS),
    same("-d", "bad.ndb", "tree/ok", database=False, theirs=(r"ERROR: .*",), ours=(PLACE,)),
    same("--quiet", "-d", "bad.ndb", "/dev/null", database=False, **ERRORS),
    same("--no-summary", "-d", "bad.ndb", "tree/ok", database=False, **ERRORS),
    same("-d", "other.foo", "tree/ok", database=False),
    same(
        "-d", "bad.ndb", "tree/ok",
        theirs=(*ERRORS["theirs"], r"Known viruses: 1"), ours=(PLACE, r"Known viruses: 0"),
    ),
    same("--official-db-only", "tree/ok", **ERRORS),
    same("--official-db-only", "-d", "db/t.ndb", "tree/bad", database=False),
    same("--official-db-only", "-d", "official", "-d", "db/t.ndb", "tree/bad", database=False),
    same("--official-db-only", "-d", "official", "tree/bad", database=False),
    same("-d", "official", "tree/bad", database=False),
    same("--official-db-only", "-d", "ignoring", "-d", "db/t.ndb", "tree/bad", database=False),
    same("--nocerts", "-d", "bad.crb", "tree/bad"),
    same("-d", "bad.crb", "tree/bad", **ERRORS, database=False),
    same("--quiet", "/dev/null", ours=(r"WARNING: /dev/null: Not supported file type",)),
    # Logs.
    same("--log=new.log", "-r", "tree", "missing", "tree/fifo", files=("new.log",)),
    same("--log=new.log", "--quiet", "tree", files=("new.log",)),
    same("--log=new.log", "-i", "tree", files=("new.log",)),
    same("--log=new.log", "-v", "--no-summary", "tree/ok", files=("new.log",)),
    same("--log=one.log", "--log=two.log", "tree/ok", files=("one.log", "two.log")),
    same("--log=new.log", "--nonexist", files=("new.log",)),
    same("--log=/nonexistent/x", "tree/ok"),
    same("--log=tree", "tree/ok"),
    same("--log=tree/link", "tree/bad"),
    # Actions.
    *(
        same(action, *words, files=("quarantine", "tree"))
        for action in ("--copy=quarantine", "--move=quarantine", "--remove")
        for words in (
            ("tree/bad",), ("-r", "tree"), ("tree/link2bad",), ("--quiet", "tree/bad"),
            ("-i", "tree/bad"),
            ("tree/ok",), ("tree/hard1", "tree/hard2"), ("tree/bad", "tree/bad"),
        )
    ),
    same("--move=quarantine", "--remove", "tree/bad", files=("quarantine", "tree")),
    same("--move=quarantine", "--copy=quarantine", "tree/bad", files=("quarantine", "tree")),
    same("--copy=quarantine", "--remove", "tree/bad", files=("quarantine", "tree")),
    same("--move=tree", "tree/bad", files=("tree",)),
    same("--move=tree/ok", "tree/bad", files=("tree",)),
    same(
        "--move=missing", "tree/bad", files=("tree",),
        theirs=(r"action_setup: .*",), ours=(r"ERROR: '.*/missing' doesn't exist .*",),
    ),
    # Another user.
    same(
        "-r", "closed", nobody=True,
        ours=(r"WARNING: closed/listable/file: .*", r"Total errors: 3"),
        theirs=(r"Total errors: 2",),
    ),
    same("closed/noread", "closed/nodir", "closed/nodir/f", nobody=True),
    same("-i", "closed/noread", nobody=True, ours=(r"WARNING: closed/noread: Access denied",)),
    same("--quiet", "closed/noread", nobody=True, ours=(r"WARNING: closed/noread: Access denied",)),
    same("--exclude=noread", "closed/noread", nobody=True),
    same("--file-list=closed/noread", nobody=True),
]  # fmt: skip


def make_tree(root: Path) -> None:
    root.mkdir()
    for name, content in {
        "official/daily.cfg": b"",
        "official/loose.ndb": b"Test.Loose:0:*:4e414352452d5445535421\n",
        "ignoring/x.ign2": b"Test.Other\n",
        "bad.crb": b"two;fields\n",
        "db/t.ndb": b"Test.Marker:0:*:4e414352452d5445535421\n",
        "bad.ndb": b"garbage\n",
        "other.foo": b"x",
        "tree/ok": OK,
        "tree/bad": BAD,
        "tree/empty": b"",
        "tree/hard1": BAD,
        "tree/sub/bad": BAD,
        "tree/sub/deep/ok": OK,
        "tree/sp ace": OK,
        "closed/noread": OK,
        "closed/fine": OK,
        "closed/nodir/f": OK,
        "closed/listable/file": OK,
        "list": b"tree/ok\ntree/bad\nmissing\ntree\n\ntree/empty\r\nlast-without-newline",
        **{
            f"patterns/{name}": OK
            for name in (
                "bin/a", "sbin/a", "bin2/a", "test.txt", "my_test.txt", "test.txt.bak",
                "aaa/bbb/f", "aaa/bbb/ccc/g", "aaa/h",
            )
        },
        **{f"deep/{'n/' * depth}f{depth}": OK for depth in range(18)},
    }.items():  # fmt: skip
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with zipfile.ZipFile(root / "bad.zip", "w") as archive:
        archive.writestr("member", BAD)
    for name in ("nothing", "quarantine"):
        (root / name).mkdir()
    (root / "tree/link").symlink_to("ok")
    (root / "tree/link2bad").symlink_to("bad")
    (root / "tree/folder").symlink_to("sub")
    (root / "tree/broken").symlink_to("nowhere")
    os.link(root / "tree/hard1", root / "tree/hard2")
    os.mkfifo(root / "tree/fifo")
    Path(os.fsdecode(os.fsencode(root) + b"/tree/\xff\xfe\nx")).write_bytes(OK)
    folder = os.open(root / "tree", os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{folder}/socket")  # the name of a socket is short
    os.close(folder)
    for name, mode in (("noread", 0), ("nodir", 0), ("listable", 0o744)):
        (root / "closed" / name).chmod(mode)


@dataclass(frozen=True)
class Outcome:
    code: int
    out: list[str]
    err: list[str]
    files: list[str]


def run(command: list[str], case: Case, root: Path) -> Outcome:
    if case.nobody and command is OURS:
        command = [sys.executable, "-c", AS_NOBODY]
    elif case.nobody:
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
    words = [*command, *(("-d", "db") if case.database else ()), *case.words]
    done = subprocess.run(
        words, cwd=root, input=case.stdin, capture_output=True, check=False, timeout=60
    )  # fmt: skip
    files = [line for name in case.files for line in describe(root / name, root)]
    return Outcome(done.returncode, lines(done.stdout, root), lines(done.stderr, root), files)


def describe(path: Path, root: Path) -> Iterator[str]:
    if not path.is_dir():
        yield f"{path.name}: " + (
            lines_text(path.read_bytes(), root) if path.exists() else "missing"
        )
        return
    for entry in sorted(path.rglob("*")):
        status = entry.lstat()
        yield f"{entry.relative_to(root)} {status.st_mode:o} {status.st_nlink}"


def lines_text(data: bytes, root: Path) -> str:
    text = data.decode("utf-8", "surrogateescape").replace(str(root), "ROOT")
    for pattern, replacement in NORMAL:
        text = re.sub(pattern, replacement, text)
    return text


def lines(data: bytes, root: Path) -> list[str]:
    return lines_text(data, root).split("\n")


def without(found: list[str], patterns: tuple[str, ...]) -> list[str]:
    return [line for line in found if not any(re.fullmatch(p, line) for p in patterns)]


@pytest.fixture
def roots(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    for parent in tmp_path.parents:
        if parent.stat().st_mode & 0o001 == 0 and os.geteuid() == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    tmp_path.chmod(0o755)
    # One tree for both unless files are compared: directory order is then the same.
    make_tree(tmp_path / "root")
    yield tmp_path / "root", tmp_path / "copy"
    for name in ("noread", "nodir", "listable"):
        for root in (tmp_path / "root", tmp_path / "copy"):
            if (root / "closed" / name).exists():
                (root / "closed" / name).chmod(0o755)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, roots: tuple[Path, Path]) -> None:
    if case.nobody and os.geteuid() != 0:
        pytest.skip("changes the user")
    root, other = roots
    theirs = run([str(PEER)], case, root)
    if case.files:
        root.rename(other)
        make_tree(root)
        ours = run(OURS, case, root)
        # A tree made anew may list its names in another order.
        assert sorted(without(ours.out, (*ON_PURPOSE, *case.ours))) == sorted(
            without(theirs.out, (*ON_PURPOSE, *case.theirs))
        )
    else:
        ours = run(OURS, case, root)
        assert without(ours.out, (*ON_PURPOSE, *case.ours)) == without(
            theirs.out, (*ON_PURPOSE, *case.theirs)
        )
    assert without(ours.err, (*ON_PURPOSE, *case.ours)) == without(
        theirs.err, (*ON_PURPOSE, *case.theirs)
    )
    for pattern in case.ours:
        assert any(re.fullmatch(pattern, line) for line in (*ours.out, *ours.err))
    assert (theirs.code, ours.code) == (case.codes or (theirs.code, theirs.code))
    if case.files:
        assert [sorted(text.split("\n")) for text in ours.files] == [
            sorted(text.split("\n")) for text in theirs.files
        ]


# What 1.5 prints differently; 1.4.6 cannot be asked. Words, what our output must hold.
NEWER = [
    (("--log-hash", "tree/ok"), r"tree/ok FileHash: [0-9a-f]{64} \(sha2-256\)"),
    (("--log-hash", "--hash-alg=md5", "tree/ok"), r"tree/ok FileHash: [0-9a-f]{32} \(md5\)"),
    (("--log-file-type", "tree/ok"), r"tree/ok FileType: CL_TYPE_TEXT_ASCII"),
    (("--file-type-hint=CL_TYPE_ZIP", "tree/ok"), r"tree/ok: OK"),
    (("--hash-hint=" + "0" * 64, "tree/ok"), r"tree/ok: OK"),
    (("--fips-limits", "--cvdcertsdir=/x", "tree/ok"), r"tree/ok: OK"),
    (("--json-store-html-uris=no", "--json-store-pdf-uris=no", "tree/ok"), r"tree/ok: OK"),
    (("--json-store-extra-hashes", "tree/ok"), r"tree/ok: OK"),
]


@pytest.mark.parametrize(("words", "line"), NEWER)
def test_newer(words: tuple[str, ...], line: str, roots: tuple[Path, Path]) -> None:
    ours = run(OURS, Case(words), roots[0])
    assert ours.code == 0
    assert any(re.fullmatch(line, found) for found in ours.out)


def test_the_copy_of_a_path_is_never_a_shell_s(roots: tuple[Path, Path]) -> None:
    """Names that look like options or commands are names."""
    root, _ = roots
    for name in ("-rf", "$(touch pwned)", "a;b"):
        shutil.copy(root / "tree/bad", root / "tree" / name)
    case = Case(("--move=quarantine", "-r", "tree"))
    assert run(OURS, case, root).code == 1
    assert not (root / "pwned").exists()
    assert (root / "quarantine/-rf").exists()
