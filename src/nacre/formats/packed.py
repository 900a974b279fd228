"""Packed programs, and what is said of those that cannot be unpacked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.model.errors import LimitExceeded
from nacre.model.event import Child, Event, Metadata, Problem
from nacre.model.filetype import FileType
from nacre.model.switches import Switch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nacre.executables import Program
    from nacre.model.budget import Budget

PACKERS: Mapping[Switch, str] = {
    Switch.UPX: "UPX",
    Switch.FSG: "FSG",
    Switch.MEW: "MEW",
    Switch.UPACK: "Upack",
    Switch.PETITE: "Petite",
    Switch.PESPIN: "PEspin",
    Switch.YC: "yC",
    Switch.WWPACK: "WWPack",
    Switch.ASPACK: "Aspack",
    Switch.NSPACK: "NsPack",
}
"""What a database may switch off, by the names that the unpackers have."""
_MOST = 512 << 20
"""Bytes of memory that a header may ask for, however large the limits are."""


def unpacked(program: Program, budget: Budget) -> Iterator[Event]:
    """The events of a program that may be packed: one Child, if it can be undone.

    Raises:
        LimitExceeded: what was unpacked must not be scanned any more.
    """
    packers = [name for switch, name in PACKERS.items() if budget.switches.has(switch)]
    found = program.unpack(packers, min(budget.allowance(), _MOST))
    budget.check_time()
    if found is None:
        return
    if found.file is not None:
        budget.check_child(len(found.file))
        key = "PE" if program.file_type is FileType.MSEXE else "ELF"
        yield Metadata(key, {"Packer": found.packer})
        yield Child(found.file, b"", program.file_type, rebuilt=True)
        if not found.whole:
            yield Problem(f"packed with {found.packer}, and only a part can be unpacked")
    elif found.size is not None:
        try:
            budget.check_child(found.size)
        except LimitExceeded as reached:
            yield Problem(f"packed with {found.packer}: {reached}", limit=reached.option)
        else:
            yield Problem(f"packed with {found.packer}: {found.size} bytes are too many")
    else:
        yield Problem(f"packed with {found.packer}, but cannot be unpacked")
