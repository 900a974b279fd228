"""Office documents that a password protects; what the writer makes msoffcrypto-tool 6.1.0 opens."""

from __future__ import annotations

import struct
import zlib

import pytest

from compound import Tree, compound_file
from locked_office import (
    BEGIN,
    Rc4,
    art,
    presentation,
    rc4_workbook,
    record,
    standard,
    word,
    xor_workbook,
)
from nacre.formats.document.ole2 import Ole2Handler
from nacre.model.budget import Budget, Passwords
from nacre.model.errors import LimitExceeded
from nacre.model.event import Child, Event, Finding, Metadata, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

DOCUMENT = b"PK\x03\x04 a document of many bytes" * 400
RECORDS = [
    (0x85, struct.pack("<IHBB", 9999, 0, 1, 0) + b"Sheet"),
    (0x31, bytes(range(200)) * 10),
    (0x809, struct.pack("<HH12x", 0x600, 0x10)),
    (0xFC, b"cells " * 500),
    (0x0A, b""),
]
PLAIN = b"".join(record(kind, data) for kind, data in RECORDS)
ALERT = "Heuristics.Encrypted.OLE2"
XOR_KEY, XOR_VERIFIER = 0xB359, 0x9A0A
"""Of the password "VelvetSweatshop", which Excel stores so."""


def events(tree: Tree, passwords: Passwords | None = None, *, facts: bool = False) -> list[Event]:
    budget = Budget(Limits(), passwords=passwords or {}, facts=facts)
    return list(Ole2Handler().extract(Fmap.from_bytes(compound_file(tree)), budget))


def contents(found: list[Event], name: bytes) -> list[bytes]:
    """What there is of a stream: decrypted, then as it stands."""
    return [
        event.data.read(0, len(event.data))
        for event in found
        if isinstance(event, Child) and event.name == name
    ]


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


def alerts(found: list[Event]) -> bool:
    return ALERT in {event.name for event in found if isinstance(event, Finding)}


@pytest.mark.parametrize("bits", [128, 192, 256])
def test_standard_encryption(bits: int) -> None:
    found = events(standard(DOCUMENT, bits=bits))
    assert contents(found, b"EncryptedPackage")[0] == DOCUMENT
    assert not alerts(found)
    assert not problems(found)


def test_a_package_that_is_cut() -> None:
    tree = standard(DOCUMENT)
    package = tree["EncryptedPackage"]
    assert isinstance(package, bytes)
    found = events({**tree, "EncryptedPackage": package[:1000]})
    assert contents(found, b"EncryptedPackage")[0] == DOCUMENT[:992]
    assert problems(found) == [f"EncryptedPackage: {len(DOCUMENT)} bytes promised, 992 present"]


@pytest.mark.parametrize("bits", [0, 40, 128])
def test_workbooks_in_rc4(bits: int) -> None:
    stream = rc4_workbook(RECORDS, Rc4(bits=bits))
    found = events({"Workbook": stream})
    decrypted, stored = contents(found, b"Workbook")
    assert (decrypted[-len(PLAIN) :], stored) == (PLAIN, stream)
    assert not alerts(found)
    assert not problems(found)


def test_an_obfuscated_workbook() -> None:
    found = events({"Workbook": xor_workbook(RECORDS, XOR_KEY, XOR_VERIFIER, b"VelvetSweatshop")})
    assert contents(found, b"Workbook")[0].endswith(PLAIN)
    assert not alerts(found)


def test_macro_sheets_of_an_encrypted_workbook() -> None:
    sheets = [(0x85, struct.pack("<IBBBB", 9999, 0, 1, 5, 0) + b"Macro"), (0x0A, b"")]
    found = events({"Workbook": rc4_workbook(sheets, Rc4())})
    text = contents(found, b"macro sheets")[0]
    assert b"Excel 4.0 macro sheet" in text


@pytest.mark.parametrize("bits", [0, 128])
def test_word_documents(bits: int) -> None:
    lock = Rc4("secret", bits)
    tree = word(b"some text " * 100, b"table " * 100, lock)
    found = events(tree, {FileType.ANY: (b"wrong", b"secret")})
    assert contents(found, b"WordDocument")[0].endswith(b"some text " * 100)
    assert contents(found, b"1Table")[0].endswith(b"table " * 100)
    assert alerts(found)
    assert not problems(found)


def test_a_word_document_inside_another() -> None:
    tree: Tree = {"WordDocument": b"", "ObjectPool": {"_1": word(b"some text", b"table", Rc4())}}
    found = events(tree)
    assert contents(found, b"WordDocument")[0].endswith(b"some text")
    closed = events({"ObjectPool": {"_1": word(b"some text", b"table", Rc4("other"))}})
    assert alerts(closed)
    assert "unknown password" in problems(closed)[0]


@pytest.mark.parametrize(
    ("flags", "reason"), [(0x8300, "XOR is not undone"), (0x100, "its table is missing")]
)
def test_word_documents_that_stay_closed(flags: int, reason: str) -> None:
    found = events({"WordDocument": struct.pack("<H8xH", 0xA5EC, flags), "1Table": b"table"})
    assert alerts(found)
    assert problems(found) == [f"the document is encrypted: {reason}"]


def test_only_one_package_is_opened() -> None:
    """Names differ in their case, which Office does not mind."""
    tree = standard(DOCUMENT)
    found = events({**tree, "encryptedpackage": tree["EncryptedPackage"]})
    whole = [
        event for event in found if isinstance(event, Child) and len(event.data) == len(DOCUMENT)
    ]
    assert len(whole) == 1
    assert problems(found) == ["encrypted content: another EncryptedPackage"]
    assert alerts(found)


def test_what_is_no_package_in_a_storage() -> None:
    """Only at the top is a stream of that name one; deeper it may be anything."""
    assert not alerts(events({"Other": {"EncryptedPackage": bytes(100)}}))


@pytest.mark.parametrize(
    ("tree", "name", "plain"),
    [
        (standard(DOCUMENT, "p\u00e4ss"), b"EncryptedPackage", DOCUMENT),
        ({"Workbook": rc4_workbook(RECORDS, Rc4("p\u00e4ss"))}, b"Workbook", PLAIN),
    ],
)
def test_a_password_of_the_database(tree: Tree, name: bytes, plain: bytes) -> None:
    for secret in ("p\u00e4ss".encode(), "p\u00e4ss".encode("latin-1")):
        found = events(tree, {FileType.MSOLE2: (b"wrong", secret)})
        assert contents(found, name)[0].endswith(plain)
        assert alerts(found)
        assert not problems(found)
    closed = events(tree)
    assert len(contents(closed, name)) == 1
    assert alerts(closed)
    assert "unknown password" in problems(closed)[0]


def test_that_it_was_the_default_password_is_told() -> None:
    found = events(standard(DOCUMENT), facts=True)
    assert Metadata("EncryptedWithVelvetSweatshop", value=True) in found


AGILE = """<encryption xmlns:p="p"><keyData {data}/><p:encryptedKey {key} spinCount="{spins}"
 encryptedVerifierHashInput="{blocks}" encryptedVerifierHashValue="{blocks}"
 encryptedKeyValue="{blocks}"/></encryption>"""
USUAL = (
    'hashAlgorithm="SHA512" keyBits="256" cipherAlgorithm="AES"'
    ' cipherChaining="ChainingModeCBC" saltValue="AAAA"'
)
ZEROS = "AAAAAAAAAAAAAAAAAAAAAA=="


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"spins": "10"}, "with an unknown password"),
        ({"spins": "1000001"}, "1000001 rounds for a key are too many"),
        ({"spins": "-1"}, "spinCount is no number"),
        ({"spins": "9" * 5000}, "spinCount is no number"),
        ({"data": USUAL.replace("256", "255")}, "unknown digest or size of keys"),
        ({"key": USUAL.replace("CBC", "CFB")}, "another cipher than AES in CBC mode"),
        ({"data": USUAL.replace("SHA512", "RIPEMD")}, "unknown digest or size of keys"),
        ({"blocks": "AAAA"}, "encryptedVerifierHashInput has 3 bytes"),
        ({"blocks": "A"}, "encryptedVerifierHashInput is no base64"),
        ({"data": "", "key": "<"}, "the encryption's XML"),
    ],
)
def test_agile_encryption_without_sense(changes: dict[str, str], reason: str) -> None:
    fields = {"data": USUAL, "key": USUAL, "spins": "10", "blocks": ZEROS, **changes}
    info = struct.pack("<HHI", 4, 4, 0x40) + AGILE.format(**fields).encode()
    found = events({"EncryptionInfo": info, "EncryptedPackage": bytes(100)})
    assert alerts(found)
    assert reason in problems(found)[0]


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (b"\4\0", "bytes"),
        (struct.pack("<HHI", 3, 3, 0), "version 3.3 is not known"),
        (struct.pack("<HHII", 4, 2, 0, 1 << 31), "no size it can have"),
        (struct.pack("<HHII", 4, 2, 0, 32) + bytes(32), "cipher 0x0 is not known"),
    ],
)
def test_encryption_without_sense(info: bytes, reason: str) -> None:
    found = events({"EncryptionInfo": info, "EncryptedPackage": bytes(100)})
    assert alerts(found)
    assert reason in problems(found)[0]


@pytest.mark.parametrize(
    "protection", [b"", b"\0\0\1", b"\1\0", b"\1\0\1\0\1\0" + bytes(40), b"\1\0\2\0\3\0"]
)
def test_workbooks_without_sense(protection: bytes) -> None:
    found = events({"Workbook": BEGIN + record(0x2F, protection) + PLAIN})
    assert alerts(found)
    assert "the workbook is encrypted" in problems(found)[0]


def test_rounds_end_with_the_time() -> None:
    limits = Limits(max_scan_time=1)
    budget = Budget(limits)
    data = Fmap.from_bytes(compound_file(standard(DOCUMENT, "other")))
    with pytest.raises(LimitExceeded, match="MaxScanTime"):
        list(Ole2Handler().extract(data, budget))


OBJECT = b"an embedded object, " * 40


def objects() -> list[bytes]:
    packed = struct.pack("<I", len(OBJECT)) + zlib.compress(OBJECT)
    return [art(0x3E8, art(0x3E9, b"text"), 0xF), art(0x1011, packed, 0x10), art(0x1011, OBJECT)]


@pytest.mark.parametrize("bits", [40, 128])
def test_presentations(bits: int) -> None:
    found = events(presentation(objects(), Rc4(bits=bits)))
    assert b"".join(objects()) in contents(found, b"PowerPoint Document")
    assert contents(found, b"object1") == contents(found, b"object2") == [OBJECT]
    assert not problems(found)
    assert not alerts(found)


def test_what_stays_encrypted_of_a_presentation() -> None:
    tree = presentation(objects(), Rc4(bits=128)) | {"EncryptedSummary": b"x", "Pictures": b"y"}
    assert sorted(problems(events(tree))) == [
        "encrypted content: EncryptedSummary", "encrypted content: Pictures"
    ]  # fmt: skip


def test_a_presentation_with_another_password() -> None:
    found = events(presentation(objects(), Rc4("other", 128)) | {"EncryptedSummary": b"x"})
    assert "the presentation is encrypted with an unknown password" in problems(found)
    assert alerts(found)
    assert not contents(found, b"object1")


def test_a_summary_alone_is_encrypted() -> None:
    found = events({"EncryptedSummary": b"x", "PowerPoint Document": art(0x1011, OBJECT)})
    assert alerts(found)
    assert contents(found, b"object1") == [OBJECT]


@pytest.mark.parametrize(
    ("place", "written", "reason"),
    [
        (-20, b"\xff\xff\xff\xff", "no header of the encryption"),  # the directory
        (-4, b"\x63\0\0\0", "no header of the encryption"),  # the number of the header
        (-38, b"\0\0", "no description of an edit"),
    ],
)
def test_presentations_without_sense(place: int, written: bytes, reason: str) -> None:
    tree = presentation(objects(), Rc4(bits=128))
    stream = bytearray(tree["PowerPoint Document"])  # type: ignore[arg-type]
    stream[len(stream) + place : len(stream) + place + len(written)] = written
    found = events(tree | {"PowerPoint Document": bytes(stream)})
    assert problems(found) == [f"the presentation is encrypted: {reason}"]
    assert alerts(found)


def test_objects_that_overlap_end() -> None:
    """A directory that names one large object again and again."""
    large = art(0x1011, bytes(5000))
    tree = presentation([large], Rc4(bits=128))
    stream = tree["PowerPoint Document"]
    assert isinstance(stream, bytes)
    edit = bytearray(stream[-40:])
    session = struct.pack("<53I", 2 | 1 << 20, len(large), 3 | 50 << 20, *[0] * 50)
    struct.pack_into("<I", edit, 20, len(stream))
    moved = stream + art(0x1772, session) + bytes(edit)
    user = bytearray(tree["Current User"])  # type: ignore[arg-type]
    struct.pack_into("<I", user, 16, len(moved) - 40)
    found = events({"Current User": bytes(user), "PowerPoint Document": moved})
    assert [text for text in problems(found) if "only the first" in text]
