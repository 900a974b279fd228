"""What a signature type is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class LineKind(Enum):
    """How the image builder reads the lines of a file; the value is its name for it."""

    HASH = "hash"
    ALLOWED_HASH = "allowed hash"
    SECTION_HASH = "section hash"
    IMPORT_HASH = "import hash"
    OLD_BODY = "old body"
    BODY = "body"
    LOGICAL = "logical"
    MAGIC = "magic"
    MEMBER = "member"
    OLD_MEMBER = "old member"
    ICON = "icon"
    IGNORE = "ignore"
    RULES = "rules"
    CERTIFICATE = "certificate"
    CATALOG = "catalog"
    """Not lines: read as a whole when the image is compiled."""
    KEPT = "kept"
    """Checked, and kept as text for whoever needs all of them."""
    INDICATOR = "indicator"


class Status(Enum):
    """What becomes of the signatures of a type."""

    USED = "used"
    STORED = "stored"
    """In the image, for parsers that are not there yet."""
    UNUSED = "not used"
    """Recognised and counted, not in the image."""


@dataclass(frozen=True, slots=True)
class SignatureType:
    """One signature type: its suffixes, and what is done with its lines."""

    name: str
    suffixes: tuple[str, ...]
    status: Status
    kind: LineKind | None = None
    """None for types that the image builder does not read."""
    pua_suffixes: tuple[str, ...] = ()
    """Suffixes of files that count only where potentially unwanted applications do."""
    counted: bool = True
    """Whether its entries count as signatures in what users are told."""
    by_line: bool = True
    """Whether an entry is a line; otherwise a file is one."""
    forgiving: bool = False
    """Whether an entry that cannot be used is left out instead of spoiling the database."""
    lines: Callable[[str, Iterable[bytes]], Iterator[bytes]] | None = None
    """Makes lines for the image builder of a file's name and content that is not made of lines."""
    loose: bool = True
    """False for a type that means something only inside a container."""

    def is_pua(self, suffix: str) -> bool:
        """Whether a file with this suffix holds potentially unwanted applications."""
        return suffix in self.pua_suffixes
