"""A parser for the XML that archives of Apple keep their tables in.

It takes UTF-8, UTF-16 with a byte order mark and, where the text says so, Latin-1. Nothing is
expanded: the declaration of an entity ends the parsing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from nacre.model.errors import Corrupt

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

ExpatError: Final = expat.ExpatError
_BYTE_ORDER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION: Final = 100
_LATIN: Final = b"ISO-8859-1"


def parser(text: Fmap) -> expat.XMLParserType:
    """A parser for `text`, without handlers; text comes in whole pieces."""
    head = text.read(0, _DECLARATION)
    # Said here: left to the text, the encoding may be any that Python knows, and raise anything.
    encoding = "utf-8"
    if head[:2] in _BYTE_ORDER_MARKS:
        encoding = "utf-16"
    elif _LATIN in head.partition(b"?>")[0].upper():
        encoding = "iso-8859-1"
    made = expat.ParserCreate(encoding)
    made.buffer_text = True
    made.EntityDeclHandler = _refuse
    return made


def _refuse(*_: object) -> None:
    raise Corrupt("it declares entities")
