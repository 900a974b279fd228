"""Perceptual hashes of pictures (`fuzzy_img#`)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from making import Build, binary, ldb, zipped

if TYPE_CHECKING:
    from nacre.model.verdict import Report

HASH = "c639c6f8cee19c03"
GREYS = (1, 2, 3, 250, 128, 9)


def bitmap(width: int, height: int, greys: tuple[int, ...]) -> bytes:
    rows = [
        b"".join(bytes([grey]) * 3 for grey in greys[at : at + width]).ljust(-(-width * 3 // 4) * 4)
        for at in range(0, width * height, width)
    ]
    pixels = b"".join(reversed(rows))
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + header + pixels


def png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


PICTURE = bitmap(3, 2, GREYS)
BODY = PICTURE[-10:-4].hex()


def line(name: str, target: int, expression: str, *subsignatures: str) -> str:
    return f"{name};Engine:51-255,Target:{target};{expression};{';'.join(subsignatures)}\n"


def found(report: Report) -> set[str]:
    return {alert.name.removesuffix(".UNOFFICIAL") for alert in report.alerts}


def test_a_picture_is_known_by_its_hash(build: Build) -> None:
    mine, other = f"fuzzy_img#{HASH}", "fuzzy_img#0123456789abcdef"
    signatures = (
        line("Graphics", 5, "0", mine)
        + line("Any", 0, "0", mine + "#0")
        + line("Other", 5, "0", other)
        + line("Either", 5, "0|1", other, mine)
        + line("Both", 5, "0&1", mine, BODY)
        + line("Missing", 5, "0&1", mine, "ffeeddccbbaa")
        + line("Not", 5, "0=0&1", other, BODY)
        + line("Never", 5, "0=0&1", mine, BODY)
        + line("Elsewhere", 1, "0", mine)
    )
    scanner = build({"x.ldb": signatures}, all_match=True)
    expected = {"Graphics", "Any", "Either", "Both", "Not"}
    assert found(scanner.scan_bytes(PICTURE)) == expected
    assert found(scanner.scan_bytes(zipped({"a": PICTURE}))) == expected
    assert found(scanner.scan_bytes(png(3, 2, zlib.compress(b"\0\1\2\3\0\xfa\x80\x09")))) == {
        "Graphics",
        "Any",
        "Either",
    }


@pytest.mark.parametrize("option", ["scan_image", "scan_image_fuzzy_hash"])
def test_pictures_can_be_left_alone(build: Build, option: str) -> None:
    signatures = {"x.ldb": line("Picture", 5, "0", f"fuzzy_img#{HASH}")}
    assert not build(signatures, **{option: False}).scan_bytes(PICTURE).alerts


def test_what_cannot_be_decoded_is_no_problem(build: Build) -> None:
    scanner = build({"x.ldb": line("Picture", 0, "0", f"fuzzy_img#{HASH}")})
    for data in (PICTURE[:60], b"GIF89a nothing", b"\xff\xd8\xff\xe0 nothing", binary(PICTURE)):
        report = scanner.scan_bytes(data)
        assert not report.alerts
        assert not report.incidents


def test_a_decoder_that_panics_says_nothing(
    build: Build, capfd: pytest.CaptureFixture[str]
) -> None:
    scanner = build({"x.ldb": line("Picture", 0, "0", f"fuzzy_img#{HASH}")})
    sample = Path(__file__).parents[2] / "samples/media/jpeg/resampling-overflows.in"
    assert not scanner.scan_bytes(sample.read_bytes()).alerts
    assert capfd.readouterr() == ("", "")


def test_a_picture_too_large_is_said_to_be_missed(build: Build) -> None:
    huge = png(60_000, 60_000, b"")
    (incident,) = (
        build({"x.ldb": line("Picture", 0, "0", f"fuzzy_img#{HASH}")}).scan_bytes(huge).incidents
    )
    assert "too large" in incident.reason
    assert not build({"x.ldb": ldb("Text", "Target:0", "words")}).scan_bytes(huge).incidents
