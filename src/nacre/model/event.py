"""What a format handler yields while it looks at one layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from nacre.model.filetype import FileType
    from nacre.model.fmap import Fmap


Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json]"
"""What facts are made of."""


@dataclass(frozen=True, slots=True)
class Child:
    """An object to be scanned next, with what its container says about it."""

    data: Fmap
    name: bytes = b""
    """The member's name as stored; never used as a path."""
    file_type: FileType | None = None
    """Forced type; None lets the content decide."""
    encrypted: bool = False
    stored_size: int = 0
    """Size inside the container in bytes."""
    view: bool = False
    """A normalised form of the parent: counts as a recursion level, not as a container."""
    rebuilt: bool = False
    """A program as its loader would unpack it: it is not called broken, its headers are made up."""
    macros: bool = False
    """Text of macros: only matched, under the type forced."""
    shown: bool = False
    """What a mail program shows of a message, no attachment."""


class Member(NamedTuple):  # a tuple, because one is made per entry of every directory
    """What a container says of one of its members, for signatures that ask for nothing else.

    Whether the member can be unpacked does not matter; a Child follows if so.
    """

    name: bytes
    """As stored."""
    stored_size: int
    """Size inside the container in bytes."""
    size: int
    """Size of the content in bytes."""
    position: int
    """Number of the member in its container, from 1."""
    encrypted: bool = False
    crc: int = 0
    """CRC-32 of the content; 0 where the format has none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A heuristic alert that a handler claims; `option` is the ScanOptions switch it needs."""

    name: str
    option: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """A fact about the layer for JSON output; yielded only if the budget says so.

    In keys a dot leads into an object, ``[]`` at the end makes a list.
    """

    key: str
    value: Json


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not, or not fully, scanned, and why; `limit` is the limit's name."""

    reason: str
    limit: str | None = None


Event = Child | Member | Finding | Metadata | Problem
