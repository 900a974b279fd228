"""What is told of a PDF file besides its content, under ClamAV's keys.

Names that stand in dictionaries are counted, also inside object streams; entries of the document
information are given as text. Differs from ClamAV: the number of pages is compared with `/Count`
wherever that stands, ClamAV reads it only when no blank follows.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from nacre.parsers.pdf_syntax import Name, Reference, Text, dictionaries, parse, readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.event import Json
    from nacre.model.fmap import Fmap
    from nacre.parsers.pdf_document import Document
    from nacre.parsers.pdf_objects import Located
    from nacre.parsers.pdf_syntax import Dictionary, Value

_COUNTED: Final = {
    "JavaScriptObjectCount": (b"JavaScript",),
    "DeflateObjectCount": (b"FlateDecode", b"Fl"),
    "AsciiHexDecodeObjectCount": (b"ASCIIHexDecode", b"AHx"),
    "Ascii85DecodeObjectCount": (b"ASCII85Decode", b"A85"),
    "EmbeddedFileCount": (b"EmbeddedFile",),
    "ImageCount": (b"Image",),
    "LZWCount": (b"LZWDecode", b"LZW"),
    "RunLengthDecodeCount": (b"RunLengthDecode", b"RL"),
    "FaxDecodeCount": (b"CCITTFaxDecode", b"CCF"),
    "JBIG2DecodeCount": (b"JBIG2Decode",),
    "DCTDecodeCount": (b"DCTDecode", b"DCT"),
    "JPXDecodeCount": (b"JPXDecode",),
    "CryptCount": (b"Crypt",),
    "StandardCount": (b"Standard",),
    "SignedCount": (b"Sig",),
    "OpenActionCount": (b"OpenAction",),
    "LaunchCount": (b"Launch",),
    "PageCount": (b"Page",),
    "RichMediaCount": (b"RichMedia",),
    "AcroFormCount": (b"AcroForm",),
    "XFACount": (b"XFA",),
}
_INFORMATION: Final = {
    "Author": b"Author",
    "Creator": b"Creator",
    "Producer": b"Producer",
    "ModificationDate": b"ModDate",
    "CreationDate": b"CreationDate",
    "Title": b"Title",
    "Subject": b"Subject",
    "Keywords": b"Keywords",
}
_LISTED: Final = {"JavascriptObjects": b"JavaScript", "JBIG2Objects": b"JBIG2Decode"}
_VERSION: Final = re.compile(rb"%PDF-(1\.[0-7])(?![0-9])")
_HEADER_SIZE: Final = 1024
_TAIL: Final = re.compile(rb"startxref[\0\t\n\f\r ]*+([0-9]{1,12})")
_TABLE: Final = re.compile(
    rb"[\0\t\n\f\r ]*+(?:xref|[0-9]++[\0\t\n\f\r ]++[0-9]++[\0\t\n\f\r ]++obj)"
)
_MOST: Final = 10_000
"""Of objects and addresses that are listed."""


class Facts:
    """Goes through the objects once and counts."""

    def __init__(self, data: Fmap, document: Document) -> None:
        self._data = data
        self._document = document
        self._names: Counter[bytes] = Counter()
        self._lists: dict[str, list[int]] = {}
        self._pages = -1
        self.uris: list[str] = []
        """Addresses that actions open."""

    def statistics(self) -> dict[str, Json]:
        """The object ``PDFStats``."""
        document = self._document
        told = self._header()
        for place in document.places:
            self._object(place.number, document.text(place), place)
        for number, text in document.inner_texts():
            self._object(number, text, None)
        if self._pages >= 0 and self._pages != self._names[b"Page"]:
            told["IncorrectPagesCount"] = True
        for key, numbers in self._lists.items():
            told[key] = [*numbers]
        told |= self._information()
        for key, names in _COUNTED.items():
            count = sum(self._names[name] for name in names)
            if count:
                told[key] = count
        if document.encryption is not None:
            told |= {"Encrypted": True, "Decryptable": not document.locked}
        return told | self._trailer()

    def _header(self) -> dict[str, Json]:
        head = self._data.read(0, _HEADER_SIZE)
        found = _VERSION.search(head)
        told: dict[str, Json] = {}
        if found is None:
            told["BadVersion"] = True
        else:
            told["PDFVersion"] = found[1].decode("ascii")
        if not head.startswith(b"%PDF-"):
            told |= {"BadVersionLocation": True, "BadHeaderPosition": True}
        if not self._document.complete:
            told["TooManyObjects"] = True
        return told

    def _object(self, number: int, text: bytes, place: Located | None) -> None:
        if place is not None and max(place.end, place.data_end) >= len(self._data):
            self._list("TruncatedObjects", number)
        if b"<<" not in text:
            self._list("ObjectsWithoutDictionaries", number)
            return
        parsed = parse(text)
        if not parsed.whole:
            self._list("ObjectsWithBrokenDictionaries", number)
        for dictionary in dictionaries(parsed.value):
            for name in _names(dictionary):
                self._names[name] += 1
                for key, listed in _LISTED.items():
                    if name == listed:
                        self._list(key, number)
            self._address(dictionary, place)
            count = dictionary.get(b"Count")
            if dictionary.get(b"Type") == b"Pages" and isinstance(count, int):
                self._pages = max(self._pages, count)

    def _list(self, key: str, number: int) -> None:
        numbers = self._lists.setdefault(key, [])
        if len(numbers) < _MOST:
            numbers.append(number)

    def _address(self, dictionary: Dictionary, place: Located | None) -> None:
        address = dictionary.get(b"URI")
        if isinstance(address, Text) and len(self.uris) < _MOST:
            self.uris.append(_text(self._document.string(address, place)))

    def _information(self) -> dict[str, Json]:
        told: dict[str, Json] = {}
        for trailer in self._document.trailers():
            reference = trailer.get(b"Info")
            information = self._document.resolve(reference)
            if not isinstance(information, dict):
                continue
            place = self._document.place(reference) if isinstance(reference, Reference) else None
            for key, entry in _INFORMATION.items():
                value = self._document.resolve(information.get(entry))
                if isinstance(value, Text) and key not in told:
                    told |= _entry(key, self._document.string(value, place))
        return told

    def _trailer(self) -> dict[str, Json]:
        data, size = self._data, len(self._data)
        told: dict[str, Json] = {}
        if data.rfind(b"%%EOF", 0, size) < 0:
            told["NoEOF"] = True
        at = data.rfind(b"startxref", 0, size)
        if at < 0 and "NoEOF" not in told:
            told["NoXREF"] = True
        start = _TAIL.match(data.read(at, 64)) if at >= 0 else None
        whole = start is not None and _TABLE.match(data.read(int(start[1]), 64)) is not None
        if told or not whole:
            told["BadTrailer"] = True
        return told


def _names(dictionary: Dictionary) -> Iterator[bytes]:
    for key, value in dictionary.items():
        yield key
        entries: list[Value] = value if isinstance(value, list) else [value]
        for entry in entries:
            if isinstance(entry, Name):
                yield entry


def _entry(key: str, value: bytes) -> dict[str, Json]:
    """An entry of the document information; in base64 when it is no text, as ClamAV does."""
    text = _text(value)
    if all(character.isprintable() or character in "\t\n\r" for character in text):
        return {key: text}
    return {key: base64.encodebytes(value).decode("ascii"), f"{key}_base64": True}


def _text(value: bytes) -> str:
    plain = readable(value)
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        return plain.decode("latin-1")
