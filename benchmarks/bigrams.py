#!/usr/bin/env python3
"""Measure how often folded byte pairs occur in clean files, for the matcher's choice of anchors.

usage: bigrams.py FILE_OR_FOLDER... > crates/matcher/src/filter/bigrams.txt

Bytes are folded as the filter folds them (b | 0x20), which leaves 128 values. Line a, column b of
the output is one printable character for -4 * log2 P(b | a), 0 to 90, from '!' (certain) upwards.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from itertools import chain, pairwise
from pathlib import Path

FOLD = bytes(byte | 0x20 for byte in range(256))
PER_FILE = 1 << 18  # a few large files must not decide
PER_FOLDER = 24 << 20
LEVELS = 90


def values() -> list[int]:
    """The 128 folded byte values in order."""
    return [byte for byte in range(256) if byte & 0x20]


def sample(root: Path) -> Counter[tuple[int, int]]:
    """Pair counts over the files below `root`, a middle piece of each."""
    counts: Counter[tuple[int, int]] = Counter()
    total = 0
    for path in sorted(
        p for p in chain([root], root.rglob("*")) if p.is_file() and not p.is_symlink()
    ):
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, (size - PER_FILE) // 2))
            data = file.read(PER_FILE).translate(FOLD)
        counts.update(pairwise(data))
        total += len(data)
        if total > PER_FOLDER:
            break
    return counts


def main() -> None:
    merged: dict[tuple[int, int], float] = {}
    for argument in sys.argv[1:]:
        counts = sample(Path(argument))
        scale = sum(counts.values()) or 1
        for pair, count in counts.items():
            merged[pair] = max(merged.get(pair, 0.0), count / scale)
    for first in values():
        row = [merged.get((first, second), 0.0) for second in values()]
        floor = 1e-9
        total = sum(row) + floor * len(row)
        print(
            "".join(chr(33 + min(LEVELS, round(-4 * math.log2((p + floor) / total)))) for p in row)
        )


if __name__ == "__main__":
    main()
