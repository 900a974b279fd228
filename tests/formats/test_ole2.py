from __future__ import annotations

import struct
import zlib

import pytest

from compound import Tree, compound_file, compress, vba_directory, vba_storage
from nacre.formats.document.ole2 import Ole2Handler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Finding
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SOURCE = b'Attribute VB_Name = "Module1"\r\nSub  Main()\r\n\tMsgBox "Two  Words"\r\nEnd Sub\r\n'
VIEW = b'attribute vb_name = "Module1"\r\nsub main()\r\n msgbox "Two  Words"\r\nend sub\r\n'
HEAD = b"""REM VBA project extracted from Microsoft Office document

REM PROJECTSYSKIND: Windows 32 bit
REM PROJECTLCID: 0x00000409
REM PROJECTLCIDINVOKE: 0x00000409
REM PROJECTCODEPAGE: 0x04e4
REM PROJECTNAME: Project
REM PROJECTDOCSTRING:\x20
REM PROJECTDOCSTRINGUNICODE:\x20
REM PROJECTHELPFILEPATH:\x20
REM PROJECTHELPFILEPATH2:\x20
REM PROJECTHELPCONTEXT: 0x0000
REM PROJECTLIBFLAGS: 0x0000
REM PROJECTVERSION: 1706951255.17
REM PROJECTMODULES: 1
REM PROJECTCOOKIE: 0xffff


REM MODULENAME: Module1
REM MODULENAMEUNICODE: Module1
REM MODULESTREAMNAME: Module1
REM MODULESTREAMNAMEUNICODE: Module1
REM MODULEDOCSTRING:\x20
REM MODULEDOCSTRINGUNICODE:\x20
REM MODULEOFFSET: 0x00000000
REM MODULEHELPCONTEXT: 0x00000000
REM MODULECOOKIE: 0xffff
REM MODULETYPE: Procedural
REM ##################################################
"""


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(Ole2Handler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def children(tree: Tree) -> dict[bytes, bytes]:
    return {
        event.name: event.data.read(0, len(event.data))
        for event in events(compound_file(tree))
        if isinstance(event, Child)
    }


def sources(tree: Tree) -> dict[bytes, bytes]:
    """What signatures see of macros: sources as they are, and texts of projects."""
    return {
        event.name: event.data.read(0, len(event.data))
        for event in events(compound_file(tree))
        if isinstance(event, Child) and event.macros
    }


def alerts(tree: Tree) -> set[str]:
    return {event.name for event in events(compound_file(tree)) if isinstance(event, Finding)}


def test_the_text_of_a_project() -> None:
    tree: Tree = {"Macros": {"VBA": vba_storage({"Module1": SOURCE})}}
    assert sources(tree) == {b"Module1": SOURCE, b"VBA project": HEAD + VIEW}
    assert alerts(tree) == {"Heuristics.OLE2.ContainsMacros.VBA"}
    kinds = {e.name: e.file_type for e in events(compound_file(tree)) if isinstance(e, Child)}
    assert kinds[b"Module1"] is FileType.MSOLE2
    assert kinds[b"VBA project"] is FileType.TEXT_ASCII


@pytest.mark.parametrize(
    ("source", "view"),
    [
        (b"A\nB\r\nC\rD", b"a\nb\r\nc\rd"),
        (b"X  \r\nY\t\tZ", b"x \r\ny z"),
        (b'"Open String AB\r\nNext LINE', b'"Open String AB\r\nNext LINE'),
        (b"a_\r\nB", b"a_\r\nb"),
        (b"a _ \r\nB", b"a _ \r\nb"),
        (b"Foo _\r\n\r\nBar", b"foo \r\nbar"),
        (b"Foo _\r\n _\nBar", b"foo bar"),
        (b'A  _\r\n  "B  C"  _\r\n D', b'a "B  C" d'),
        (b'"S _\r\nT"', b'"S _\r\nT"'),
        (b'x = "AB""CD" & "E"', b'x = "AB""CD" & "E"'),
        (b'\xc4\xd6 "\xc4"', '\u00c4\u00d6 "\u00c4"'.encode()),
    ],
)
def test_the_form_of_source_text(source: bytes, view: bytes) -> None:
    found = sources({"VBA": vba_storage({"M": source})})
    assert found[b"VBA project"].endswith(b"#\n" + view)
    assert found[b"M"] == source


def test_source_text_in_other_code_pages() -> None:
    found = sources({"VBA": vba_storage({"M": b"\x82\xa0 ABC"}, page=932)})
    assert found[b"VBA project"].endswith("\u3042 abc".encode())
    found = sources({"VBA": vba_storage({"M": b"\xe4 ABC"}, page=60_000)})
    assert found[b"VBA project"].endswith("\u00e4 abc".encode())


def test_a_forged_offset_does_not_hide_a_module() -> None:
    found = sources({"VBA": vba_storage({"Module1": SOURCE}, offset=5)})
    assert found[b"Module1"] == SOURCE


@pytest.mark.parametrize("directory", [b"damaged", compress(vba_directory([])), None])
def test_modules_that_no_directory_tells_of(directory: bytes | None) -> None:
    storage = vba_storage({"Module1": b"performance cache" + SOURCE})
    storage["Module1"] = b"performance cache" + compress(SOURCE)
    if directory is None:
        del storage["dir"]
    else:
        storage["dir"] = directory
    assert sources({"VBA": storage})[b"Module1"] == SOURCE
    assert alerts({"VBA": storage}) == {"Heuristics.OLE2.ContainsMacros.VBA"}


@pytest.mark.parametrize("header", [b"\xff\x3f", b"\x80\x50", b"\x00\xb0"])
def test_source_whose_chunks_lie_about_their_sizes(header: bytes) -> None:
    """Stored though it is not, of another kind, of no size: readers that do not ask see it all."""
    storage = vba_storage({"Module1": SOURCE})
    for name in ("Module1", "dir"):
        stream = storage[name]
        assert isinstance(stream, bytes)
        forged = stream[:1] + header + stream[3:]
        tree: Tree = {"VBA": {**storage, name: forged}}
        found = [e for e in events(compound_file(tree)) if isinstance(e, Child) and e.macros]
        assert SOURCE in [event.data.read(0, 9999) for event in found]
        assert found[-1].data.read(0, 9999).endswith(VIEW)


def test_a_document_without_macros_does_not_alert() -> None:
    assert not alerts({"WordDocument": b"text" * 2000, "dir": b"no directory of macros"})


def packed(name: bytes, data: bytes) -> bytes:
    body = b"\x02\0" + name + b"\0C:\\x\\" + name + b"\0\0\0\x03\0"
    body += struct.pack("<I", 5) + b"C:\\t\0" + struct.pack("<I", len(data)) + data + b"\0\0"
    return struct.pack("<I", len(body)) + body


def test_files_embedded_as_packages() -> None:
    tree: Tree = {"ObjectPool": {"_1": {"\x01Ole10Native": packed(b"evil.exe", b"MZ content")}}}
    assert children(tree)[b"evil.exe"] == b"MZ content"


def test_other_data_embedded_as_ole() -> None:
    tree: Tree = {"\x01Ole10Native": struct.pack("<I", 7) + b"content" + b"behind"}
    assert children(tree)[b""] == b"content"
    assert children({"\x01Ole10Native": b"\x01"}) == {b"\x01Ole10Native": b"\x01"}


def test_packages_with_odd_heads() -> None:
    content = b"MZ content"
    for kind in (0, 1, 3):
        odd = bytearray(packed(b"evil.exe", content))
        odd[4] = kind
        assert children({"\x01Ole10Native": bytes(odd)})[b"evil.exe"] == content
    assert children({"\x01Ole10Native": packed(b"n" * 5000, content)})[b"n" * 5000] == content


def test_pictures_of_presentations() -> None:
    picture = b"a metafile " * 20
    blip = bytes(16 + 34) + zlib.compress(picture)
    found = events(compound_file({"Pictures": record(0x2160, 0xF01B, blip)}))
    names = [event.name for event in found if isinstance(event, Child)]
    assert names == [b"WMF", b"WMF", b"Pictures"]
    assert any(isinstance(e, Child) and e.data.read(0, 999) == picture for e in found)


def test_streams_that_are_deflated() -> None:
    content = b"the content of a stream " * 20
    packed = zlib.compress(content)
    for stream in (packed, struct.pack("<I", len(content)) + packed):
        found = events(compound_file({"Stuff": stream}))
        assert any(isinstance(e, Child) and e.data.read(0, 999) == content for e in found)


def test_modules_beside_nothing_else() -> None:
    assert sources({"Macros": {"VBA": {"Module1": compress(SOURCE)}}}) == {b"Module1": SOURCE}


def record(version: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<HHI", version, kind, len(data)) + data


def test_objects_of_presentations() -> None:
    first, second = b"first object" * 20, b"second object" * 20
    stream = record(
        0xF,
        1000,
        record(0, 4026, b"text")
        + record(0x10, 0x1011, struct.pack("<I", len(first)) + zlib.compress(first))
        + record(0, 0x1011, second),
    )
    found = children({"PowerPoint Document": stream})
    assert (found[b"object1"], found[b"object2"]) == (first, second)
    found = children({"PowerPoint Document": stream[:-250]})
    assert found[b"object1"] == first


def test_objects_that_records_do_not_tell_of() -> None:
    """Deflated in spite of the instance, and behind a record of a length that is not so."""
    content = b"an object" * 20
    deflated = struct.pack("<I", len(content)) + zlib.compress(content)
    stream = record(0, 0x1011, deflated)
    for before in (b"", struct.pack("<HHI", 0, 5, 0xFFFFFF), b"junk" * 7):
        assert children({"PowerPoint Document": before + stream})[b"object1"] == content


def test_a_stream_too_large_costs_nothing() -> None:
    data = compound_file({"large": bytes(50_000), "small": b"content"})
    found = [e.name for e in events(data, Limits(max_file_size=10_000)) if isinstance(e, Child)]
    assert found == [b"small"]


def fib(flags: int) -> bytes:
    return struct.pack("<H8xH", 0xA5EC, flags) + bytes(100)


@pytest.mark.parametrize(
    ("tree", "encrypted"),
    [
        ({"WordDocument": fib(0x100)}, True),
        ({"WordDocument": fib(0)}, False),
        ({"EncryptionInfo": b"x" * 40, "EncryptedPackage": b"x" * 40}, True),
        ({"PowerPoint Document": b"x" * 40, "EncryptedSummary": b"x" * 40}, True),
        ({"Storage": {"EncryptedPackage": b"x" * 40}}, False),
    ],
)
def test_encrypted_documents_alert(tree: Tree, encrypted: bool) -> None:  # noqa: FBT001
    assert alerts(tree) == ({"Heuristics.Encrypted.OLE2"} if encrypted else set())


def word6(*macros: tuple[int, bytes], version: int = 101) -> bytes:
    entries, bodies = b"", b""
    for key, macro in macros:
        place = 0x800 + len(bodies)
        entries += struct.pack("<BBHHHIIII", 0x55, key, 0, 0, 0, 0, len(macro), 0, place)
        bodies += bytes(byte ^ key for byte in macro)
    tables = b"\xff\x02" + struct.pack("<H", 1) + b"abcd"
    tables += b"\x01" + struct.pack("<H", len(macros)) + entries + b"\x40"
    head = struct.pack("<HH", 0xA5DC, version).ljust(0x118, b"\0")
    head += struct.pack("<II", 0x400, len(tables))
    return (head.ljust(0x400, b"\0") + tables).ljust(0x800, b"\0") + bodies


def test_macros_of_word_6() -> None:
    found = sources({"WordDocument": word6((0, b"plain macro"), (0x5A, b"hidden macro"))})
    assert found == {b"macro1": b"plain macro", b"macro2": b"hidden macro"}
    assert not sources({"WordDocument": word6((0, b"plain macro"), version=193)})


def test_rich_text_of_messages() -> None:
    rtf = b"{\\rtf1 text}"
    stream = struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf
    tree: Tree = {"__substg1.0_10090102": stream, "__substg1.0_1000001F": b"x\0"}
    assert children(tree)[b"body.rtf"] == rtf
