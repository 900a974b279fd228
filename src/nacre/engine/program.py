"""What the matcher must know of a layer that is a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.executables import FORMATS, Program
from nacre.matching import Facts

if TYPE_CHECKING:
    from nacre.model.layer import Layer


def program_of(layer: Layer) -> Program | None:
    """The headers of `layer`, parsed once; None when it is no program."""
    if layer.file_type not in FORMATS:
        return None
    program = layer.program
    if program is None or program.file_type is not layer.file_type:
        program = layer.program = Program(layer.data, layer.file_type)
    return program


def facts_of(layer: Layer) -> Facts | None:
    """What offsets and conditions of signatures refer to; None without usable headers."""
    program = program_of(layer)
    if program is None or program.fault is not None:
        return None
    return Facts(program.entry_point, program.places, program.version_keys())
