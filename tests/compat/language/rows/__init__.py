"""One function per row of the language, in modules after the sections of the description."""

from __future__ import annotations

from compat.language.case import ROWS, Row
from compat.language.rows import (
    alternate,
    boundary,
    comparison,
    description,
    expression,
    gap,
    lone,
    macro,
    modifier,
    offset,
    pattern,
    program,
    regex,
    target,
    whole,
)

__all__ = ["ROWS", "SECTIONS", "Row"]

SECTIONS = (
    pattern,
    gap,
    lone,
    alternate,
    boundary,
    offset,
    target,
    modifier,
    macro,
    comparison,
    regex,
    description,
    expression,
    whole,
    program,
)
