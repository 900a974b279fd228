"""What a layer is: magics, text rules and patterns to one `FileType`.

`Detector` answers for the first bytes of a layer; `embedded` says what the patterns found in the
whole layer mean: another type for it, or objects inside it. `builtin.ftm` is what nacre recognises
when no database brings magics of its own; it is compiled into an image like any other `.ftm`.
"""

from __future__ import annotations

from nacre.filetype.builtin import builtin_ftm
from nacre.filetype.detector import HEAD_SIZE, Detector
from nacre.filetype.disk import is_partitioned
from nacre.filetype.embedded import embedded, opened_also, retype
from nacre.filetype.extent import is_convincing
from nacre.filetype.own import name_counts, own_type

__all__ = [
    "HEAD_SIZE",
    "Detector",
    "builtin_ftm",
    "embedded",
    "is_convincing",
    "is_partitioned",
    "name_counts",
    "opened_also",
    "own_type",
    "retype",
]
