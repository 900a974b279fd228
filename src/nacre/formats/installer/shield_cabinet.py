"""Cabinets of InstallShield (``data1.cab``), not those of Microsoft.

Layout: `nacre.parsers.installshield`. Yields one Child per file. Only what one layer holds is
opened: a header and volumes of their own are so within the setup program that carries them. ClamAV
opens no cabinet that stands alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.formats.base import few_problems, partial_member
from nacre.model.filetype import FileType
from nacre.parsers.installshield import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class ShieldCabinetHandler:
    """Unpacks cabinets of InstallShield."""

    TYPES: ClassVar = frozenset({FileType.ISHIELD_CABINET})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        yield from few_problems(_files(data, budget))


def _files(data: Fmap, budget: Budget) -> Iterator[Event]:
    for part in parts(data, {1: data}, budget):
        yield from partial_member(part.content, part.status, part.name, part.stored_size, budget)
