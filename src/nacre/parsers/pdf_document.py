"""A PDF file as a whole: its objects by number, object streams, trailers, encryption.

Spec: ISO 32000-1, 7.5. What the cross-reference says is not asked: of several objects with one
number the last in the file counts. Object streams are kept, so that what stands in them is found.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import cipher
from nacre.parsers import pdf_encryption, pdf_filters
from nacre.parsers.pdf_objects import LONGEST, Walk, data_of
from nacre.parsers.pdf_syntax import Name, Parsed, Reference, Text, parse, readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.pdf_encryption import Unlocked
    from nacre.parsers.pdf_filters import Filter, Undone
    from nacre.parsers.pdf_objects import Located
    from nacre.parsers.pdf_syntax import Dictionary, Value

INTERESTING: Final = re.compile(rb"/(?:J(?:S|avaScript)|EF|First|Launch|OpenAction|ObjStm|XRef)")
"""What makes an object worth a look before any stream is decoded; names with escapes do, too."""
_NOT_SIMPLE: Final = re.compile(rb"[(%#]|/D(?:ecodeParms|P)|[0-9][\0\t\n\f\r ]++R")
_KEYS: Final = (b"/Length", b"/Subtype", b"/Type")
_ENTRY: Final = re.compile(
    rb"/(Filter|Length|Subtype|Type)[\0\t\n\f\r ]*+"
    rb"(?:\[[\0\t\n\f\r ]*+/([A-Za-z0-9]++)[\0\t\n\f\r ]*+\]"
    rb"|/([A-Za-z0-9]++)(?=[\0\t\n\f\r />])|([0-9]{1,12}+)(?=[\0\t\n\f\r />]))"
)
_ENCRYPT: Final = frozenset({b"Encrypt"})
_TRAILER: Final = b"trailer"
_TRAILERS: Final = 16
_TRAILER_SIZE: Final = 8192
_DEEPEST: Final = 8
_MOST_INNER: Final = 1 << 18
_INNER_SIZE: Final = 64 << 20
_EXTRA: Final = 1 << 20
"""Bytes of objects in object streams that are read again because others begin inside."""
_REPEATED: Final = 8 << 20
"""Bytes of objects that are parsed again because more than one reference leads to them."""
_REFERENCE: Final = 64
"""Bytes that following a reference counts for, however small the object is."""
_NUMBERS: Final = re.compile(rb"[0-9]{1,10}")


class Inner(NamedTuple):
    """An object inside an object stream."""

    number: int
    text: bytes


class Document:
    """The objects of one file."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        self._data = data
        self._budget = budget
        self._table: dict[int, Located] = {}
        self._inner: dict[int, bytes] = {}
        self._room = _INNER_SIZE
        self._extra = _EXTRA
        self._resolved: set[int] = set()
        self._repeated = _REPEATED
        walk = Walk(data, INTERESTING, budget)
        self.places: list[Located] = []
        for place in walk.objects():
            self.places.append(place)
            if not place.nested or place.number not in self._table:
                self._table[place.number] = place
        self.complete = walk.complete
        """False when there were too many objects."""
        self.encryption: Dictionary | None = None
        self.unlocked: Unlocked | None = None

    @property
    def locked(self) -> bool:
        """True when the file is encrypted and no password was right."""
        return self.encryption is not None and self.unlocked is None

    def text(self, place: Located) -> bytes:
        """The text of an object's value, cut where it is too long to be looked at."""
        return self._data.read(place.start, min(place.end - place.start, LONGEST))

    def value(self, place: Located) -> Parsed:
        """An object's value."""
        return parse(self.text(place))

    def dictionary(self, place: Located) -> Dictionary:
        """The dictionary of a stream; of a simple one only what its data needs."""
        text = self.text(place)
        if not place.interesting and (simple := _simple(text)) is not None:
            return simple
        value = parse(text).value
        return value if isinstance(value, dict) else {}

    def resolve(self, value: Value) -> Value:
        """What a reference points to; anything else is itself."""
        for _ in range(_DEEPEST):
            if not isinstance(value, Reference):
                return value
            self._budget.check_time()
            text = self._inner.get(value.number)
            place = self._table.get(value.number)
            if text is None and place is not None:
                text = self.text(place)
            if text is None or not self._may_follow(value.number, len(text)):
                return None
            value = parse(text).value
        return None

    @property
    def all_followed(self) -> bool:
        """False when references were too many to be followed."""
        return self._repeated >= 0

    def _may_follow(self, number: int, size: int) -> bool:
        if number in self._resolved and self._repeated >= 0:
            self._repeated -= size + _REFERENCE
        first = number not in self._resolved
        self._resolved.add(number)
        return first or self._repeated >= 0

    def inner_texts(self) -> Iterator[tuple[int, bytes]]:
        """Number and text of the objects in the object streams that were read."""
        yield from self._inner.items()

    def place(self, reference: Reference) -> Located | None:
        """Where the object of a reference is, if it is not in an object stream."""
        return self._table.get(reference.number)

    def trailers(self, entry: bytes = b"") -> Iterator[Dictionary]:
        """Trailers and the dictionaries of cross-reference streams, newest first.

        Only those that may have `entry`, if it is given.
        """
        at = len(self._data)
        for _ in range(_TRAILERS):
            at = self._data.rfind(_TRAILER, 0, at)
            if at < 0:
                break
            text = self._data.read(at + len(_TRAILER), _TRAILER_SIZE)
            value = parse(text).value if entry in text or b"#" in text else None
            if isinstance(value, dict):
                yield value
        for place in reversed(self.places):
            if place.data < 0 or not place.interesting:
                continue
            text = self.text(place)
            value = parse(text).value if entry in text or b"#" in text else None
            if isinstance(value, dict) and value.get(b"Type") == b"XRef":
                yield value

    def unlock(self, passwords: Sequence[bytes]) -> None:
        """Find out whether the file is encrypted, and the key if one of `passwords` opens it."""
        identifier = b""
        for trailer in self.trailers(b"Encrypt"):
            listed = self.resolve(trailer.get(b"ID"))
            if isinstance(listed, list) and listed and isinstance(listed[0], Text):
                identifier = identifier or listed[0].value()
            for reading in islice(readings(trailer, _ENCRYPT), _TRAILERS):
                if b"Encrypt" in reading and not self.encryption:
                    # As in ClamAV, a file that names no usable dictionary is encrypted as well.
                    dictionary = self.resolve(reading[b"Encrypt"])
                    self.encryption = dictionary if isinstance(dictionary, dict) else {}
        if self.encryption:
            self.unlocked = pdf_encryption.unlock(self.encryption, identifier, passwords)

    def undo(self, place: Located, dictionary: Dictionary, chain: list[Filter]) -> Undone:
        """The bytes of a stream, decrypted and decoded."""
        length = dictionary.get(b"Length")
        known = self.resolve(length) if isinstance(length, Reference) else None
        data = data_of(self._data, place, known if isinstance(known, int) else None)
        picture = dictionary.get(b"Subtype") == b"Image"
        method = self._cipher(dictionary, chain)
        if method is None or self.unlocked is None or not len(data):
            undone = pdf_filters.undo(data, chain, self._budget, rows=picture)
            failed = self.locked and undone.status not in ("done", "limit")
            return pdf_filters.Undone(data) if failed else undone
        key = self.unlocked.key_for(method, place.number, place.generation)
        plain = cipher.decrypt(method, key, data, self._budget, self._budget.allowance())
        if plain.status == "limit":
            return pdf_filters.Undone(plain.data, plain.status)
        undone = pdf_filters.undo(plain.data, chain, self._budget, rows=picture)
        if undone.status in ("corrupt", "truncated"):
            # Nobody has to encrypt what stands in an encrypted file.
            as_it_is = pdf_filters.undo(data, chain, self._budget)
            return as_it_is if as_it_is.status == "done" else undone
        return undone

    def _cipher(self, dictionary: Dictionary, chain: list[Filter]) -> cipher.Method | None:
        unlocked = self.unlocked
        kind = dictionary.get(b"Type")
        if unlocked is None or kind == b"XRef":
            return None
        if kind == b"Metadata" and not unlocked.metadata:
            return None
        named = pdf_filters.crypt_filter(chain)
        if named is not None:
            return unlocked.filters.get(named)
        return unlocked.attachments if kind == b"EmbeddedFile" else unlocked.streams

    def string(self, text: Text, place: Located | None) -> bytes:
        """The bytes of a string that stands in the object at `place`; None for object streams."""
        value = text.value()
        if place is None or self.unlocked is None:
            return value
        return self.unlocked.string(value, place.number, place.generation)

    def filters(self, dictionary: Dictionary) -> list[Filter]:
        """The filters of a stream."""
        return pdf_filters.filters_of(dictionary, self.resolve)

    def inner(self, dictionary: Dictionary, content: Fmap) -> list[Inner] | None:
        """The objects in the content of an object stream; they can be resolved from then on.

        None when it cannot be read, or too much is kept already.
        """
        first = self.resolve(dictionary.get(b"First"))
        size = len(content)
        if not isinstance(first, int) or not 0 < first <= size or size > self._room:
            return None
        self._room -= size
        text = content.read(0, size)
        told = self.resolve(dictionary.get(b"N"))
        most = min(told, _MOST_INNER) if isinstance(told, int) and told > 0 else _MOST_INNER
        listed = islice(_NUMBERS.finditer(text, 0, first), 2 * most)
        numbers = [int(found[0]) for found in listed]
        pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
        starts = sorted({first + offset for _, offset in pairs})
        pieces = {
            start: self._piece(text, start, min(end, start + LONGEST))
            for start, end in zip(starts, [*starts[1:], size], strict=False)
        }
        found = []
        for number, offset in pairs:
            if len(self._inner) >= _MOST_INNER:
                return None
            self._inner[number] = pieces[first + offset]
        for number, offset in pairs:  # an object that several numbers point to is looked at once
            piece = pieces.pop(first + offset, None)
            if piece is not None:
                found.append(Inner(number, piece))
        return found

    def _piece(self, text: bytes, start: int, end: int) -> bytes:
        """The text of an object of an object stream, even if others begin inside it."""
        piece = text[start:end]
        if end < len(text) and self._extra > 0 and _may_be_cut(piece) and not parse(piece).whole:
            piece = text[start : start + min(LONGEST, self._extra)]
            self._extra -= len(piece)
        return piece


def is_object_stream(dictionary: Dictionary) -> bool:
    """Whether a stream holds objects; that its type says so is not asked by all readers."""
    return dictionary.get(b"Type") == b"ObjStm" or (b"N" in dictionary and b"First" in dictionary)


def _may_be_cut(piece: bytes) -> bool:
    """Whether there is more to open than to close, at a glance."""
    uneven = piece.count(b"<<") != piece.count(b">>") or piece.count(b"[") != piece.count(b"]")
    return uneven or b"%" in piece or piece.count(b"(") != piece.count(b")")


def _simple(text: bytes) -> Dictionary | None:
    """The dictionary of most streams at a glance; None for one that has to be parsed.

    One without inner dictionaries, strings and comments, and with at most one of each entry that
    counts, cannot mean anything else.
    """
    if text.count(b"<<") != 1 or _NOT_SIMPLE.search(text):
        return None
    found: Dictionary = {}
    for entry in _ENTRY.finditer(text):
        key = entry[1]
        if key in found:
            return None
        found[key] = int(entry[4]) if entry[4] else Name(entry[2] or entry[3])
    return found if len(found) == text.count(b"/Filter") + sum(map(text.count, _KEYS)) else None
