"""Opening a layer: what is inside comes out as layers, what else is told goes to the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.engine.members import alerts
from nacre.engine.picture import hash_fact, is_compared
from nacre.executables import KRIZ, MAGISTR_A, MAGISTR_B, PARITE, POLIPOS
from nacre.filetype import is_convincing, is_partitioned, own_type
from nacre.formats.base import BROKEN_EXECUTABLE, Describer
from nacre.formats.registry import handler_for
from nacre.model.errors import FormatError
from nacre.model.event import Child, Event, Finding, Member, Metadata, Problem
from nacre.model.filetype import HTML, TEXT, FileType
from nacre.model.layer import Layer, Role
from nacre.model.switches import Switch
from nacre.parsers.ole2 import CompoundFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nacre.engine.evidence import Evidence
    from nacre.engine.setup import Setup
    from nacre.model.budget import Budget

_COMPOUND = FileType.MSOLE2
_UNTYPED = TEXT | {FileType.BINARY_DATA}
_MAY_BE_OWN = _UNTYPED | {
    FileType.MBR, FileType.HTML, FileType.MAIL, FileType.UUENCODED, FileType.MSEXE, FileType.ELF
}  # fmt: skip
"""What ClamAV takes a layer for that may be one of nacre's own formats."""
_MAY_HAVE_LITERALS = TEXT | {FileType.SCRIPT}
_LEFT_TO_CONTENT = frozenset({None, FileType.PART_ANY})
"""How a layer's type was forced if its content decides."""
_SWITCHED: Mapping[str, Switch] = {
    "Heuristics.PDF.ObfuscatedNameObject": Switch.PDF_NAMES,
    "Heuristics.APMPartitionIntersection": Switch.PARTITIONS,
    "Heuristics.GPTPartitionIntersection": Switch.PARTITIONS,
    "Heuristics.MBRPartitionnIntersect": Switch.PARTITIONS,
    "Heuristics.Structured.CreditCardNumber": Switch.STRUCTURED_DATA,
    "Heuristics.Structured.SSN": Switch.STRUCTURED_DATA,
    PARITE: Switch.PARITE,
    KRIZ: Switch.KRIZ,
    POLIPOS: Switch.POLIPOS,
    MAGISTR_A: Switch.MAGISTR,
    MAGISTR_B: Switch.MAGISTR,
}
"""Findings that a database may switch off."""


class Opening:
    """Opens the layers of one scan."""

    def __init__(self, setup: Setup, budget: Budget, evidence: Evidence) -> None:
        self._setup = setup
        self._budget = budget
        self._evidence = evidence

    def open_own(self, layer: Layer) -> Iterator[Layer]:
        """A stage of its own: what fails here must not keep the layer's own type from opening."""
        own = self._own_type(layer)
        if own is not None:
            yield from self.extract(layer, own)
        if layer.file_type in _MAY_HAVE_LITERALS and layer.role is not Role.VIEW:
            yield from self.extract(layer, FileType.LITERAL)

    def open(self, layer: Layer) -> Iterator[Layer]:
        if self._is_opened_besides(layer, self._own_type(layer)):
            yield from self.extract(layer, layer.file_type)

    def extract(self, layer: Layer, file_type: FileType) -> Iterator[Layer]:
        handler = handler_for(file_type) if file_type in self._setup.opened else None
        if handler is None or (file_type in HTML and not self._opens_html(layer)):
            return
        # What a format found by chance seems to hold is not missed until something comes out of it.
        doubtful = (
            layer.forced is not None
            and layer.role is Role.EMBEDDED
            and (_is_beside(layer) or not is_convincing(layer.forced, layer.data))
        )
        in_pieces = _is_in_pieces(layer)
        comes_whole: bool | None = None
        for event in handler.extract(layer.data, self._budget):
            if isinstance(event, Child):
                doubtful = False
                inner = Layer(event.data, layer, event.name, event.file_type, _role(event))
                inner.rebuilt, inner.shown = event.rebuilt, event.shown
                yield inner
            elif isinstance(event, Member):
                for name in alerts(event, layer, self._setup.image, self._setup.selection):
                    self._evidence.indicate(layer, name)
            elif not doubtful:
                if isinstance(event, Problem) and comes_whole is None:
                    comes_whole = self._comes_whole(layer)
                if not (isinstance(event, Problem) and (comes_whole or in_pieces)):
                    self.note(layer, event)

    def _comes_whole(self, layer: Layer) -> bool:
        """Whether what was found by its look in a document lies in a stream of it, in pieces.

        The streams are layers of their own, so there it is not in pieces any more.
        """
        outer = layer.parent
        if layer.role is not Role.EMBEDDED or outer is None or outer.file_type is not _COMPOUND:
            return False
        if _COMPOUND not in self._setup.opened:
            return False
        try:
            return CompoundFile(outer.data, self._budget).holds(outer.size - layer.size)
        except FormatError:
            return False

    def describe(self, layer: Layer) -> Iterator[Layer]:
        """Tell what is known about the layer besides what is inside: ask the handler."""
        if is_compared(layer, self._setup.options, self._setup.switches):
            self._evidence.fact(layer, hash_fact(layer))
        file_type = self._own_type(layer) or layer.file_type
        handler = handler_for(file_type) if file_type in self._setup.opened else None
        if isinstance(handler, Describer):
            for fact in handler.describe(layer.data, self._budget):
                if fact.key != "URIs" or self._keeps_addresses(file_type):
                    self._evidence.fact(layer, fact)
        yield from ()

    def _keeps_addresses(self, file_type: FileType) -> bool:
        options = self._setup.options
        page = file_type in HTML
        return options.json_store_html_uris if page else options.json_store_pdf_uris

    def _opens_html(self, layer: Layer) -> bool:
        """A page is opened where it is normalised; its copies hold nothing that it does not."""
        return self._setup.options.normalize and layer.role is not Role.VIEW

    def _own_type(self, layer: Layer) -> FileType | None:
        """What ClamAV knows no type for stays to signatures what it takes it for, yet is opened."""
        if layer.file_type not in _MAY_BE_OWN or layer.forced not in _LEFT_TO_CONTENT:
            return None
        if layer.own is FileType.ANY:
            layer.own = own_type(layer.data, layer.name)
        return None if layer.own is layer.file_type else layer.own

    def _is_opened_besides(self, layer: Layer, own: FileType | None) -> bool:
        """Whether a layer is opened as what ClamAV takes it for: not a table that is none."""
        return own is None or layer.file_type is not FileType.MBR or is_partitioned(layer.data)

    def note(self, layer: Layer, event: Event) -> None:
        if isinstance(event, Finding):
            switch = _SWITCHED.get(event.name)
            if switch is not None and not self._setup.switches.has(switch):
                return
            if event == BROKEN_EXECUTABLE and layer.rebuilt:
                return
            if event.option is None or getattr(self._setup.options, event.option):
                self._evidence.indicate(layer, event.name)
        elif isinstance(event, Metadata):
            if self._setup.options.gen_json:
                self._evidence.fact(layer, event)
        elif isinstance(event, Problem):
            if event.limit is None:
                self._evidence.incident(layer, event.reason)
            else:
                self._evidence.limit(layer, event.limit, event.reason)


def _is_beside(layer: Layer) -> bool:
    """Whether a layer is another reading of one whose format is known, by a mark in its front."""
    outer = layer.parent
    return outer is not None and layer.size == outer.size and outer.file_type not in _UNTYPED


def _is_in_pieces(layer: Layer) -> bool:
    """Whether what was found lies in a database, whose pages may come in between."""
    outer = layer.parent
    if outer is None or layer.role is not Role.EMBEDDED:
        return False
    return outer.file_type is FileType.IGNORED


def _role(child: Child) -> Role:
    if child.macros:
        return Role.MACROS
    return Role.VIEW if child.view else Role.MEMBER
