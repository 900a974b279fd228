"""Engine switches, passwords, phishing data, OpenIOC: what loads, and what it does."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from compat.pair import BINARY, CLEAN, Pair, only

ZERO = "0" * 32
LINES = {
    "cfg": """
        PE:0x10:1:255 PE:10:1:255 PE:0x:1:255 PE:0x1g PE:0x10:1: PE:0x10:: PE: PE pe:0xzz PEX:0xzz
        PE:0xzz:300:400 PE:0xzz:1:215 PE:0xzz:216:216 PE:0xzz::255 PE:0xzz:a:216 PE:0xzz:1x:255
        PE:0xzz:1:4294967296 PE::0x10 PE:0xzz:1::215 STATS:0xzz PCRE:zz
    """,
    "pwdb": """
        n;Engine:51-255;0;p n;;0;p n;Engine:51-255;1;7061 n;Engine:51-255;1;706 n;Engine:51-255;2;p
        n;Engine:51-255;0 n;Engine:51-255;0;a;b n;Engine:51-255;a;p ;Engine:51-255;0;p
        n;Engine:51-255,Container:CL_TYPE_ZIP;0;p n;Engine:51-255,Container:CL_TYPE_PDF;0;p
        n;Container:CL_TYPE_ZIP;0;p n;Target:1;0;p n
    """,
    "pdb": """
        R:abcdef R:a R:abc. R:.+\\.a\\.com([/?].*)? R:[a-q] R:[a-r] R:ab|cd R:a|b R:(a|b)+ R:a$
        R:ab$ R:abc( R: H: H:a H:a( H:a:300- H:a:1-20 X:a:300-400 X:a:b Y:abc h:a Rx:abc S:F:aabb
        S:F:aab S:F: S:X:aa S:P:aa:17- S:F:aa:17 300- :300-
    """,
    "wdb": "X:abc:def X:a(b:c X:abc:d)ef M:a.com:b.com M: M:: Y:abc Y:.* R:abc S:F:aa X:a:. M:.:.",
    "gdb": f"S:F:{ZERO} S1:P:aabb S2:W:{ZERO} S3:F:aa S:f:aa R:abcdef H:a X:a:b F:aa",
}


@pytest.mark.parametrize("suffix", LINES)
def test_the_same_lines_load(pair: Pair, suffix: str) -> None:
    for line in LINES[suffix].split():
        # A further line: the peer refuses a file that ends in a password for another engine.
        more = [("a.pwdb", "last;Engine:51-255;0;p")] if suffix == "pwdb" else []
        pair.agree([(f"a.{suffix}", line), *more], {"any": BINARY})


def test_switches_of_heuristics(pair: Pair) -> None:
    path = Path(__file__).parents[2] / "samples" / "filesystem" / "mbr" / "overlap.in"
    cards = b"a card 4012888888881881, one 5105105105105100, and 4111111111111111 here\n" * 9
    files = {"disk": path.read_bytes(), "cards": cards}
    options = ("--alert-partition-intersection=yes", "--detect-structured=yes", "--allmatch")
    partitions, structured = (
        only("Heuristics.MBRPartitionnIntersect"),
        only("Heuristics.Structured.CreditCardNumber"),
    )
    for setting, disk, text in (
        ("OTHER:0xffffffff", partitions, structured),
        ("OTHER:0xfffffdff", CLEAN, structured),
        ("OTHER:0xffffffdf", partitions, CLEAN),
    ):
        lines = [("a.ndb", "None:0:*:ffeeddccbbaa"), ("daily.cfg", setting)]
        assert pair.agree(lines, files, *options) == {"disk": disk, "cards": text}


def test_switches_of_formats(pair: Pair) -> None:
    body = BINARY + b"marker inside"
    files = {
        "g.gz": gzip.compress(body),
        "page": b"<html><body>MARKER  Inside<b>x</b></body></html>",
        "text": b"some MARKER   Inside text\n",
    }
    names = {"Lower": "marker inside", "Upper": "MARKER  Inside"}
    lines = [("a.ndb", f"{name}:0:*:{text.encode().hex()}") for name, text in names.items()]
    lines.append(("a.ldb", "Regex;Engine:81-255,Target:0;0&1;6d61726b6572;0/marker\\sinside/"))
    for setting in (
        "ARCHIVE:0x0",
        "ARCHIVE:0xfffffffb",
        "DOCUMENT:0x0",
        "DOCUMENT:0xfffffffe",
        "DOCUMENT:0xfffffff7",
        "DOCUMENT:0xffffffef",
        "PCRE:0xfffffffe",
    ):
        pair.agree([*lines, ("daily.cfg", setting)], files, "--allmatch")


def test_indicators(pair: Pair) -> None:
    data = BINARY + b"indicated"
    digests = [hashlib.new(kind, data).hexdigest() for kind in ("md5", "sha1", "sha256")]
    items = "".join(
        f'<IndicatorItem><Context document="FileItem" search="FileItem/Md5sum"/>'
        f"<Content> {digest}</Content></IndicatorItem>"
        for digest in ("zz", *digests)
    )
    page = f"<ioc><Indicator>{items}</Indicator></ioc>"
    lines = [("My file.ioc", page), ("a.ign2", f"My_file.ioc.{digests[0]}")]
    found = pair.agree(lines, {"same": data, "other": data + b"x"}, "--allmatch")
    assert found == {
        "same": only(*(f"My_file.ioc.{digest}" for digest in digests)),
        "other": CLEAN,
    }
    assert pair.agree(lines, {"same": data})["same"] == only(f"My_file.ioc.{digests[0]}")


def test_a_document_with_entities_is_refused(pair: Pair) -> None:
    """docs/design/differences.md, "OpenIOC documents that declare entities"."""
    data = BINARY + b"indicated"
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    page = (
        '<!DOCTYPE ioc [<!ENTITY f "FileItem">]><ioc><Indicator><IndicatorItem>'
        '<Context document="&f;" search="FileItem/Md5sum"/>'
        f"<Content>{digest}</Content></IndicatorItem></Indicator></ioc>"
    )
    found = pair.both([("a.ioc", page)], {"same": data})
    assert found["same"] == (only(f"a.ioc.{digest}"), CLEAN)


def test_a_file_that_ends_in_a_password_for_another_engine(pair: Pair) -> None:
    """docs/design/differences.md, "A password for another engine in the last line"."""
    lines = [("a.pwdb", "n;Engine:51-255;0;p"), ("a.pwdb", "m;Engine:300-400;0;p")]
    database = pair._write(lines)  # agree would refuse the exit codes
    probe = pair.folder / "probe"
    probe.write_bytes(BINARY)
    assert [program.load(database, probe).code for program in (pair.peer, pair.ours)] == [2, 0]
