"""What a scan is allowed to cost, under ClamAV's names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

KIB = 1 << 10
MIB = 1 << 20
_MOST = 1 << 48
"""No file has more of anything: what is made from a limit has room for it in every type."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one top-level scan; sizes in bytes, 0 means no limit unless said otherwise."""

    max_scan_time: int = 120_000
    """Wall time in milliseconds."""
    max_scan_size: int = 400 * MIB
    """Sum of the sizes of all layers, the outermost included."""
    max_file_size: int = 100 * MIB
    """Size of one layer."""
    max_recursion: int = 17
    """Nested layers, the outermost being 1; 0 is refused."""
    max_files: int = 10_000
    """Layers, the outermost included."""
    max_embedded_pe: int = 40 * MIB
    max_html_normalize: int = 40 * MIB
    max_html_no_tags: int = 8 * MIB
    max_script_normalize: int = 20 * MIB
    max_zip_type_rcg: int = 1 * MIB
    max_partitions: int = 50
    max_icons_pe: int = 100
    max_rec_hwp3: int = 16
    pcre_match_limit: int = 100_000
    pcre_rec_match_limit: int = 2_000
    pcre_max_file_size: int = 100 * MIB
    match_steps: int = 2_000_000_000
    """nacre's own: elementary matcher steps per view of a layer; exceeding it is reported."""

    @classmethod
    def bounded(cls, given: Mapping[str, int]) -> Self:
        """Limits that a user gave, by name: numbers beyond all sense are as good as none."""
        return cls(**{name: min(value, _MOST) for name, value in given.items()})
