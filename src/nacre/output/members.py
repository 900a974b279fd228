"""What a scan found inside one file, layer by layer, for JSON; and lines while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nacre.engine.links import SUSPICIOUS
from nacre.model.event import Metadata
from nacre.model.filetype import FileType
from nacre.model.layer import Role
from nacre.model.verdict import Strength

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.model.event import Json
    from nacre.model.layer import Layer

MAX_FACTS = 10_000
"""What is kept of one file."""
MAX_LINKS = 1000
"""Suspicious ones that are told of one file."""
_LIST = "[]"
_OBJECTS = frozenset({Role.MEMBER, Role.CARVED, Role.EMBEDDED})
"""What is an object of its own; everything else is another look at one."""


@dataclass(slots=True)
class Node:
    """One object: the file itself, a member, or something embedded."""

    name: bytes
    size: int
    offset: int | None = None
    """Where it begins in its container; None where it is a member."""
    file_type: FileType = FileType.ANY
    sha256: str = ""
    indicators: list[tuple[str, int]] = field(default_factory=list)
    """Name and depth of those found in the object itself."""
    facts: dict[str, Json] = field(default_factory=dict)
    members: list[Node] = field(default_factory=list)
    embedded: list[Node] = field(default_factory=list)

    def learn(self, fact: Metadata) -> None:
        """Add a fact; of what contradicts itself the first form stays."""
        *objects, last = fact.key.split(".")
        place = self.facts
        for name in objects:
            inner = place.setdefault(name, {})
            if not isinstance(inner, dict):
                return
            place = inner
        if last.endswith(_LIST):
            values = place.setdefault(last.removesuffix(_LIST), [])
            if isinstance(values, list):
                values.append(fact.value)
        elif isinstance(fact.value, dict) and isinstance(place.get(last), dict):
            for name, value in fact.value.items():
                self.learn(Metadata(f"{fact.key}.{name}", value))
        else:
            place.setdefault(last, fact.value)

    def record(self) -> dict[str, object]:
        """The object under ClamAV's keys."""
        record: dict[str, object] = {}
        if self.name:
            record["FileName"] = self.name.decode("utf-8", "surrogateescape")
        record["FileType"] = self.file_type.clamav_name
        if self.offset is None:
            record |= {"FileSize": self.size, "FileSHA2-256": self.sha256}
        else:
            record["Offset"] = self.offset
        record |= self.inside()
        if self.indicators:
            record["Indicators"] = [
                {"Name": name, "Type": Strength.of(name).value, "Depth": depth}
                for name, depth in self.indicators
            ]
        return record

    def inside(self) -> dict[str, object]:
        """What the object holds, by the keys for it."""
        parts = {"ContainedObjects": self.members, "EmbeddedObjects": self.embedded}
        held = {key: [node.record() for node in nodes] for key, nodes in parts.items() if nodes}
        return {**self.facts, **held}


class Tree:
    """Watches a scan and keeps what there is inside, without the data."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._facts = 0
        self._open: list[tuple[Layer, Node]] = []

    def enter(self, layer: Layer) -> None:
        """Put the object in its place."""
        self._open.append((layer, self._place(layer)))

    def found(self, layer: Layer, name: str) -> None:
        """Note the indicator with the object."""
        for opened, node in reversed(self._open):
            if opened is layer:
                node.indicators.append((name, layer.depth))
                return

    def fact(self, layer: Layer, fact: Metadata) -> None:
        """Keep it with the object."""
        for opened, node in reversed(self._open):
            if opened is layer:
                if self._facts < MAX_FACTS:
                    self._facts += 1
                    node.learn(fact)
                return

    def leave(self, layer: Layer) -> None:
        """Note what is known of the object now."""
        _, node = self._open.pop()
        if layer.role in _OBJECTS:
            node.file_type = layer.file_type
            if node.offset is None:
                node.sha256 = layer.data.digest("sha256").hex()
            elif layer.forced is not None:
                node.file_type = layer.forced

    def _place(self, layer: Layer) -> Node:
        if not self._open:
            self.root = Node(layer.name, layer.size)
            return self.root
        container, outer = self._open[-1]
        if layer.role not in _OBJECTS:
            return outer
        if layer.role is Role.EMBEDDED:
            node = Node(b"", layer.size, container.size - layer.size)
            outer.embedded.append(node)
        else:
            node = Node(layer.name, layer.size)
            outer.members.append(node)
        return node


class MemberLines:
    """Watches a scan and tells each member that has a name, with its way down."""

    def __init__(self, tell: Callable[[Layer], None]) -> None:
        self._tell = tell

    def enter(self, layer: Layer) -> None:
        """Tell a member."""
        if layer.parent is not None and layer.role is Role.MEMBER and layer.name:
            self._tell(layer)

    def found(self, layer: Layer, name: str) -> None:
        """Nothing to tell."""

    def fact(self, layer: Layer, fact: Metadata) -> None:
        """Nothing to tell."""

    def leave(self, layer: Layer) -> None:
        """Nothing to tell."""


class SuspiciousLinks:
    """Watches a scan and tells where each suspicious link leads, and what it shows."""

    def __init__(self, tell: Callable[[str, str], None]) -> None:
        self._tell = tell
        self._count = 0

    def enter(self, layer: Layer) -> None:
        """Nothing to tell."""

    def found(self, layer: Layer, name: str) -> None:
        """Nothing to tell."""

    def fact(self, layer: Layer, fact: Metadata) -> None:
        """Tell a link, whichever layer it is in."""
        del layer
        if fact.key == SUSPICIOUS and isinstance(fact.value, dict) and self._count < MAX_LINKS:
            self._count += 1
            self._tell(str(fact.value["RealURL"]), str(fact.value["DisplayURL"]))

    def leave(self, layer: Layer) -> None:
        """Nothing to tell."""
