"""One program, parsed once; what takes a further walk is read when asked for."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nacre import _native
from nacre.model.errors import NacreError, Unsupported
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nacre.model.fmap import Fmap

FORMATS: Mapping[FileType, str] = {
    FileType.MSEXE: "pe",
    FileType.ELF: "elf",
    FileType.MACHO: "macho",
    FileType.MACHO_UNIBIN: "universal",
}
"""The file types that are programs, as the native parser calls them."""
_ICON, _ICON_GROUP = 3, 14


@dataclass(frozen=True, slots=True)
class Place:
    """Where a section lies: address and size in memory, offset and size in the file."""

    address: int
    virtual_size: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Section:
    """One section."""

    name: bytes
    place: Place
    """As signatures mean it: aligned, and cut to the file."""
    stated: Place
    """As the header has it."""
    flags: int
    """The flags of the format, such as IMAGE_SCN_MEM_EXECUTE."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a PE."""

    name: int
    """Its number, or with bit 31 the place of its name in the resource directory."""
    language: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature of a PE covers, in the program or elsewhere, and the one that it has."""

    parts: tuple[tuple[int, int], ...]
    """Offset and size of each."""
    table: int
    """Offset of the certificate table; 0 without one."""
    table_size: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What became of a packed program."""

    packer: str
    file: Fmap | None
    """A program file with what was packed; None when it is damaged or too large."""
    size: int | None = None
    """Bytes it would have, where they are too many."""
    whole: bool = True
    """Whether nothing of what was packed is missing, as far as that can be told."""


class Program:
    """What is known of a program; immutable."""

    def __init__(self, data: Fmap, file_type: FileType) -> None:
        """Parse `data`, whose type must be one of `FORMATS`.

        Raises:
            NacreError: the parser failed in a way it must not.
        """
        self.file_type = file_type
        with _panics(file_type):
            self._native = _native.Program(data, FORMATS[file_type])

    @cached_property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Offset and size of each section, as signatures mean them: no more of `sections`."""
        return tuple(self._native.places())

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections, in the order of the file."""
        return tuple(
            Section(name, Place(*place), Place(*stated), flags)
            for name, place, stated, flags in self._native.sections()
        )

    @property
    def native(self) -> _native.Program:
        """What the matcher asks for icons."""
        return self._native

    @property
    def fault(self) -> str | None:
        """Why the headers cannot be used; then no place relative to them exists."""
        return self._native.fault

    @property
    def parts(self) -> bool:
        """Whether sections and imports of a PE can be hashed; mostly so without a fault."""
        return self._native.parts

    @property
    def broken(self) -> str | None:
        """Why ClamAV calls the program broken, if it does."""
        return self._native.broken

    @property
    def bits(self) -> int:
        """32 or 64."""
        return self._native.bits

    @property
    def big_endian(self) -> bool:
        """Byte order of the headers."""
        return self._native.big_endian

    @property
    def machine(self) -> int:
        """The processor, as the format numbers it."""
        return self._native.machine

    @property
    def library(self) -> bool:
        """A DLL or shared object."""
        return self._native.library

    @property
    def entry_point(self) -> int | None:
        """File offset of the entry point; None when it has none there."""
        return self._native.entry_point

    @property
    def slices(self) -> tuple[tuple[int, int], ...]:
        """(offset, size) of the programs inside a universal binary."""
        return tuple(self._native.slices)

    @property
    def signed(self) -> Signed | None:
        """What signatures cover; None for what is no PE."""
        signed = self._native.signed
        if signed is None:
            return None
        parts, table, size = signed
        return Signed(tuple(parts), table, size)

    @property
    def overlay(self) -> int | None:
        """Where what lies behind the last section begins; None when nothing does."""
        return self._native.overlay

    def exports(self) -> tuple[bytes, ...]:
        """Names that a PE exports, in the order of its table."""
        return tuple(self._native.exports())

    def branches(self, into: int, room: int) -> tuple[int, ...]:
        """Where in section `into` calls and jumps of the first section lead, ascending.

        File offsets of a PE, `room` bytes before the section's end or more, at most 1280 of them.
        """
        return tuple(self._native.branches(into, room))

    def import_text(self) -> bytes | None:
        """What import hashes are made of, such as ``b"kernel32.sleep,user32.messageboxa"``.

        None when there is no import table or it cannot be read to its end.

        Raises:
            Unsupported: there are more than are looked at.
        """
        try:
            return self._native.import_text()
        except OverflowError as error:
            raise Unsupported(str(error)) from None

    def version_keys(self) -> tuple[int, ...]:
        """Where the keys of the version information begin (offsets ``VI``)."""
        return tuple(self._native.version_keys())

    def icons(self) -> tuple[Resource, ...]:
        """The pictures of icons (RT_ICON) that lie inside the file."""
        return self._resources(_ICON)

    def icon_groups(self) -> tuple[Resource, ...]:
        """The groups of icons (RT_GROUP_ICON), which refer to pictures by `name`."""
        return self._resources(_ICON_GROUP)

    def unpack(self, packers: Iterable[str], max_output: int) -> Unpacked | None:
        """Undo the first of `packers` that a PE or ELF is packed with; None when with none of them.

        Packers have the names that ClamAV's JSON has for them. Nothing larger than `max_output`
        bytes is made.

        Raises:
            NacreError: an unpacker failed in a way it must not.
        """
        with _panics(self.file_type):
            unpacked = self._native.unpack(list(packers), max_output)
        return None if unpacked is None else Unpacked(*unpacked)

    def _resources(self, kind: int) -> tuple[Resource, ...]:
        return tuple(
            Resource(name, language, offset, size)
            for name, language, offset, size in self._native.resources(kind)
            if offset is not None
        )


@contextmanager
def _panics(file_type: FileType) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        # PyO3 raises a panic as an exception that has no importable name.
        if type(error).__name__ == "PanicException":
            raise NacreError(f"{file_type.clamav_name}: the parser panicked: {error}") from error
        raise
