"""Types by content, seen through the signatures that are tried on them."""

# ruff: noqa: E501 (tables)

from __future__ import annotations

import pytest

from compat.pair import BINARY, Pair, only

WORD = b"markertobefound"
TARGETS = (1, 2, 5, 6, 7, 9, 10, 11, 12, 14)
LINES = [("a.ldb", f"Target-{target};Target:{target};0;{WORD.hex()}") for target in TARGETS]
LINES.append(("a.ndb", f"Any:0:*:{WORD.hex()}"))
HEADS = {
    "binary": BINARY, "mz": b"MZ", "elf": b"\x7fELF", "macho-le": b"\xce\xfa\xed\xfe", "macho-64": b"\xcf\xfa\xed\xfe",
    "macho-be": b"\xfe\xed\xfa\xce", "fat": b"\xca\xfe\xba\xbe\0\0\0\2", "java": b"\xca\xfe\xba\xbe\0\0\0\x34",
    "ole2": bytes.fromhex("d0cf11e0a1b11ae1"), "gif": b"GIF89a", "gif-other": b"GIF", "png": b"\x89PNG", "jpeg": b"\xff\xd8\xff",
    "tiff-le": b"II*\0", "tiff-be": b"MM\0*", "bmp": b"BM", "jp2": bytes.fromhex("0000000c6a5020200d0a870a"),
    "pdf": b"%PDF-1.4\n", "swf": b"FWS", "cws": b"CWS", "ps": b"%!PS-Adobe-3.0\n", "rtf": b"{\\rtf1 ",
    "riff": b"RIFF", "rifx": b"RIFX", "lnk": bytes.fromhex("4c0000000114020000000000c000000000000046"),
    "id3": b"ID3\x03", "ogg": b"OggS", "sqlite": b"SQLite format 3\0", "mpeg": b"\0\0\1\xba", "tnef": b"\x78\x9f\x3e\x22",
    "onenote": bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"), "pyc": bytes.fromhex("a70d0d0a00000000"),
    "gguf": b"GGUF\x03\0\0\0", "dmg": b"koly", "arj": b"\x60\xea", "szdd": b"SZDD", "chm": b"ITSF", "sis": b"\0" * 8 + b"\x19\x04\0\x10",
    "screnc": b"#@~^", "uuencoded": b"begin 644 x\n", "hwp3": b"HWP Document File", "empty-utf16": b"\xff\xfe\0\0",
}  # fmt: skip
TEXTS = {
    "ascii": b"plain words ", "latin-1": b"w\xf6rter \xe4 ", "utf-8": "wörter ä ".encode(), "bom": b"\xef\xbb\xbfwords ",
    "tab": b"a\tb\r\n\x07\x08\x0c\x1b ", "vertical-tab": b"a\x0bb ", "delete": b"a\x7fb ", "nul-odd": b"abc\0def ",
    "nul-even": b"abcd\0ef  ", "pair-even": b"abcd\0\x01ef ", "pair-odd": b"abc\0\x01def ", "fffe": b"abcd\xff\xfeef ",
    "soh": b"abcde\x01f ", "long": b"x" * 1023 + b" ", "long-then-binary": b"x" * 1023 + b" \0\1\0\1", "late-nul": b"x" * 1020 + b"\0\1\0\1",
}  # fmt: skip


@pytest.mark.parametrize("tail", [b"\0\1\0\1 ", b" some words "], ids=["binary", "words"])
def test_heads(pair: Pair, tail: bytes) -> None:
    files = {name: head + tail + WORD + tail for name, head in HEADS.items()}
    found = pair.agree(LINES, files, "--allmatch")
    assert found["binary"] == only("Any", "Target-14")


@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [b"", b"\xff\xfe", b"\xfe\xff"])
def test_utf_16(pair: Pair, code: str, mark: bytes) -> None:
    text = f"some words and {WORD.decode().upper()} and words".encode(code)
    pair.agree(
        LINES,
        {"text": mark + text, "late": mark + text * 40, "odd": mark + b"x" + text},
        "--allmatch",
    )


@pytest.mark.parametrize("options", [(), ("--normalize=no",), ("--scan-html=no",)])
def test_text(pair: Pair, options: tuple[str, ...]) -> None:
    files = {name: text + WORD.upper() + b" " + WORD for name, text in TEXTS.items()}
    files |= {f"{name}-upper": text + WORD.upper() for name, text in TEXTS.items()}
    found = pair.agree(LINES, files, "--allmatch", *options)
    assert ("Target-7" in found["ascii"]) == (not options)


@pytest.mark.parametrize("value", range(0, 256, 32))
def test_single_bytes(pair: Pair, value: int) -> None:
    """Every byte once, at an even and at an odd place."""
    files = {}
    for byte in range(value, value + 32):
        files[f"even{byte:02x}"] = b"some" + bytes([byte]) + b" words " + WORD
        files[f"odd{byte:02x}"] = b"some words" + bytes([byte]) + b" " + WORD
        files[f"twice{byte:02x}"] = b"some" + bytes([byte]) * 2 + b" words " + WORD
    pair.agree(LINES, files, "--allmatch")


def test_magic_file_replaces_the_built_in_ones(pair: Pair) -> None:
    magic = [
        ("a.ftm", "0:0:4d41474943:made:CL_TYPE_ANY:CL_TYPE_GRAPHICS"),
        ("a.ftm", "0:2:303132:later wins:CL_TYPE_ANY:CL_TYPE_PDF"),
        ("a.ftm", "0:2:30313233:later wins:CL_TYPE_ANY:CL_TYPE_SWF"),
    ]
    files = {name: head + BINARY + WORD for name, head in HEADS.items()}
    files |= {
        "made": b"MAGIC" + BINARY + WORD,
        "later": b"xx0123" + BINARY + WORD,
        "first": b"xx012" + b"\xff" + BINARY + WORD,
    }
    pair.agree([*LINES, *magic], files, "--allmatch")
