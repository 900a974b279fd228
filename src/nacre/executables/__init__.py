"""What the headers of programs say, and packed programs undone: the façade of crates/executables.

`Program` takes a layer of type MSEXE, ELF, MACHO or MACHO_UNIBIN and answers with the facts it has,
however damaged it is; `fault` says why its headers are of no use to signatures, `broken` why ClamAV
calls it broken. Sizes and places are in bytes; places are file offsets unless said otherwise.
"""

from __future__ import annotations

from nacre.executables.infected import (
    KRIZ,
    MAGISTR_A,
    MAGISTR_B,
    PARITE,
    POLIPOS,
    infections,
)
from nacre.executables.program import (
    FORMATS,
    Place,
    Program,
    Resource,
    Section,
    Signed,
    Unpacked,
)

__all__ = [
    "FORMATS",
    "KRIZ",
    "MAGISTR_A",
    "MAGISTR_B",
    "PARITE",
    "POLIPOS",
    "Place",
    "Program",
    "Resource",
    "Section",
    "Signed",
    "Unpacked",
    "infections",
]
