"""The bytes of a layer.

`Fmap` is native (crates/fmap): immutable, sliced without copying, in memory when small and read
with pread when large. It is part of the vocabulary, so the façade of that crate is here.
"""

from __future__ import annotations

from nacre._native import Fmap, Spool

__all__ = ["Fmap", "Spool"]
