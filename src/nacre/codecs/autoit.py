"""Compiled AutoIt scripts: the ciphers of the two forms, the LZSS in both, the newer's tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from nacre.model.budget import Budget


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode one stream, which tells its size and, by its mark, its form."""
    return run("autoit-lzss", source, budget, max_output)


def script_text(tokens: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """The tokens of a script (EA06) as text, as ClamAV has it."""
    return run("autoit-script", tokens, budget, max_output)


def decipher(source: Fmap, budget: Budget, key: int, *, newer: bool) -> Fmap:
    """The bytes behind the Mersenne twister (EA05) or RANROT (`newer`, EA06); as many as come."""
    method = "autoit-ranrot" if newer else "autoit-twister"
    return run(method, source, budget, len(source), None, key & 0xFFFFFFFF).data


def decipher_text(data: bytes, budget: Budget, key: int, *, newer: bool) -> bytes:
    """The same of a few bytes."""
    plain = decipher(Fmap.from_bytes(data), budget, key, newer=newer)
    return plain.read(0, len(plain))
