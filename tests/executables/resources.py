"""Programs with resources made by hand, leaf by leaf, and icons for them."""

from __future__ import annotations

import struct
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from executables.portable import PAGE, Pe, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ICON, GROUP = 3, 14
_BRANCH = 1 << 31
_ADDRESS = 2 * PAGE


class Leaf(NamedTuple):
    """One resource."""

    kind: int
    name: int
    data: bytes
    language: int = 0x409


def directory(leaves: Sequence[Leaf], address: int = _ADDRESS) -> bytes:
    """A section at `address`: neighbours of one kind, or one name, share a directory."""
    kinds = [
        (kind, [(name, list(same)) for name, same in groupby(of_kind, lambda leaf: leaf.name)])
        for kind, of_kind in groupby(leaves, lambda leaf: leaf.kind)
    ]
    # All directories of a level stand together, then the entries of the leaves, then their data.
    names_at = 16 + 8 * len(kinds)
    languages_at = names_at + sum(16 + 8 * len(names) for _, names in kinds)
    leaves_at = languages_at + sum(16 + 8 * len(same) for _, names in kinds for _, same in names)
    data_at = leaves_at + 16 * len(leaves)
    root, middle, last, entries, data = _head(len(kinds)), b"", b"", b"", b""
    for kind, names in kinds:
        root += struct.pack("<II", kind, names_at + len(middle) | _BRANCH)
        middle += _head(len(names))
        for name, same in names:
            middle += struct.pack("<II", name, languages_at + len(last) | _BRANCH)
            last += _head(len(same))
            for leaf in same:
                last += struct.pack("<II", leaf.language, leaves_at + len(entries))
                place = address + data_at + len(data)
                entries += struct.pack("<IIII", place, len(leaf.data), 0, 0)
                data += leaf.data + bytes(-len(leaf.data) % 4)
    return root + middle + last + entries + data


def _head(count: int) -> bytes:
    return struct.pack("<IIHHHH", 0, 0, 0, 0, 0, count)


def group(numbers: Iterable[int]) -> bytes:
    """A group of icons with these numbers."""
    entries = [struct.pack("<BBBBHHIH", 0, 0, 0, 0, 1, 0, 0, number) for number in numbers]
    return struct.pack("<HHH", 0, 1, len(entries)) + b"".join(entries)


def with_resources(leaves: Sequence[Leaf], *, wide: bool = False) -> bytes:
    """A program with these resources."""
    content = directory(leaves)
    size = -(-len(content) // 0x200) * 0x200
    section = Section(
        address=_ADDRESS, virtual_size=size, offset=0x600, size=size, flags=0x40000040,
        content=content.ljust(size, b"\0"),
    )  # fmt: skip
    sections = (Section(content=b"MARKER in a program"), section)
    return Pe(wide=wide, sections=sections, directories={2: (_ADDRESS, len(content))}).build()


def with_icons(icons: Sequence[bytes], *, wide: bool = False) -> bytes:
    """A program with one group of all these icons."""
    pictures = [Leaf(ICON, number, icon) for number, icon in enumerate(icons, 1)]
    return with_resources([*pictures, Leaf(GROUP, 1, group(range(1, len(icons) + 1)))], wide=wide)


class Bitmap(NamedTuple):
    """An icon, part by part."""

    width: int
    height: int
    bits: int
    rows: bytes
    palette: bytes = b""
    mask: bytes | None = None
    header: int = 40
    colours: int = 0
    compression: int = 0

    def build(self) -> bytes:
        fields = (self.header, self.width, 2 * self.height, 1, self.bits, self.compression)
        head = struct.pack("<IiiHHIIiiII", *fields, 0, 0, 0, self.colours, 0)
        mask = bytes((self.width + 31) // 32 * 4 * self.height) if self.mask is None else self.mask
        return head.ljust(self.header, b"\0") + self.palette + self.rows + mask
