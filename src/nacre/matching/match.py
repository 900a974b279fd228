"""What a match call is about and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nacre._native import Program
    from nacre.model.filetype import FileType, Target


class Kind(Enum):
    """What sort of signature matched."""

    BODY = "body"
    HASH = "hash"
    LOGICAL = "logical"


@dataclass(frozen=True, slots=True)
class Match:
    """One signature that matched a view; `name` is the alert's name, `.UNOFFICIAL` included."""

    name: str
    kind: Kind
    offset: int = 0
    handler: FileType | None = None
    """HandlerType: scan the same bytes as this type once instead of alerting."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the parser of an executable found; offsets are file offsets in bytes."""

    entry_point: int | None = None
    sections: tuple[tuple[int, int], ...] = ()
    """(raw start, raw size) as ClamAV aligns them."""
    version_info: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What one match call is about, besides the bytes."""

    target: Target
    """Signatures of this target run together with those of target 0."""
    file_size: int
    """What `FileSize` conditions are compared with (the raw layer's length, for text)."""
    ancestors: tuple[FileType, ...] = ()
    """Types of the enclosing layers, outermost first; empty for the outermost layer."""
    facts: Facts | None = None
    picture: bool = False
    """The view is a picture whose perceptual hash may be compared."""
    hashes: bool = True
    """False for normalised copies of text, which are not hashed."""
    types: bool = False
    """Report hits of type patterns as well."""
    retyped: bool = False
    """The layer was already re-typed by a HandlerType signature."""
    program: Program | None = None
    """The parsed headers of a program whose icons may be compared."""


@dataclass(frozen=True, slots=True)
class TypeHit:
    """A type pattern (ftm, magic type 1) found at `offset`."""

    required: FileType
    detected: FileType
    offset: int


@dataclass(frozen=True, slots=True)
class Magic:
    """A fixed magic (ftm, magic types 0 and 4): `value` at `offset` means `detected`."""

    offset: int
    value: bytes
    detected: FileType
    partition: bool = False


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line that the image keeps as it is, for parsers to use."""

    text: bytes
    """Checked and meant for this engine; what says so is cut off."""
    file: str
    """Name of the signature file."""
    official: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the matcher says about one view."""

    matches: tuple[Match, ...] = ()
    types: tuple[TypeHit, ...] = ()
    problems: tuple[str, ...] = field(default=())
    """Why some of the view was not fully matched, such as a step budget that ran out."""
