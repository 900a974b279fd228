r"""RTF documents: what is embedded in them.

Layout and spec: parsers/rtf.py, ole_object.py, ole_package.py. Yields one Child per object: the
file that the Packager packed, under its name, else the data of the program that made the object,
else all bytes of the group. Then the pictures, and the packages in data stores and themes.

More than ClamAV: data of any program, pictures, data stores, raw bytes (``\bin``), objects cut
short, and the text of fields and templates (parsers/rtf_text.py). Other text is not decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import stored_member
from nacre.model.errors import FormatError
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.parsers import rtf, rtf_text
from nacre.parsers.ole_object import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_OBJECT: Final = b"objdata"
_MOST_BESIDE: Final = 1024
"""Bytes of an object beside its data, such as names; behind more of them something may hide."""
_LOADING: Final = (b"fldinst", b"template")
_PLAIN: Final = (b"pict", b"datastore", b"themedata")


class RtfHandler:
    """Takes objects and pictures out of RTF."""

    TYPES: ClassVar = frozenset({FileType.RTF})
    OPTION: ClassVar = ""

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what is embedded."""
        for keyword in (_OBJECT, *_PLAIN):
            for binary in rtf.groups(data, keyword, budget):
                if not binary.whole:
                    budget.waste(len(binary.data))
                    yield Problem(f"{keyword.decode()}: more than MaxFileSize", "MaxFileSize")
                    continue
                if not binary.closed:
                    yield Problem(f"{keyword.decode()}: the file ends inside")
                if keyword != _OBJECT:
                    yield from stored_member(binary.data, keyword, len(binary.data), budget)
                    continue
                yield from _object(binary.data, budget)
                if binary.everything is not None:
                    yield from _object(binary.everything, budget)
        yield from _loaded(data, budget)


def _loaded(data: Fmap, budget: Budget) -> Iterator[Event]:
    """What fields and templates name, which may be written in escapes."""
    for keyword in _LOADING:
        text = b"\n".join(rtf_text.texts(data, keyword, budget))
        yield from stored_member(Fmap.from_bytes(text), keyword, len(text), budget)


def _object(reading: Fmap, budget: Budget) -> Iterator[Event]:
    name, content = _OBJECT, reading
    try:
        found = embedded(reading)
    except FormatError:
        pass
    else:
        if len(found.data):
            name, content = found.name or found.kind, found.data
            if len(reading) - len(content) > _MOST_BESIDE:
                yield from stored_member(reading, _OBJECT, len(reading), budget)
    yield from stored_member(content, name, len(content), budget)
