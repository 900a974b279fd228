"""PDF documents.

Layout and spec: parsers/pdf_objects.py, pdf_syntax.py, pdf_filters.py, pdf_encryption.py. Yields
one Child per stream, decoded as far as it can be and named as the attachment it is; the text of
each script as it is written, and unescaped where that differs; and the text of objects that start
programs or are done when the document is opened, and of text shown in pieces
(parsers/pdf_text.py). All revisions of an object are read. Pictures
that no picture filter made, raw pixels, come last. The cross-reference is not asked. Of
several filters or scripts in one dictionary all are taken, and where readers do not agree what a
filter gives, each answer.

More than ClamAV: run length, predictors, filters given by reference, raw pictures, scripts of all
actions, strings of encrypted files, streams of the length that their dictionary says. Does not
undo the filters of pictures, nor join the data of external files.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import REASONS, label, stored_member
from nacre.model.event import Event, Finding, Metadata, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.parsers.pdf_document import INTERESTING, Document, is_object_stream
from nacre.parsers.pdf_facts import Facts
from nacre.parsers.pdf_filters import CODING, is_picture_file
from nacre.parsers.pdf_syntax import Reference, Text, dictionaries, parse, readable, readings
from nacre.parsers.pdf_text import Pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.parsers.pdf_filters import Filter, Undone
    from nacre.parsers.pdf_objects import Located
    from nacre.parsers.pdf_syntax import Dictionary, Value

_PROBLEMS: Final = 20
_READINGS: Final = 16
"""Ways in which one stream is decoded, where its dictionary says several."""
_TYPES: Final = frozenset({b"Type", b"First", b"N"})
_INSIDE: Final = frozenset({b"First", b"N"})
_FILE_NAMES: Final = (b"UF", b"F", b"DOS", b"Mac", b"Unix")
_TOLD_NAMES: Final = frozenset(
    {
        b"A85", b"AHx", b"ASCII85Decode", b"ASCIIHexDecode", b"CCF", b"CCITTFaxDecode", b"Contents",
        b"Crypt", b"DCT", b"DCTDecode", b"EmbeddedFile", b"Filter", b"Fl", b"FlateDecode", b"Image",
        b"JBIG2Decode", b"JPXDecode", b"JavaScript", b"LZW", b"LZWDecode", b"Launch", b"Length",
        b"Linearized", b"OpenAction", b"Page", b"R", b"RL", b"RunLengthDecode", b"S", b"Sig",
        b"Standard", b"Type", b"V",
    }
)  # fmt: skip
"""Names that nobody writes with escapes who has nothing to hide."""


class PdfHandler:
    """Takes PDF documents apart."""

    TYPES: ClassVar = frozenset({FileType.PDF})
    OPTION: ClassVar = "scan_pdf"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield streams and scripts."""
        return _Walk(data, budget).events()

    def describe(self, data: Fmap, budget: Budget) -> Iterator[Metadata]:
        """Tell what names it uses, what its document information says and where it links to."""
        document = Document(data, budget)
        document.unlock((b"",))
        for place in document.places:
            if place.data >= 0 and place.interesting:
                dictionary = document.dictionary(place)
                if is_object_stream(dictionary):
                    undone = document.undo(place, dictionary, document.filters(dictionary))
                    document.inner(dictionary, undone.data)
        facts = Facts(data, document)
        yield Metadata("PDFStats", facts.statistics())
        if facts.uris:
            yield Metadata("URIs", [*facts.uris])


class _Walk:
    """One pass over a document."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        self._budget = budget
        self._document = Document(data, budget)
        self._names: dict[int, bytes] = {}
        """Of attachments, by the number of their stream."""
        self._wanted: list[tuple[str, Reference]] = []
        """Objects to be shown that others refer to."""
        self._pieces = Pieces()
        self._obfuscated = False
        self._problems = 0

    def events(self) -> Iterator[Event]:
        document = self._document
        if not document.complete:
            yield Problem(f"only the first {len(document.places)} objects were looked at")
        yield from self._unlock()
        object_streams: set[int] = set()
        for place in document.places:
            if place.interesting:
                yield from self._study_place(place, object_streams)
        if self._obfuscated and document.encryption is None:
            yield Finding("Heuristics.PDF.ObfuscatedNameObject", "heuristic_alerts")
        yield from self._referred()
        yield from self._streams(object_streams)
        if not document.all_followed:
            yield Problem("too many references to large objects, which were not all followed")

    def _streams(self, object_streams: set[int]) -> Iterator[Event]:
        """All but object streams; raw pictures last."""
        document = self._document
        pictures = []
        for place in document.places:
            if place.data < 0 or place.start in object_streams:
                continue
            dictionary = document.dictionary(place)
            if dictionary.get(b"Subtype") == b"Image" and not is_picture_file(
                document.filters(dictionary)
            ):
                pictures.append(place)
            else:
                yield from self._stream(place, dictionary)
        yield from self._shown(self._pieces.rest(), b"text")
        for place in pictures:
            yield from self._stream(place, document.dictionary(place))
        yield from self._shown(self._pieces.rest(), b"text")

    def _unlock(self) -> Iterator[Event]:
        """Find the key; a file that the empty password does not open alerts, as in ClamAV."""
        document = self._document
        document.unlock((b"",))
        if document.locked:
            yield Finding("Heuristics.Encrypted.PDF", "alert_encrypted_doc")
            document.unlock(self._budget.passwords_for(FileType.PDF))
        if document.locked:
            yield Problem("encrypted with an unknown password")

    def _study_place(self, place: Located, object_streams: set[int]) -> Iterator[Event]:
        text = self._document.text(place)
        if len(text) < place.end - place.start:
            name = b"%d %d obj" % (place.number, place.generation)
            yield from self._problem(name, f"only the first {len(text)} bytes were looked at")
        parsed = parse(text)
        value = parsed.value
        if isinstance(value, dict) and not _TOLD_NAMES.isdisjoint(parsed.escaped):
            self._obfuscated = True
        yield from self._study(value, text, place.number, place)
        if place.data < 0 or not isinstance(value, dict):
            return
        for reading in islice(readings(value, _TYPES), _READINGS):
            if is_object_stream(reading):
                object_streams.add(place.start)
                yield from self._stream(place, reading, objects=True)
                return

    def _objects(self, place: Located, dictionary: Dictionary, content: Fmap) -> Iterator[Event]:
        """What is to be studied in the content of an object stream."""
        inners = self._document.inner(dictionary, content)
        if inners is None:
            name = b"%d %d obj" % (place.number, place.generation)
            yield from self._problem(name, "the objects inside are not found")
        for inner in inners or ():
            if b"#" in inner.text or INTERESTING.search(inner.text):
                parsed = parse(inner.text)
                if isinstance(parsed.value, dict) and not _TOLD_NAMES.isdisjoint(parsed.escaped):
                    self._obfuscated = True
                yield from self._study(parsed.value, inner.text, inner.number, None)

    def _study(
        self, value: Value, text: bytes, number: int, place: Located | None
    ) -> Iterator[Event]:
        """Look for scripts, actions and names of attachments in an object."""
        launched = False
        for dictionary in dictionaries(value):
            if not self._document.locked:
                self._learn_names(dictionary, place)
            script = dictionary.get(b"JS")
            if isinstance(script, Text):
                yield from self._script(script, number, place)
            elif isinstance(script, Reference):
                self._wanted.append(("script", script))
            opened = dictionary.get(b"OpenAction")
            if isinstance(opened, Reference):
                self._wanted.append(("action", opened))
            if dictionary.get(b"S") == b"Launch":
                if not launched:
                    yield from self._shown(text, b"%d launch" % number)
                launched = True
                yield from self._launch(dictionary, number, place)

    def _learn_names(self, dictionary: Dictionary, place: Located | None) -> None:
        files = dictionary.get(b"EF")
        if not isinstance(files, dict):
            return
        for key in _FILE_NAMES:
            name = dictionary.get(key)
            if isinstance(name, Text):
                readable_name = readable(self._document.string(name, place))
                for stream in files.values():
                    if isinstance(stream, Reference):
                        self._names.setdefault(stream.number, readable_name)
                return

    def _referred(self) -> Iterator[Event]:
        """The objects that others want shown; one with a stream is a child anyway."""
        document = self._document
        done: set[tuple[str, int]] = set()
        for kind, reference in self._wanted:
            if (kind, reference.number) in done:
                continue
            done.add((kind, reference.number))
            place = document.place(reference)
            if kind == "script":
                value = document.resolve(reference)
                if isinstance(value, Text):
                    yield from self._script(value, reference.number, place)
            elif place is not None and place.data < 0:
                yield from self._shown(document.text(place), b"%d action" % reference.number)

    def _script(self, script: Text, number: int, place: Located | None) -> Iterator[Event]:
        if self._document.locked:
            return
        plain = self._document.string(script, place)
        name = b"%d script" % number
        yield from self._shown(readable(plain), name)
        if not script.hexadecimal and self._document.encryption is None and script.raw != plain:
            yield from self._shown(script.raw, name)

    def _launch(self, action: Dictionary, number: int, place: Located | None) -> Iterator[Event]:
        """What the strings of an action that starts a program stand for."""
        name = b"%d launch" % number
        for dictionary in () if self._document.locked else dictionaries(action):
            for value in dictionary.values():
                if isinstance(value, Text):
                    plain = self._document.string(value, place)
                    if plain != value.raw:
                        yield from self._shown(readable(plain), name)

    def _shown(self, text: bytes, name: bytes) -> Iterator[Event]:
        if text:
            yield from stored_member(Fmap.from_bytes(text), name, len(text), self._budget)

    def _stream(
        self, place: Located, dictionary: Dictionary, *, objects: bool = False
    ) -> Iterator[Event]:
        """What a stream holds in all ways of decoding it, and the objects, if it has some."""
        document = self._document
        done: list[list[Filter]] = []
        for number, reading in enumerate(readings(dictionary, CODING)):
            self._budget.check_time()
            if number == _READINGS:
                name = b"%d %d obj" % (place.number, place.generation)
                yield from self._problem(name, f"only {_READINGS} ways of decoding were tried")
                return
            chain = document.filters(reading)
            if chain in done:
                continue
            done.append(chain)
            undone = document.undo(place, reading, chain)
            yield from self._child(undone, place)
            if text := self._pieces.add(undone.data):
                yield from self._shown(text, b"%d text" % place.number)
            for inside in islice(readings(reading, _INSIDE), _READINGS * objects):
                yield from self._objects(place, inside, undone.data)

    def _child(self, undone: Undone, place: Located) -> Iterator[Event]:
        name = self._names.get(place.number) or b"%d %d obj" % (place.number, place.generation)
        data, status = undone.data, undone.status
        if status == "limit":
            self._budget.waste(len(data))
            self._budget.check_time()
            limits = self._budget.limits
            option = "MaxFileSize" if len(data) == limits.max_file_size else "MaxScanSize"
            yield from self._problem(name, f"more than {option} leaves", option)
            return
        for content in (data, *undone.others):
            yield from stored_member(content, name, place.data_end - place.data, self._budget)
        if self._document.locked:
            return  # told once
        if status == "unknown":
            yield from self._problem(name, f"filter {label(undone.filter)} is not decoded")
        elif status != "done":
            filter_name = label(undone.filter)
            yield from self._problem(
                name, f"{filter_name}: {REASONS[status]} after {len(data)} bytes"
            )

    def _problem(self, name: bytes, reason: str, limit: str | None = None) -> Iterator[Event]:
        """Tell of a stream; a file of nothing but broken streams must not fill the report."""
        self._problems += 1
        if self._problems <= _PROBLEMS or limit is not None:
            yield Problem(f"{label(name)}: {reason}", limit)
        elif self._problems == _PROBLEMS + 1:
            yield Problem("problems with more streams, which are not listed")
