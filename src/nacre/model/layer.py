"""A layer: bytes that are being scanned, with a type and a place inside their container."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from nacre.model.filetype import PLAIN, FileType

if TYPE_CHECKING:
    from nacre.executables import Program
    from nacre.model.fmap import Fmap


class Role(Enum):
    """How a layer came out of its container."""

    MEMBER = "member"
    """Something stored inside; also the outermost layer."""
    EMBEDDED = "embedded"
    """The rest of the container's own bytes, from where another format begins."""
    CARVED = "carved"
    """An embedded program as a file of its own: a member without a name."""
    RETYPED = "retyped"
    """All bytes once more under the type that a signature asked for: in the place of the layer."""
    VIEW = "view"
    """A normalised form of the container: a level of recursion, but not a container of its own."""
    MACROS = "macros"
    """Text of macros from inside the container: only matched, under the type given."""


class Layer:
    """One layer of a scan. Mutable while it is scanned; `parent` is None for the outermost."""

    __slots__ = (
        "ancestors",
        "cacheable",
        "data",
        "depth",
        "file_type",
        "forced",
        "name",
        "own",
        "parent",
        "program",
        "rebuilt",
        "role",
        "shown",
        "size",
        "trusted",
    )

    def __init__(
        self,
        data: Fmap,
        parent: Layer | None = None,
        name: bytes = b"",
        forced: FileType | None = None,
        role: Role = Role.MEMBER,
    ) -> None:
        self.data = data
        self.size = len(data)
        self.parent = parent
        self.name = name
        self.forced = forced
        """Type given by the container; None lets the content decide."""
        self.file_type = PLAIN.get(forced, forced) if forced else FileType.ANY
        self.role = role
        self.shown = False
        """Whether a mail program shows it as part of the message."""
        self.cacheable = True
        """False once something says that this layer is not clean for good."""
        self.rebuilt = False
        """Whether it is a packed program whose headers were made up."""
        self.trusted: bool | None = None
        """Whether an allow-list names these bytes; None until somebody had to ask."""
        self.program: Program | None = None
        """The headers of a program, once somebody had to ask."""
        self.own: FileType | None = FileType.ANY
        """Its format if ClamAV has no type for that; ANY until somebody had to ask."""
        self.ancestors: tuple[FileType, ...] = ()
        """Types of the containers, outermost first, as `Container` and `Intermediates` see them."""
        if parent is None:
            self.depth = 1
        else:
            self.depth = parent.depth + 1
            outer = parent.parent
            container = outer if parent.role is Role.VIEW and outer is not None else parent
            self.ancestors = (
                parent.ancestors
                if role in (Role.VIEW, Role.RETYPED)
                else (*parent.ancestors, container.file_type)
            )

    def path(self) -> tuple[str, ...]:
        """Names from the outermost layer's first child down to this one; views have none."""
        return tuple(layer.name.decode("utf-8", "surrogateescape") for layer in self._members())

    def containers(self) -> tuple[FileType, ...]:
        """Types of the containers that the names of `path` come from, one for each."""
        return tuple(layer.ancestors[-1] for layer in self._members())

    def is_embedded(self) -> bool:
        """Whether this layer, or one around it, was found by its look in another one's bytes."""
        layer: Layer | None = self
        while layer is not None:
            if layer.role is Role.EMBEDDED:
                return True
            layer = layer.parent
        return False

    def _members(self) -> list[Layer]:
        members = []
        layer = self
        while layer.parent is not None:
            if layer.role in (Role.MEMBER, Role.MACROS):
                members.append(layer)
            layer = layer.parent
        return members[::-1]
