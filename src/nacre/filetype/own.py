"""Formats that ClamAV has no type for, by their first bytes; one without magic by its name too.

To signatures such a layer is what ClamAV takes it for, untyped data or text; nacre opens it all the
same. So no `.ftm` decides about these, and no signature can name them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nacre.codecs import brotli
from nacre.filetype import ace, script, squashfs
from nacre.filetype.disk import is_exfat, is_ext, is_fat, is_ntfs, is_partitioned
from nacre.filetype.encrypted import kind_of
from nacre.filetype.inno import table_of
from nacre.filetype.lzma import is_lzma_alone
from nacre.model.budget import Budget
from nacre.model.filetype import FileType
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.model.fmap import Fmap

_HEAD_SIZE = 24
_PROGRAM = b"MZ"
_UNIX_PROGRAM = b"\x7fELF"
_TRIED = 64 << 10
_COMPRESS = b"\x1f\x9d"
_COMPRESS_WIDTHS = range(9, 17)
_BROTLI_NAME = b".br"
_ARC_MARK = 0x1A
_ARC_METHODS = frozenset({*range(1, 12), 30})
_ARC_LARGEST = 1 << 30
_FIRST_LETTER, _LAST_LETTER = 0x21, 0x7E
_PMARC = re.compile(rb"-pm[012]-")
_LHA_METHOD_AT = 2
_ZOO_TAG = b"\xdc\xa7\xc4\xfd"
_ZOO_TAG_AT = 20
_VDI_MARK = b"\x7f\x10\xda\xbe"
_VDI_MARK_AT = 64
_DISC_MARKS = (b"CD001", b"BEA01")
"""Of ISO 9660 and UDF."""
_DISC_MARK_AT = 32769
_SCRIPT_HEAD = 4 << 10
_SHAR = re.compile(rb"(?m)^(?:#|:)[^\n]*\b(?:shell|shar) archive\b", re.IGNORECASE)
"""Perhaps behind the head of a news article."""
_MAIL = re.compile(
    rb"\s*+(?=[!-9;-~]{1,60}[ \t]*:)(?:[^\r\n]+(?:\r{0,3}\n|\r))*?"
    rb"content-t(?:ype[ \t]*:\s*(?:multipart|message)/|ransfer-encoding[ \t]*:)",
    re.IGNORECASE,
)
"""A header, without the fields by which ClamAV knows one."""
_MAGICS = {
    b"!<arch>\n": FileType.AR,  # ar(5)
    b"(This file must ": FileType.BINHEX,  # be converted, with a program of another name
    b"ActiveMime": FileType.ACTIVEMIME,
    b"%FDF-": FileType.PDF,  # ISO 32000-1, 12.7.7: data of forms, with scripts and files
    b"begin-base64 ": FileType.UUENCODED,  # POSIX uuencode -m
    b"=ybegin ": FileType.UUENCODED,  # yEnc, read by the same handler
    b"\xed\xab\xee\xdb": FileType.RPM,  # the lead of RPM's file format
    b"SZ \x88\xf0\x27\x33\xd1": FileType.MSSZDD,  # QuickBASIC's form
    b"KWAJ\x88\xf0\x27\xd1": FileType.KWAJ,
    b"LZIP\0": FileType.LZIP,  # the lzip manual: magic and version
    b"LZIP\1": FileType.LZIP,
    b"\x89LZO\0\r\n\x1a\n": FileType.LZOP,
    b"\x04\x22\x4d\x18": FileType.LZ4,  # LZ4 Frame Format
    b"\x02\x21\x4c\x18": FileType.LZ4,  # its legacy form
    b"WARC/1.": FileType.WARC,  # ISO 28500
    b"WARC/0.": FileType.WARC,
    b"MSWIM\0\0\0": FileType.WIM,
    b"WLPWM\0\0\0": FileType.WIM,  # pipable
    squashfs.MAGIC: FileType.SQUASHFS,
    b"\x7a\x1a\x20\x10": FileType.SIS,  # packages of Symbian 9; ClamAV knows older ones
    b"RE\x7e\x5e": FileType.RAR,  # RAR 1.3, before its own mark
    b"ISc(": FileType.ISHIELD_CABINET,
    b"Inno Setup Setup Data (": FileType.INNO,  # headers in a file of their own
    b"idska32\x1a": FileType.INNO,  # files beside the program
    b"idska64\x1a": FileType.INNO,
    b"conectix": FileType.VHD,  # one whose size grows; others begin with the disk itself
    b"vhdxfile": FileType.VHDX,
    b"QFI\xfb": FileType.QCOW,
    b"KDMV": FileType.VMDK,
    b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07": FileType.ZISOFS,
}
_MAGIC = re.compile(b"|".join(map(re.escape, _MAGICS)))
_XML_HEAD = 1024
_BEFORE_XML = b"\0\xef\xbb\xbf\xfe\xff \t\r\n"
"""Byte order marks, blanks, and halves of letters."""
_SVG = b"<svg"
_SVG_ROOT = re.compile(
    rb"(?:<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>|[^<])*+<(?:[\w.-]{1,40}:)?svg\b",
    re.DOTALL,
)
_HWPML = b"<HWPML"
_FLAT_OFFICE = (
    b"<pkg:package", b"<office:document", b"<w:wordDocument", b"<Workbook",
    b"urn:schemas-microsoft-com:office:spreadsheet",
    b"schemas.microsoft.com/office/word/2003/wordml",
    b"schemas.microsoft.com/office/2006/xmlPackage",
)  # fmt: skip
"""Roots or name spaces of documents in one XML file: ECMA-376 part 2, OpenDocument 1.3 part 3, 3.1,
and those of 2003 where ClamAV does not know them, such as behind a byte order mark."""


def own_type(data: Fmap, name: bytes = b"") -> FileType | None:
    """The format of a layer that is untyped data, text or a program to ClamAV, if one here."""
    head = data.read(0, _HEAD_SIZE)
    if head.startswith((_PROGRAM, _UNIX_PROGRAM)):
        return _behind_program(data, head)
    if ace.begins(head):
        return FileType.ACE
    magic = _MAGIC.match(head)
    if magic is not None:
        return _MAGICS[magic[0]]
    for is_it, file_type in _CHECKS:
        if is_it(data, head):
            return file_type
    return FileType.BROTLI if name_counts(name) and _is_brotli(data) else None


def _behind_program(data: Fmap, head: bytes) -> FileType | None:
    """What lies behind a program that unpacks or mounts it."""
    if head.startswith(_UNIX_PROGRAM):
        return FileType.SQUASHFS if any(True for _ in squashfs.images(data)) else None
    if table_of(data):
        return FileType.INNO
    return FileType.ACE if ace.header_at(data) is not None else None


def name_counts(name: bytes) -> bool:
    """True when the name has a say in what a layer is: equal bytes may be something else."""
    return name.endswith(_BROTLI_NAME)


def _is_flat_office(data: Fmap, head: bytes) -> bool:
    """True for an office document in one XML file."""
    text = _xml(data, head)
    return any(root in text for root in _FLAT_OFFICE)


def _is_hwpml(data: Fmap, head: bytes) -> bool:
    """True for a Hangul document in XML."""
    return _HWPML in _xml(data, head)


def _xml(data: Fmap, head: bytes) -> bytes:
    """The first letters of what begins as XML does, in UTF-16 as well; nothing of anything else.

    Nothing of a picture either, whatever its comments and name spaces say.
    """
    if not head.lstrip(_BEFORE_XML).startswith(b"<"):
        return b""
    text = data.read(0, 2 * _XML_HEAD).replace(b"\0", b"")
    return b"" if _SVG_ROOT.match(text) else text


def _is_svg(data: Fmap, head: bytes) -> bool:
    """True for a vector picture that ClamAV takes for no page."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and _SVG in data.read(0, _XML_HEAD)


def _is_compress(_data: Fmap, head: bytes) -> bool:
    """True for a file of compress(1): its third byte has two bits without use."""
    return (
        head.startswith(_COMPRESS)
        and len(head) > len(_COMPRESS)
        and head[2] & 0x1F in _COMPRESS_WIDTHS
        and not head[2] & 0x60
    )


def _is_shar(data: Fmap, head: bytes) -> bool:
    """True for a shell archive, which says of itself that it is one."""
    if b"\0" in head:
        return False
    text = data.read(0, _SCRIPT_HEAD)
    return (b"rchive" in text or b"RCHIVE" in text) and _SHAR.search(text) is not None


def _is_mail(data: Fmap, head: bytes) -> bool:
    """True when a header begins the layer that says of what kind or how encoded the rest is."""
    return b"\0" not in head and _MAIL.match(data.read(0, _SCRIPT_HEAD)) is not None


def _is_arc(data: Fmap, head: bytes) -> bool:
    """True when a member's header begins the layer and another, or its end, is behind its data.

    The end of the file may be: of an archive that is cut. Not with the method of the oldest ones,
    with whose mark compiled terminfo(5) entries begin.
    """
    if len(head) < _HEAD_SIZE or head[0] != _ARC_MARK or head[1] not in _ARC_METHODS:
        return False
    name, end, _ = head[2:15].partition(b"\0")
    if not end or not name or any(not _FIRST_LETTER <= byte <= _LAST_LETTER for byte in name):
        return False
    size = int.from_bytes(data.read(15, 4), "little")
    oldest = head[1] == 1
    behind = data.read(25 + (not oldest) * 4 + size, 1)
    is_cut = not behind and not oldest and size < _ARC_LARGEST
    return is_cut or behind == bytes((_ARC_MARK,))


def _is_zoo(data: Fmap, _head: bytes) -> bool:
    """True for the tag of an archive of zoo, behind a text of any kind."""
    return data.read(_ZOO_TAG_AT, len(_ZOO_TAG)) == _ZOO_TAG


def _is_pmarc(data: Fmap, head: bytes) -> bool:
    """True for an archive of PMarc, which is LHA with methods of its own, by its header's sum."""
    if _PMARC.match(head, _LHA_METHOD_AT) is None:
        return False
    return sum(data.read(_LHA_METHOD_AT, head[0])) & 0xFF == head[1]


def _is_vdi(data: Fmap, _head: bytes) -> bool:
    """True for the mark of a disk of VirtualBox, behind a text of any kind."""
    return data.read(_VDI_MARK_AT, len(_VDI_MARK)) == _VDI_MARK


def _holds_squashfs(data: Fmap, _head: bytes) -> bool:
    """True for firmware; on discs and disks an image is a file, or a partition."""
    if not any(True for _ in squashfs.images(data)):
        return False
    is_disc = data.read(_DISC_MARK_AT, len(_DISC_MARKS[0])) in _DISC_MARKS
    return not (is_disc or is_partitioned(data))


def _is_brotli(data: Fmap) -> bool:
    """True when the first bytes decode: the format has no magic, and random bytes soon fail."""
    decoded = brotli.decode(data.slice(0, _TRIED), Budget(Limits()), max_output=_TRIED)
    return decoded.status != "corrupt" and len(decoded.data) > 0


_CHECKS: tuple[tuple[Callable[[Fmap, bytes], bool], FileType], ...] = (
    (_is_compress, FileType.COMPRESS),
    (lambda _, head: is_lzma_alone(head), FileType.LZMA),
    (_is_flat_office, FileType.FLAT_OFFICE),
    (_is_hwpml, FileType.XML_HWP),
    (_is_svg, FileType.HTML),
    (lambda data, _: any(True for _ in script.archives(data)), FileType.SCRIPT_SFX),
    (_is_shar, FileType.SHAR),
    (_is_mail, FileType.MAIL),
    (_is_arc, FileType.ARC),
    (_is_zoo, FileType.ZOO),
    (_is_pmarc, FileType.LHA_LZH),
    (_is_vdi, FileType.VDI),
    (lambda data, _: is_fat(data), FileType.FAT),
    (lambda _, head: is_exfat(head), FileType.EXFAT),
    (lambda data, _: is_ntfs(data), FileType.NTFS),
    (lambda data, _: is_ext(data), FileType.EXT),
    (lambda data, _: kind_of(data) is not None, FileType.ENCRYPTED),
    (_holds_squashfs, FileType.SQUASHFS),
)
"""What is asked of a layer and its first bytes."""
