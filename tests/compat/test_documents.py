"""PDF, RTF, Flash and OneNote: what is inside is found under the same names."""

from __future__ import annotations

import base64
import hashlib
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from compat.pair import CLEAN, Pair, only

SAMPLES = Path(__file__).parents[2] / "samples" / "document"
PEER_FILES = Path("/usr/share/clamav-testfiles")
CLAM_EXE = ("clam.hdb", "aa15bcf478d165efd2065190eb473bcb:544:Clam.Exe")
ATTACHED = b"the attached file " * 8
LINES = [
    ("a.ndb", f"Found.Attachment:0:*:{ATTACHED.hex()}"),
    ("a.hsb", f"{hashlib.sha256(ATTACHED).hexdigest()}:{len(ATTACHED)}:Found.Whole"),
    ("a.ndb", f"Found.Page:0:*:{b'(A page of text) Tj'.hex()}"),
    ("a.ndb", f"Found.Page.Text:7:*:{b'(a page of text) tj'.hex()}"),
    ("a.ndb", f"Found.Script.Stream:7:*:{b'from a stream'.hex()}"),
]


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (entries, len(data), data)


def document(*objects: bytes, trailer: bytes = b"") -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate((b"<</Type/Catalog/Pages 2 0 R>>", *objects), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%b>>\n" % (len(places) + 1, trailer)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start


def test_files_of_the_peer(pair: Pair) -> None:
    if not PEER_FILES.is_dir():
        pytest.skip("clamav-testfiles is not installed")
    files = {name: (PEER_FILES / name).read_bytes() for name in ("clam.pdf", "clam.exe.rtf")}
    assert set(pair.agree([CLAM_EXE], files).values()) == {only("Clam.Exe")}


@pytest.mark.parametrize("options", [(), ("--scan-pdf=no",)])
def test_pdf_samples(pair: Pair, options: tuple[str, ...]) -> None:
    files = {path.stem: path.read_bytes() for path in (SAMPLES / "pdf").glob("*.in")}
    del files["filters"]
    for name, (peer, ours) in pair.both(LINES, files, "--allmatch", *options).items():
        # The peer loses the filter behind a hexadecimal string in an inner dictionary.
        assert ours - peer <= only("Found.Attachment", "Found.Whole"), name
        assert peer <= ours, name
        locked = name in ("password", "cut") or options
        assert locked or "Found.Whole" in ours, name


def test_encrypted(pair: Pair) -> None:
    files = {path.stem: path.read_bytes() for path in (SAMPLES / "pdf").glob("*.in")}
    for options in ((), ("--alert-encrypted-doc=yes",), ("--alert-encrypted=yes",)):
        found = pair.agree([CLAM_EXE], files, *options)
        assert found["password"] == (only("Heuristics.Encrypted.PDF") if options else CLEAN)


def test_encryption_without_sense(pair: Pair) -> None:
    entries: tuple[bytes, ...] = (
        b" 99 0 R",
        b" null",
        b"<<>>",
        b" 2 0 R",
        b"<</Filter/Standard/V 1/R 2>>",
    )
    entries += (b"<</Filter/Foo.Bar/V 4>>", b"<</Filter/Standard/V 9/R 9/O(x)/U(y)/P -1>>")
    files = {
        str(number): document(stream(b"a stream"), trailer=b"/Encrypt" + entry)
        for number, entry in enumerate(entries)
    }
    found = pair.agree([CLAM_EXE], files, "--alert-encrypted-doc=yes")
    assert set(found.values()) == {only("Heuristics.Encrypted.PDF")}


def test_filters(pair: Pair) -> None:
    text = b"a text behind filters " * 20
    packed = zlib.compress(text)
    hexadecimal, base85 = text.hex().encode() + b">", base64.a85encode(text) + b"~>"
    both = base64.a85encode(packed) + b"~>"
    files = {
        "none": stream(text),
        "flate": stream(packed, b"/Filter/FlateDecode"),
        "abbreviated": stream(packed, b"/Filter/Fl"),
        "array": stream(packed, b"/Filter[/FlateDecode]"),
        "hex": stream(hexadecimal, b"/Filter/ASCIIHexDecode"),
        "85": stream(base85, b"/Filter/ASCII85Decode"),
        "two": stream(both, b"/Filter [ /A85 /Fl ] /DecodeParms [null null]"),
        "twice": stream(zlib.compress(packed), b"/Filter[/FlateDecode/FlateDecode]"),
        "line-end": stream(b"\n" + packed, b"/Filter/FlateDecode"),
        "image": stream(packed, b"/Subtype/Image/Filter[/FlateDecode/DCTDecode]"),
        "attachment": stream(packed, b"/Type/EmbeddedFile/Filter/FlateDecode"),
        "not": stream(text, b"/Filter/FlateDecode"),
    }
    lines = [
        ("a.ndb", f"Found.Text:0:*:{text.hex()}"),
        ("a.ndb", f"Found.Normalised:7:*:{text.hex()}"),
        ("a.hsb", f"{hashlib.sha256(text).hexdigest()}:{len(text)}:Found.Whole"),
    ]
    found = pair.agree(lines, {name: document(body) for name, body in files.items()}, "-z")
    # The peer keeps the line end behind data that it could not decode.
    assert all("Found.Text" in names for names in found.values())


def test_names(pair: Pair) -> None:
    names = (b"F#6cateDecode", b"Java#53cript", b"J#53", b"Foo#41", b"La#75nch", b"Pag#65", b"#53")
    files = {name.decode().replace("#", "-"): document(b"<</X/%b/Y 1>>" % name) for name in names}
    files["string"] = document(b"<</X(/F#6cateDecode)>>")
    files["array"] = document(b"[/F#6cateDecode]")
    for options in ((), ("--heuristic-alerts=no",)):
        found = pair.agree([CLAM_EXE], files, *options)
        assert bool(found["La-75nch"]) == (not options)


def test_scripts(pair: Pair) -> None:
    """Where the peer shows a script, and a second blank and bracket do not disturb it."""
    script = b"<< /S /JavaScript /JS (%b) >>"
    files = {
        "plain": document(script % b"Alert(1)"),
        "escaped": document(script % b"Alert\\(1\\)"),
        "stream": document(b"<</S/JavaScript/JS 3 0 R>>", stream(b"Alert(1)")),
        "nested": document(b"<< /AA << /O " + script % b"Alert(1)" + b" >> >>"),
        "launch": document(b"<< /S /Launch /F (Alert\\(1\\)) >>"),
        "action": document(b"<< /OpenAction 3 0 R >>", b"(Alert\\(1\\))"),
    }
    lines = [
        ("a.ndb", f"Found.Plain:7:*:{b'alert(1)'.hex()}"),
        ("a.ndb", "Found.Escaped:7:*:616c6572745c28315c29"),
        ("a.ldb", f"In.PDF;Engine:51-255,Target:7,Container:CL_TYPE_PDF;0;{b'alert'.hex()}"),
    ]
    for name, (peer, ours) in pair.both(lines, files, "--allmatch").items():
        assert peer - ours == CLEAN, name
        assert ours - peer <= only("Found.Plain"), name
        assert "In.PDF" in peer, name


def test_odd_dictionaries(pair: Pair) -> None:
    """What the peer reads in spite of its form, nacre does, too."""
    text = b"a text behind filters " * 20
    packed = zlib.compress(text)
    flate = b"/Filter/FlateDecode"
    files = {
        "nested": stream(packed, b"/Filter[[/FlateDecode]]"),
        "slashes": stream(packed, b"/Filter//FlateDecode"),
        "unknown": stream(packed, b"/Filter[/Foo/FlateDecode]"),
        "deep": stream(packed, b"/X" + b"<</A" * 80 + b" 1" + b">>" * 80 + flate),
        "open": stream(packed, b"/X(without an end" + flate),
        "rows": stream(packed, flate + b"/DecodeParms<</Predictor 12/Columns 4>>"),
        "text": stream(text, b"/Filter/ASCIIHexDecode"),
        "comment": stream(text).replace(b">>\n", b">> % comment\n"),
        "gap": stream(text).replace(b">>\n", b">>" + b" " * 600),
    }
    bodies = {name: document(body) for name, body in files.items()}
    bodies["number"] = document(stream(text)).replace(b"2 0 obj", b"99999999999 -0 obj")
    lines = [("a.hsb", f"{hashlib.sha256(text).hexdigest()}:{len(text)}:Found.Whole")]
    for name, (peer, ours) in pair.both(lines, bodies, "--allmatch").items():
        assert peer == ours == only("Found.Whole"), name


def test_text_in_pieces(pair: Pair) -> None:
    """The peer joins the strings of pages where one shows text in pieces."""
    page = b"<< /Type /Page /Contents 3 0 R >>"
    text = b"BT\n10 20 TD\n/F1 18 Tf\n[(T)-10.3(w)9.6(o Y)-157.7(ears)19.5(after)]TJ\nET\n"
    files = {
        "plain": document(page, stream(text)),
        "packed": document(page, stream(zlib.compress(text), b"/Filter/FlateDecode")),
        "two": document(page, stream(text.replace(b"TJ", b"TJ\n(Hello) Tj"))),
    }
    lines = [
        ("a.ndb", f"Found.Any:0:*:{b'two yearsafter'.hex()}"),
        ("a.ndb", f"Found.Text:7:*:{b'two yearsafter'.hex()}"),
    ]
    found = pair.agree(lines, files, "--allmatch")
    assert set(found.values()) == {only("Found.Any", "Found.Text")}


def test_only_nacre(pair: Pair) -> None:
    """What docs/design/differences.md says that nacre finds and ClamAV does not."""
    text = b"a text behind filters " * 4
    packed = zlib.compress(text)
    flate = b"/Filter/FlateDecode"
    runs = b"".join(b"\0%c" % byte for byte in text)
    files = {
        "reference": document(stream(packed, b"/Filter 3 0 R"), b"/FlateDecode"),
        "runs": document(stream(runs, b"/Filter/RunLengthDecode")),
        "bare": document(stream(packed[2:-4], flate)),
        "pixels": document(stream(packed, b"/Subtype/Image" + flate)),
        "unknown": document(stream(packed, b"/Filter[/Crypt/FlateDecode]")),
    }
    lines = [("a.ndb", f"Found.Text:0:*:{text.hex()}")]
    for name, (peer, ours) in pair.both(lines, files).items():
        assert (peer, ours) == (CLEAN, only("Found.Text")), name


def package(data: bytes) -> bytes:
    """An object of the Packager, as MS-OLEDS 2.2.5 has it."""
    packed = b"\2\0x.bin\0C:\\x.bin\0\0\0\3\0" + struct.pack("<I", 9) + b"C:\\x.bin\0"
    packed += struct.pack("<I", len(data)) + data
    head = struct.pack("<III", 0x501, 2, 8) + b"Package\0" + bytes(8)
    return head + struct.pack("<I", len(packed)) + packed


def test_rtf(pair: Pair) -> None:
    data = b"MZ, which is no program " * 5
    digits = package(data).hex().encode()
    rows = b"\r\n".join(digits[at : at + 60] for at in range(0, len(digits), 60))
    objects = {
        "plain": digits,
        "rows": rows,
        "capitals": digits.upper(),
        "words": digits[:31] + b"\\word12 " + digits[31:],
        "group": digits[:31] + b"{\\word }" + digits[31:],
        "odd": digits[:30] + b"\t \r\n" + digits[30:],
        "text": digits[:31] + b"{text}" + digits[31:],
        "bytes": b"{\\bin1 x}" + digits,
        "beyond": digits[:300] + b"\\bin99999999999 " + digits[300:],
        "escape": digits[:31] + b"\\'" + digits[31:],
        "class": digits.replace(b"Package".hex().encode(), b"Another".hex().encode()),
        "link": digits.replace(b"0105000002", b"0105000001"),
    }
    files = {
        name: b"{\\rtf1 {\\object\\objemb{\\*\\objclass Package}{\\*\\objdata %b}} text}" % text
        for name, text in objects.items()
    }
    files["letters"] = files["plain"].replace(b"objdata", b"OBJDATA")
    lines = [
        ("a.ndb", f"Found.Data:0:*:{data.hex()}"),
        ("a.hsb", f"{hashlib.sha256(data).hexdigest()}:{len(data)}:Found.Whole"),
    ]
    found = pair.agree(lines, files, "--allmatch")
    assert set(found.values()) == {only("Found.Data", "Found.Whole")}


def test_flash(pair: Pair) -> None:
    files = {path.stem: path.read_bytes() for path in (SAMPLES / "swf").glob("*.in")}
    movie = files["plain"]
    unpacked = b"FWS\x0d" + movie[4:]
    lines = [
        ("a.ndb", f"Found.Flash:11:*:{b'the packed file'.hex()}"),
        ("a.hsb", f"{hashlib.sha256(movie).hexdigest()}:{len(movie)}:Found.Movie"),
        ("a.hsb", f"{hashlib.sha256(unpacked).hexdigest()}:{len(unpacked)}:Found.Unpacked"),
    ]
    del files["lzma-short"]  # the peer stops where the header says
    found = pair.agree(lines, files, "--allmatch")
    assert found["lzma"] == only("Found.Flash", "Found.Unpacked")
    pair.agree(lines, files, "--scan-swf=no")


def test_onenote(pair: Pair) -> None:
    files = {path.stem: path.read_bytes() for path in (SAMPLES / "onenote").glob("*.in")}
    second = b"a second file"
    lines = [
        ("a.hsb", f"{hashlib.sha256(second).hexdigest()}:{len(second)}:Found.Second"),
        ("a.ldb", f"In.Note;Engine:51-255,Target:0,Container:CL_TYPE_ONENOTE;0;{second.hex()}"),
    ]
    found = pair.agree(lines, files, "--allmatch")
    assert found["files"] == only("Found.Second", "In.Note")
    pair.agree(lines, files, "--scan-onenote=no")


def test_pdf_of_qpdf(pair: Pair, tmp_path: Path) -> None:
    """Documents in every form that qpdf writes, also cut short."""
    files = {}
    whole = SAMPLES / "pdf" / "whole.in"
    for name, options in {
        "qdf": ["--qdf"],
        "uncompressed": ["--stream-data=uncompress"],
        "generate": ["--object-streams=generate", "--linearize"],
        "recompressed": ["--recompress-flate", "--compression-level=9"],
    }.items():
        target = tmp_path / name
        subprocess.run(["qpdf", *options, whole, target], check=True, capture_output=True)
        files[name] = target.read_bytes()
    for tenth in range(2, 10):
        data = files["generate"]
        files[f"cut{tenth}"] = data[: len(data) * tenth // 10]
    for name, (peer, ours) in pair.both(LINES, files, "--allmatch").items():
        assert peer <= ours, name


def test_order(pair: Pair) -> None:
    """Which of two names is reported: that of the document or that of what is in it."""
    folder = {"pdf": "whole", "rtf": "objects", "swf": "zlib", "onenote": "files"}
    files = {kind: (SAMPLES / kind / f"{name}.in").read_bytes() for kind, name in folder.items()}
    files["pdf"] = document(stream(zlib.compress(b"in a stream"), b"/Filter/FlateDecode"))
    raw = {"pdf": b"%PDF-1.4", "rtf": b"{\\rtf1", "swf": b"CWS", "onenote": files["onenote"][:16]}
    inside = {"pdf": b"in a stream", "rtf": b"the packed file", "swf": b"the packed file"}
    inside["onenote"] = b"a second file"
    for kind, data in files.items():
        lines = [
            ("a.ndb", f"Raw.{kind}:0:0:{raw[kind].hex()}"),
            ("a.ndb", f"Inside.{kind}:0:*:{inside[kind].hex()}"),
        ]
        # What lies in a OneNote section as it is matches there as well.
        for extra in ([], [("b.sdb", "Never:0:*:001122334455")]):
            pair.agree([*lines, *extra], {kind: data})


def test_behind_other_data(pair: Pair) -> None:
    pdf = document(stream(zlib.compress(b"in a stream"), b"/Filter/FlateDecode"))
    files = {
        "text": b"some text before it\n" * 3 + pdf,
        "binary": b"\0\1\0\1" * 20 + pdf,
        "lines": b"\n\n" + pdf,
        "behind": pdf + b"%PDF-1.4\n" + pdf,
    }
    lines = [
        ("a.ndb", f"Inside:0:*:{b'in a stream'.hex()}"),
        ("a.ldb", f"In.PDF;Engine:51-255,Target:0,Container:CL_TYPE_PDF;0;{b'in a stream'.hex()}"),
    ]
    pair.agree(lines, files, "--allmatch")
