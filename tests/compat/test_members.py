"""Signatures about what containers say of their members: `.cdb`, `.zmd`, `.rmd`."""

# ruff: noqa: E501 (tables)

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import struct
import subprocess
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tnef
from compat.archives import PACKERS
from compat.mail import HEAD, multipart
from compat.pair import Pair, only

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = b"a text that is packed well, a text that is packed well. " * 9
DATA = bytes(range(256)) * 3
MEMBERS = {"folder/": b"", "folder/a.txt": TEXT, "b.EXE": DATA, "empty": b"", "five": b"12345"}
LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
ANY = "*:*:*:*:*:*:*:*:*"


def zipped(members: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (MEMBERS if members is None else members).items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(kind: int = tarfile.USTAR_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, data in MEMBERS.items():
            info = tarfile.TarInfo(name.rstrip("/"))
            info.size = len(data)
            if name.endswith("/"):
                info.type = tarfile.DIRTYPE
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "b.EXE"
        archive.addfile(link)
    return out.getvalue()


CPIO = {
    **{name: (0o100644, data) for name, data in MEMBERS.items()},
    "link": (0o120777, b"b.EXE, far away"),
    "folder/": (0o40755, b""),
}


def newc() -> bytes:
    out = b""
    for name, (mode, data) in {**CPIO, "TRAILER!!!": (0, b"")}.items():
        fields = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def old_cpio() -> bytes:
    out = b""
    for name, (mode, data) in {**CPIO, "TRAILER!!!": (0, b"")}.items():
        size = len(data)
        out += struct.pack("<13H", 0o070707, 1, 1, mode, 0, 0, 1, 0, 0, 0, len(name) + 1, 0, size)
        out += name.encode() + bytes(1 + (len(name) + 1) % 2) + data + bytes(size % 2)
    return out


def patched(archive: bytes, magic: bytes, at: int, value: bytes) -> bytes:
    """With `value` at offset `at` of the first header that begins with `magic`."""
    place = archive.index(magic) + at
    return archive[:place] + value + archive[place + len(value) :]


def lines_of(archive: bytes) -> Iterator[str]:
    """About every field: what is right for some member, and what is not quite."""
    sizes = sorted({len(data) for data in MEMBERS.values()})
    stored = sorted({info.compress_size for info in zipfile.ZipFile(io.BytesIO(zipped())).filelist})
    for kind in ("ANY", "ZIP", "POSIX_TAR", "CPIO_OLD", "CPIO_NEWC", "GZ", "OOXML_WORD"):
        yield f"CL_TYPE_{kind}:*:*:*:*:*:*:*:*"
    for low, high in itertools.product(
        (0, 1, len(archive) - 1, len(archive), len(archive) + 1), repeat=2
    ):
        yield f"*:{low}-{high}:*:*:*:*:*:*:*"
    yield from (f"*:{len(archive) + more}:*:*:*:*:*:*:*" for more in (-1, 0, 1))
    for name in (
        "txt$", "TXT$", "^a", "^folder/a", "exe", "(?i)exe", r"b\.EXE", "^(empty|link)$", "^$", "[0-9]",
        "folder/$", "^.{4}$", "^f[^/]*$", "a{2}", "five", "^link",
    ):  # fmt: skip
        yield f"*:*:{name}:*:*:*:*:*:*"
    for field, values in ((3, stored), (4, sizes)):
        for value, more in itertools.product(values, (-1, 0, 1)):
            text = ["*"] * 9
            text[field] = str(max(0, value + more))
            yield ":".join(text)
            text[field] = f"{max(0, value + more)}-{value}"
            yield ":".join(text)
    for odd in (
        "",
        "0-0",
        "4294967295",
        f"{(1 << 32) + 5}",
        "1--1",
        "-1-0",
        "5-1",
        " 5-5",
        "9" * 20,
    ):
        yield f"*:*:*:*:{odd}:*:*:*:*"
    yield from (f"*:*:*:*:*:{encrypted}:*:*:*" for encrypted in (0, 1))
    yield from (f"*:*:*:*:*:*:{position}:*:*" for position in ("", *range(7), "2-4", "0-1", "5-0"))
    for position, name in itertools.product(
        range(1, 6), ("folder/$", "txt", "EXE", "empty", "five")
    ):
        yield f"*:*:{name}:*:*:*:{position}:*:*"
    yield f"CL_TYPE_ZIP:{len(archive)}:txt:1-0:{len(TEXT)}:0:1-3:x:y"


ARCHIVES = {
    "zip": zipped(), "ustar": tarred(), "gnu": tarred(tarfile.GNU_FORMAT), "pax": tarred(tarfile.PAX_FORMAT),
    "newc": newc(), "cpio": old_cpio(),
}  # fmt: skip


@pytest.mark.parametrize("kind", ARCHIVES)
def test_every_field(pair: Pair, kind: str) -> None:
    archive = ARCHIVES[kind]
    lines = [("a.cdb", f"N-{number}:{line}") for number, line in enumerate(lines_of(archive))]
    found = pair.agree(lines, {"archive": archive}, "--allmatch")
    assert len(found["archive"]) > len(lines) // 5


def test_the_old_form(pair: Pair) -> None:
    archive = zipped()
    right = f"{zlib.crc32(TEXT):08x}"
    lines = []
    for number, line in enumerate(
        (
            "*:*:*:*:*:*:*:*", "0:*:*:*:*:*:*:*", "1:*:*:*:*:*:*:*", "2:*:*:*:*:*:*:*", "10:*:*:*:*:*:*:*",
            ":*:*:*:*:*:*:*", f"*:*:*:*:{right}:*:*:*", f"*:*:*:*:{right.upper()}:*:*:*",
            f"*:*:*:*:{right[:-1]}z:*:*:*", f"*:*:*:*:0{right[:-1]}:*:*:*", f"*:EXE:*:*:{right}:*:*:*",
            f"*:*:*:*:77{right}{right}:*:*:*", "*:*:*:*::*:*:*", "*:*:*:*:0x10:*:*:*", f"*:*:{len(TEXT)}:*:*:*:*:*",
            f"*:*:{len(TEXT) + 1}:*:*:*:*:*", f"*:*:*:{len(TEXT)}:*:*:*:*", "*:*:0:2:*:*:*:*",
            "*:txt:*:*:*:*:2:*", "*:txt:*:*:*:*:3:*", "*:txt:*:*:*:*::*", "*:txt:*:*:*:8:*:*", "*:txt:*:*:*:9:*:3",
            "0:txt$:*:*:*:8:2:0",
        )
    ):  # fmt: skip
        lines += [("a.zmd", f"Z-{number}:{line}"), ("a.rmd", f"R-{number}:{line}")]
    found = pair.agree(lines, {"zip": archive, "tar": tarred()}, "--allmatch")
    assert found["zip"]
    assert not found["tar"]


def test_both_headers_of_a_zip_member(pair: Pair) -> None:
    whole = zipped({"first.txt": TEXT, "second.txt": DATA})
    files = {
        "whole": whole,
        "local-name": patched(whole, LOCAL, 30, b"FIRST"),
        "central-name": patched(whole, CENTRAL, 46, b"FIRST"),
        "nul": patched(whole, CENTRAL, 46, b"fi\0st"),
        "local-flag": patched(whole, LOCAL, 6, b"\1"),
        "central-flag": patched(whole, CENTRAL, 8, b"\1"),
        "local-size": patched(whole, LOCAL, 22, bytes(4)),
        "central-size": patched(whole, CENTRAL, 24, b"\xff\0\0\0"),
        "central-stored": patched(whole, CENTRAL, 20, b"\xff\0\0\0"),
        "local-crc": patched(whole, LOCAL, 14, b"\1\0\0\0"),
        "no-member": patched(whole, CENTRAL, 42, b"\7\0\0\0"),
        "same-member": patched(whole, whole[whole.rindex(CENTRAL) :][:46], 42, bytes(4)),
        "method": patched(whole, LOCAL, 8, b"\1"),
    }
    lines = [
        ("a.cdb", f"Name-{n}:*:*:{n}:*:*:*:*:*:*") for n in ("^fi$", "^first", "^FIRST", "second")
    ]
    lines += [("a.cdb", f"Enc-{e}-{p}:*:*:*:*:*:{e}:{p}:*:*") for e in (0, 1) for p in (1, 2)]
    lines += [
        ("a.cdb", f"Size-{s}:*:*:*:*:{s}:*:*:*:*") for s in ("0-0", 255, len(TEXT), len(DATA))
    ]
    lines += [("a.cdb", f"Stored-{s}:*:*:*:{s}:*:*:*:*:*") for s in ("0-0", 255, len(DATA))]
    lines += [
        ("a.zmd", f"Crc-{c}:*:*:*:*:{c}:*:*:*") for c in ("01000000", f"{zlib.crc32(TEXT):08x}")
    ]
    pair.agree(lines, files, "--allmatch")
    pair.agree(lines, files)


def test_order(pair: Pair) -> None:
    """The headers of a zip come before all content, those of a tar before their own."""
    members = {"first.txt": b"the marker one " * 9, "second.txt": b"the marker two " * 9}
    archive = zipped(members)
    files = {"zip": archive, "tar": PACKERS["tar"](archive), "gz": PACKERS["gzip"](archive)}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    files["flat"] = out.getvalue()
    body = ("a.ndb", f"Body:0:*:{b'marker one'.hex()}")
    for names in itertools.permutations(("first", "second", "txt")):
        lines = [("b.cdb", f"Name-{name}:*:*:{name}:*:*:*:*:*:*") for name in names]
        pair.agree([body, *lines], files)
        pair.agree([body, lines[0]], files)
        pair.agree([body, *lines], files, "--allmatch")


def test_nested(pair: Pair) -> None:
    inner = {"zip": zipped(), "tar": tarred(), "gz": PACKERS["gzip"](zipped())}
    outer = {
        f"{kind}.{name}": PACKERS[kind](data)
        for kind, (name, data) in itertools.product(
            ("zip", "tar", "gzip", "bzip2", "xz"), inner.items()
        )
    }
    outer["behind"] = b"some text before it\n" * 9 + zipped() + b"behind"
    outer["program"] = Path("/bin/true").read_bytes() + zipped()
    lines = [
        ("a.cdb", f"{kind}-{name}:{kind}:*:{name}:*:*:*:*:*:*")
        for kind in (
            "CL_TYPE_ZIP",
            "CL_TYPE_ZIPSFX",
            "CL_TYPE_POSIX_TAR",
            "CL_TYPE_GZ",
            "CL_TYPE_ELF",
            "*",
        )
        for name in ("txt$", "member", "^stdin", "*")
    ]
    sizes = {len(zipped()), len(zipped()) + 6, len(outer["program"]), len(inner["tar"])}
    lines += [("a.cdb", f"Size-{size}:*:{size}:*:*:*:*:*:*:*") for size in sizes]
    pair.agree(lines, outer, "--allmatch")
    pair.agree(lines, outer)


def test_zip_of_real_tools(pair: Pair, tmp_path: Path) -> None:
    """Info-ZIP with a password, as a stream, from a folder."""
    (tmp_path / "in").mkdir()
    for name, data in (("a.txt", TEXT), ("b.EXE", DATA)):
        (tmp_path / "in" / name).write_bytes(data)
    files = {}
    for number, options in enumerate(((), ("-P", "secret"), ("-0",), ("-D", "-j"))):
        target = tmp_path / f"made{number}.zip"
        command = ["/usr/bin/zip", "-q", "-r", *options, str(target), "in"]
        try:
            subprocess.run(command, cwd=tmp_path, check=True)
        except FileNotFoundError:
            pytest.skip("Info-ZIP is not installed (apt install zip)")
        files[target.name] = target.read_bytes()
    lines = [("a.cdb", f"N-{n}:{line}") for n, line in enumerate(lines_of(files["made0.zip"]))]
    lines += [("a.cdb", f"E-{e}-{p}:*:*:*:*:*:{e}:{p}:*:*") for e in (0, 1) for p in range(4)]
    found = pair.agree(lines, files, "--allmatch")
    assert "E-1-3" in found["made1.zip"]


def test_documents(pair: Pair) -> None:
    """An Office document counts as a zip as well."""
    document = zipped(
        {"[Content_Types].xml": b"<a/>" * 9, "word/document.xml": TEXT, "x.bin": DATA}
    )
    lines = [
        ("a.cdb", f"{kind}-{name}:CL_TYPE_{kind}:*:{name}:*:*:*:*:*:*")
        for kind in ("ZIP", "OOXML_WORD", "OOXML_XL") for name in ("document", "bin")
    ]  # fmt: skip
    found = pair.agree(lines, {"document": document}, "--allmatch")
    assert len(found["document"]) == 4


def test_trusted_containers(pair: Pair) -> None:
    archive = zipped()
    outer = PACKERS["tar"](archive)
    lines = [("a.cdb", "Txt:*:*:txt:*:*:*:*:*:*"), ("a.cdb", "Member:*:*:member:*:*:*:*:*:*")]
    for trusted in (TEXT, archive, outer):
        digest = hashlib.md5(trusted, usedforsecurity=False).hexdigest()
        fp = ("a.fp", f"{digest}:{len(trusted)}:trusted")
        for options in itertools.product(("--disable-cache",), ("--allmatch", "--recursive")):
            pair.agree([*lines, fp], {"inner": archive, "outer": outer}, *options)


def test_ignored_pinned_and_selected(pair: Pair) -> None:
    lines = [
        ("a.cdb", f"{name}:{ANY}") for name in ("One", "Two", "PUA.Win.Tool-1", "HTML.Phishing-1")
    ]
    files = {"zip": zipped()}
    old = ("a.zmd", "Old:*:*:*:*:*:*:*:*")
    assert pair.agree([*lines, old, ("a.ign2", "One"), ("a.ign2", "Old")], files, "--allmatch") == {
        "zip": only("Two", "PUA.Win.Tool-1", "HTML.Phishing-1")
    }
    for options in (("--detect-pua",), ("--phish-sigs=no",), ("--official-db-only",), ()):
        pair.agree(lines, files, *options)
        pair.agree(lines, files, "--allmatch", *options)
    pin = hashlib.md5(f"One:{ANY}".encode(), usedforsecurity=False).hexdigest()
    both = pair.both([*lines, ("a.ign2", f"One:{pin}")], files, "--allmatch")
    peer, ours = both["zip"]
    assert peer - ours == {"One"}, "a pinned ignore works as for other signatures"


def test_limits(pair: Pair) -> None:
    """What is too large to be unpacked is offered all the same."""
    files = {"zip": zipped({"small": TEXT, "large": bytes(90_000), "last": DATA})}
    lines = [("a.cdb", f"N-{name}:*:*:{name}:*:*:*:*:*:*") for name in ("small", "large", "last")]
    for options in (("--max-filesize=20000",), ("--max-scansize=20000",), ("--max-recursion=1",)):
        found = pair.agree(lines, files, "--allmatch", *options)
        assert len(found["zip"]) == 3


def test_attachments(pair: Pair) -> None:
    """What a text has around it gets names of its own in ClamAV, which no signature asks for."""
    part = b"Content-Type: application/octet-stream\n" + b"Content-Disposition: attachment"
    parts = [
        part + b'; filename="evil.bin"\nContent-Transfer-Encoding: base64\n\n'
        + base64.encodebytes(DATA),
        part + b"\n\nabcdefghijklmnop\n",
        b"Content-Type: text/plain; name=note.txt\n\nthis is a note, no more\n",
    ]  # fmt: skip
    files = {
        "mail": HEAD + multipart(parts),
        "tnef": tnef.stream(tnef.attachment(b"in.bin", DATA), tnef.attachment(b"b.txt", TEXT)),
    }
    names = ("evil.bin", "unknown", "note.txt", "in.bin", "b.txt", "other")
    lines = [("a.cdb", f"Name-{name}:*:*:^{name}$:*:*:*:*:*:*") for name in names]
    for kind, size in itertools.product(("MAIL", "TNEF"), (len(DATA), len(TEXT), 7)):
        lines.append(("a.cdb", f"{kind}-{size}:CL_TYPE_{kind}:*:^[eib]:{size}:{size}:0:*:*:*"))
        lines.append(("a.cdb", f"{kind}-{size}-first:CL_TYPE_{kind}:*:^[eib]:{size}:*:*:1:*:*"))
    found = pair.both(lines, files, "--allmatch")
    assert found["mail"][0] == found["mail"][1] != frozenset()
    peer, ours = found["tnef"]
    assert not peer  # ClamAV asks no such signature about TNEF
    assert {"Name-in.bin", "Name-b.txt", f"TNEF-{len(DATA)}"} <= ours
