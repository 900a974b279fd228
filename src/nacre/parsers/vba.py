"""VBA projects: what a `dir` stream says of them, and the text that signatures see.

Layout: records of a number, a size and data. First those of the project, then for each module its
names, the place of its source text in its stream, and what kind it is. The source is compressed
(codecs/vba.py) and in the project's code page.
Spec: MS-OVBA 2.3.4.2.

The text form is ClamAV's: a line ``REM NAME: value`` per record, then the modules in UTF-8, outside
of string literals in lower case, with runs of blanks made one and continued lines joined. Records
may be missing or in any order here.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from nacre.parsers.code_pages import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.model.fmap import Fmap

_HEADER: Final = struct.Struct("<HI")
_VERSION: Final = 0x09
_VERSION_SIZE: Final = 6
_SYSTEM: Final = 0x01
_CODE_PAGE: Final = 0x03
_MODULE: Final = 0x19
_STREAM: Final = 0x1A
_STREAM_UNICODE: Final = 0x32
_OFFSET: Final = 0x31
_END: Final = 0x2B
_SYSTEMS: Final = ("Windows 16 bit", "Windows 32 bit", "Macintosh", "Windows 64 bit")
_UTF_8: Final = 65001
_HEAD: Final = b"REM VBA project extracted from Microsoft Office document\n\n"
_RULE: Final = b"REM " + b"#" * 50 + b"\n"
_DIFFER: Final = b"REM WARNING: MODULESTREAMNAME and MODULESTREAMNAMEUNICODE differ\n"
_MOST_MODULES: Final = 4096
_BLANKS: Final = re.compile(rb"[ \t]+(?:_\r?\n[ \t]*)*")
_SOURCE_START: Final = b"\x00Attribut"
_CONTAINER_HEAD: Final = 3


@dataclass(slots=True)
class Module:
    """A module of a project."""

    head: bytearray = field(default_factory=bytearray)
    """Its lines in the text form."""
    stream: str = ""
    """The stream with its source, in the same storage as `dir`."""
    fallback: str = ""
    """The same in the project's code page, which may differ."""
    offset: int = 0


@dataclass(slots=True)
class Project:
    """What `dir` says."""

    head: bytearray = field(default_factory=lambda: bytearray(_HEAD))
    code_page: int = 1252
    modules: list[Module] = field(default_factory=list)
    known: bool = False
    """Whether it begins as such a stream does."""

    def utf8(self, text: bytes) -> bytes:
        """`text` of the project's code page in UTF-8; bytes that mean nothing there are marked."""
        if self.code_page == _UTF_8:
            return text
        return decoded(text, self.code_page).encode("utf-8", "replace")


def project(raw: bytes) -> Project:
    """Read a decompressed `dir` stream."""
    found = Project()
    module: Module | None = None
    for number, (kind, data) in enumerate(_records(raw)):
        if not number:
            found.known = kind == _SYSTEM
        if kind == _MODULE:
            if len(found.modules) >= _MOST_MODULES:
                break
            module = Module()
            found.modules.append(module)
            module.head += b"\n\n"
        _project_fact(found, kind, data)
        if module is not None:
            _module_fact(module, kind, data, found)
        elif kind in _PROJECT_LINES:
            found.head += _line(*_PROJECT_LINES[kind], data, found)
    return found


def _records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(raw):
        kind, size = _HEADER.unpack_from(raw, at)
        if kind == _VERSION:
            size = _VERSION_SIZE  # the field is reserved in this one record
        at += _HEADER.size
        yield kind, raw[at : at + size]
        at += size


def _project_fact(found: Project, kind: int, data: bytes) -> None:
    if kind == _CODE_PAGE:
        found.code_page = _number(data)


def _module_fact(module: Module, kind: int, data: bytes, found: Project) -> None:
    if kind in _MODULE_LINES:
        module.head += _line(*_MODULE_LINES[kind], data, found)
    if kind == _STREAM:
        module.fallback = found.utf8(data).decode("utf-8", "replace")
        module.stream = module.stream or module.fallback
    elif kind == _STREAM_UNICODE:
        module.stream = data.decode("utf-16-le", "replace")
        if module.stream != module.fallback:
            module.head += _DIFFER
    elif kind == _OFFSET:
        module.offset = _number(data)
    elif kind == _END:
        module.head += _RULE


def normalised(text: bytes) -> bytes:
    """Source text in UTF-8 as signatures see it."""
    pieces = text.split(b'"')
    pieces[::2] = [_BLANKS.sub(b" ", piece.lower()) for piece in pieces[::2]]
    return b'"'.join(pieces)


def source_start(stream: Fmap) -> int:
    """Where the compressed source begins in a module's stream, by the look of it; -1 if nowhere."""
    at = stream.find(_SOURCE_START, _CONTAINER_HEAD, len(stream))
    return at - _CONTAINER_HEAD if at >= 0 else -1


def _number(data: bytes) -> int:
    return int.from_bytes(data[:4], "little")


def _line(name: str, form: Callable[[bytes, Project], bytes], data: bytes, of: Project) -> bytes:
    value = form(data, of)
    separator = b": " if form is not _flag else b""
    return b"REM " + name.encode() + separator + value + b"\n"


def _word(data: bytes, _: Project) -> bytes:
    return b"0x%04x" % _number(data)


def _long(data: bytes, _: Project) -> bytes:
    return b"0x%08x" % _number(data)


def _count(data: bytes, _: Project) -> bytes:
    return b"%d" % _number(data)


def _text(data: bytes, of: Project) -> bytes:
    return of.utf8(data)


def _wide(data: bytes, _: Project) -> bytes:
    return data.decode("utf-16-le", "replace").encode("utf-8", "replace")


def _system(data: bytes, _: Project) -> bytes:
    number = _number(data)
    return (_SYSTEMS[number] if number < len(_SYSTEMS) else f"Unknown (0x{number:x})").encode()


def _version(data: bytes, _: Project) -> bytes:
    return b"%d.%d" % (_number(data), int.from_bytes(data[4:6], "little"))


def _flag(data: bytes, _: Project) -> bytes:
    return data[:0]


def _procedural(_: bytes, __: Project) -> bytes:
    return b"Procedural"


def _class(_: bytes, __: Project) -> bytes:
    return b"Class"


_PROJECT_LINES: Final[dict[int, tuple[str, Callable[[bytes, Project], bytes]]]] = {
    _SYSTEM: ("PROJECTSYSKIND", _system),
    0x02: ("PROJECTLCID", _long),
    0x14: ("PROJECTLCIDINVOKE", _long),
    _CODE_PAGE: ("PROJECTCODEPAGE", _word),
    0x04: ("PROJECTNAME", _text),
    0x05: ("PROJECTDOCSTRING", _text),
    0x40: ("PROJECTDOCSTRINGUNICODE", _wide),
    0x06: ("PROJECTHELPFILEPATH", _text),
    0x3D: ("PROJECTHELPFILEPATH2", _text),
    0x07: ("PROJECTHELPCONTEXT", _word),
    0x08: ("PROJECTLIBFLAGS", _word),
    _VERSION: ("PROJECTVERSION", _version),
    0x0F: ("PROJECTMODULES", _count),
    0x13: ("PROJECTCOOKIE", _word),
}
_MODULE_LINES: Final[dict[int, tuple[str, Callable[[bytes, Project], bytes]]]] = {
    _MODULE: ("MODULENAME", _text),
    0x47: ("MODULENAMEUNICODE", _wide),
    _STREAM: ("MODULESTREAMNAME", _text),
    _STREAM_UNICODE: ("MODULESTREAMNAMEUNICODE", _wide),
    0x1C: ("MODULEDOCSTRING", _text),
    0x48: ("MODULEDOCSTRINGUNICODE", _wide),
    _OFFSET: ("MODULEOFFSET", _long),
    0x1E: ("MODULEHELPCONTEXT", _long),
    0x2C: ("MODULECOOKIE", _word),
    0x21: ("MODULETYPE", _procedural),
    0x22: ("MODULETYPE", _class),
    0x25: ("MODULEREADONLY", _flag),
    0x28: ("MODULEPRIVATE", _flag),
}
