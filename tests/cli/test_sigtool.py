"""sigtool by itself: what ClamAV's does otherwise or not at all."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from nacre.cli.main import sigtool
from nacre.output.decoded import Trouble, UnknownFormatError, lines
from nacre.output.decoded_pattern import UndecodableError, decoded

if TYPE_CHECKING:
    from pathlib import Path


def said(text: str) -> str:
    return "\n".join(
        line.text if isinstance(line, Trouble) else line.decode() for line in lines(text)
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("44d88612fea8a8f36de82e1278abb02f:68:Eicar", "VIRUS NAME: Eicar\nHASH: 44d8"),
        ("68:44d88612fea8a8f36de82e1278abb02f:Part:73", "VIRUS NAME: Part\nHASH: 44d8"),
        ("H:example.com", "DISPLAYED HOST: example.com"),
        ("X:.+a:b", "REGEX: .+a:b"),
        ("M:a.com:b.com", "REAL HOST: a.com"),
        ("S2:F:" + "ab" * 32, "LIST: S2"),
        ("pw;Engine:81-255,Target:0;0;infected", "PASSWORD: infected"),
        ("PE:0x3:51", "ON: 0x"),
        ("x;Target:0;0&1;414142;0(>>4#hb2#>10,<50)", "0(>>4#hb2#>10,<50): 2 bytes"),
        ("x;Target:0;0&1;414142;${1-5}3$", "${1-5}3$: macro group 3"),
        ("x;Target:0;0;fuzzy_img#af2ad01ed42993c7#0", "fuzzy_img#af2ad01ed42993c7#0: a picture"),
    ],
)
def test_every_type_is_decoded(line: str, expected: str) -> None:
    assert expected in said(line)


@pytest.mark.parametrize("line", ["a:b", "x;y", "nothing", "a:99:*:41", "x;Target:0;x;41"])
def test_what_is_no_signature_is_refused(line: str) -> None:
    with pytest.raises(UnknownFormatError):
        said(line)


def test_deep_patterns_end() -> None:
    with pytest.raises(UndecodableError):
        decoded("(" * 5000 + "41" + ")" * 5000)


def run(
    capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0
) -> tuple[list[str], str]:
    assert sigtool(arguments) == code
    captured = capsys.readouterr()
    return captured.out.splitlines(), captured.err


def test_trial_tells_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, signatures = tmp_path / "data", tmp_path / "own.ldb"
    data.write_bytes(b"\0" * 5000 + b"HELLO" + b"\0" * 300 + b"hello, hello")
    signatures.write_text("x;Target:0;0&1&2;68656c6c6f::i;68656c6c6f;0/^hello/\n")
    out, err = run(capsys, f"--test-sigs={signatures}", str(data))
    assert not err
    found = [line for line in out if line.startswith("MATCH")]
    assert found == [
        "MATCH: ** YES/CHECK OFFSET ** (3 matches at offsets: 5312 5305 5000)",
        "MATCH: ** YES/CHECK OFFSET ** (2 matches at offsets: 5312 5305)",
        "MATCH: ** NO **",
    ]


def test_trial_says_which_signature_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.ndb").write_text("a:0:*:4g4142\nb:0:*:414141\n")
    (tmp_path / "data").write_bytes(b"AAA")
    out, err = run(capsys, f"--test-sigs={tmp_path}/own.ndb", f"{tmp_path}/data")
    assert err == "ERROR: matchsig: Can't parse signature\n"
    assert out[-1] == "MATCH: ** YES ** (1 match at offset: 0)"


def test_names_that_would_forge_lines_are_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a\x1b[31m\nb"
    file.write_bytes(b"x")
    out, _ = run(capsys, "--md5", str(file))
    assert out == ["9dd4e461268c8034f5c8564e155c67a6:1:a\\x1b[31m\\x0ab"]


def test_no_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_bytes(b"MZ")
    for option in ("--mdb", "--imp"):
        out, err = run(capsys, option, f"{tmp_path}/x", code=1)
        assert not out
        assert "Not a valid PE file" in err
    _, err = run(capsys, f"--print-certs={tmp_path}/x", code=1)
    assert err.startswith("ERROR: ")


def test_decoding_goes_on_after_a_broken_pattern(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = io.TextIOWrapper(io.BytesIO(b"a=4\nb=42\n"))
    monkeypatch.setattr(sys, "stdin", given)
    out, err = run(capsys, "--decode-sigs")
    assert err == "ERROR: Decoding failed\n"
    assert out[-1] == "B"
