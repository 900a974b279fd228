"""Scripts that Microsoft's Script Encoder made unreadable (.jse, .vbe, `JScript.Encode`).

Layout: ``#@~^``, a length and ``==`` in base64, the text, a checksum and ``==`` in base64,
``^#~@``. Each character from 0x20 to 0x7F and the tab stands for another by one of three
alphabets, which take turns in a fixed order of 64; ``@`` and a letter stand for what must not
stand in a script; a byte of 0x80 or more goes with the next one and neither is changed; line
breaks and zeros do not count. There is no published specification; alphabets and order were
measured on decoders. The checksum is not compared. No output bound: nothing gets longer.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from nacre.model.fmap import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

BEGIN: Final = b"#@~^"
_HEAD: Final = re.compile(rb"#@~\^(.{8})", re.DOTALL)
_HEAD_SIZE: Final = 12
_TAIL: Final = re.compile(rb"[A-Za-z0-9+/]{6}==\^#~@")
_TAIL_SIZE: Final = 12
_PIECE: Final = 64 << 10
_IN_MEMORY: Final = 8 << 20

_FIRST: Final = 0x20
_ALPHABETS: Final = (
    (
        0x57,
        (
            b'.GzVBj/&IA42[vrC89pEhqO\tbD#u<~>^@wJa]"KoN;LPg*}'
            b"tT+-,0nkf5%!dMRc?{x)(sY3\x7fmUS|:_eFX1ilZH'\\=$y7`Q 6"
        ),
    ),
    (
        0x6E,
        (
            b"-uR`q^I\\b})6 |z\x7fkc3+hQfv1dTC<:>~@E,*t'7DyY/o&rj9"
            b'{?8wgSG4x]0#Z[lHUpi.L!$NP\tVs5aKX;W"mM%(FJ2A=_OBe'
        ),
    ),
    (
        0x7B,
        (
            b"20!)[83=X:5e9\\VsfNEkbYx^}Jmq<`>S@B'Hru17MR\"TjGd-"
            b" \x7f.L]~loytC&v%$+(#A4\t*D?w;UiacPgQIOFh|6pnz/_KZ,W"
        ),
    ),
)
"""What a tab stands for, and what the characters from 0x20 on stand for."""
_TURNS: Final = tuple(map(int, "0120121221210212021200122102122100212120200120210212001220012021"))
_ESCAPED: Final = {b"#": b"\r", b"&": b"\n", b"!": b"<", b"*": b">", b"$": b"@"}
_SPECIAL: Final = re.compile(rb"@(.?)|[\x80-\xff].?|[\0\r\n]+", re.DOTALL)


def _table(tab: int, letters: bytes) -> bytes:
    table = bytearray(range(256))
    table[0x09] = tab
    table[_FIRST : _FIRST + len(letters)] = letters
    return bytes(table)


_TABLES: Final = [_table(*alphabet) for alphabet in _ALPHABETS]
_DECODING: Final = [_TABLES[turn] for turn in _TURNS]


def decoded(source: Fmap, budget: Budget, wanted: Callable[[int], bool] = lambda _: True) -> Fmap:
    """The text with the encoded scripts in it made readable, and all between as it is.

    `wanted` says whether one begins at a place where a beginning stands.
    """
    spool = Spool(budget.directory, _IN_MEMORY)
    for piece in _pieces(source, wanted):
        budget.check_time()
        spool.write(piece)
    return spool.finish()


def _pieces(source: Fmap, wanted: Callable[[int], bool]) -> Iterator[bytes]:
    size = len(source)
    at = 0
    while at < size:
        begin = source.find(BEGIN, at, size)
        while begin >= 0 and not wanted(begin):
            begin = source.find(BEGIN, begin + 1, size)
        plain = size if begin < 0 else begin
        for start in range(at, plain, _PIECE):
            yield source.read(start, min(_PIECE, plain - start))
        if begin < 0:
            return
        head = _HEAD.match(source.read(begin, _HEAD_SIZE))
        if head is None:
            return  # it is the end
        script = _Script(source, begin + _HEAD_SIZE, _length(head[1]))
        yield from script.pieces()
        at = script.position
        if _TAIL.match(source.read(at, _TAIL_SIZE)):
            at += _TAIL_SIZE


def _length(text: bytes) -> int:
    """Characters of the script; what is no length believes in all there is."""
    try:
        return int.from_bytes(base64.b64decode(text, validate=True), "little")
    except ValueError:
        return 1 << 32


class _Script:
    """One encoded script while it is read."""

    def __init__(self, source: Fmap, start: int, length: int) -> None:
        self._source = source
        self.position = start
        self._left = length
        self._turn = 0

    def pieces(self) -> Iterator[bytes]:
        while self._left > 0:
            # A piece more than is left would not do: line breaks do not count.
            text = self._source.read(self.position, _PIECE)
            if not text:
                return
            out, used = self._decode(text)
            self.position += used
            yield out

    def _decode(self, text: bytes) -> tuple[bytes, int]:
        """Decode what of `text` belongs to the script, except a last half of a pair."""
        out = []
        at = 0
        for special in _SPECIAL.finditer(text):
            out.append(self._letters(text[at : min(special.start(), at + self._left)]))
            at += len(out[-1])
            whole = special[0]
            cut = special.end() == len(text) == _PIECE and len(whole) == 1 and whole >= b"@"
            if not self._left or (cut and at):
                return b"".join(out), at
            at = special.end()
            out.append(self._special(whole, special[1]))
        out.append(self._letters(text[at : at + self._left]))
        return b"".join(out), at + len(out[-1])

    def _special(self, whole: bytes, escaped: bytes | None) -> bytes:
        if escaped is not None:
            self._turn += 1
            self._left = max(0, self._left - len(whole))
            return _ESCAPED.get(escaped, b"\xff")
        if whole[0] in b"\0\r\n":
            return b""
        self._left -= 1
        return whole

    def _letters(self, text: bytes) -> bytes:
        turn = self._turn
        self._turn += len(text)
        self._left -= len(text)
        return bytes([_DECODING[(turn + at) & 63][byte] for at, byte in enumerate(text)])
