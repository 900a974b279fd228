"""Transfer encodings of mail and news: text that stands for bytes.

Spec: RFC 2045 6.7 and 6.8 (quoted-printable, base64), POSIX uuencode, yEnc 1.3, RFC 1741 (BinHex).
Each takes what
real mail programs take: other characters between are skipped, several padded pieces of base64 in a
row are joined, a short last line gives what it has. Input is read piece by piece and output stops
one byte beyond what a child may have, which shows that there was more.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final

from nacre.model.fmap import Fmap, Spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nacre.model.budget import Budget

_PIECE: Final = 1 << 20
_IN_MEMORY: Final = 8 << 20
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64: Final = bytes(set(range(256)) - set(_BASE64) - {ord("=")})
_NOT_IN_LINES: Final = _NOT_BASE64.replace(b"\n", b"")
_PADDED: Final = re.compile(rb"([^=]*)(=*)")
_PADDING: Final = re.compile(rb"=[^\r\n]*")
_SOFT_BREAK: Final = re.compile(rb"=[ \t]*(?:\r*\n|\r)")
"""Also with blanks that mail servers leave at the end of lines: RFC 2045 6.7, rule 3."""
_QUANTUM: Final = 4
_LONE_SIGN: Final = re.compile(rb"=(?==)")
"""Before one that means something."""
_UU_BLANK: Final = ord(" ")
_UU_LAST: Final = ord("`")
_UU_MASK: Final = 0x3F
_UU_LETTERS: Final = bytes(_UU_BLANK + (byte - _UU_BLANK & _UU_MASK) for byte in range(256))
_YENC_SHIFT: Final = bytes((byte - 42) & 0xFF for byte in range(256))
_YENC_ESCAPE: Final = b"="
_BINHEX: Final = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_NOT_BINHEX: Final = bytes(set(range(256)) - set(_BINHEX))
_BINHEX_TO_BASE64: Final = bytes.maketrans(_BINHEX, _BASE64)
_BINHEX_RUN: Final = b"\x90"


def base64(source: Fmap, budget: Budget) -> Fmap:
    """The bytes that base64 text stands for."""
    return _collect(_base64(source), budget)


def base64_padded(source: Fmap, budget: Budget) -> Fmap:
    """The same for programs that stop at padding that makes four letters whole, as Python does."""
    return _collect(_base64_padded(source), budget)


def base64_cut(source: Fmap, budget: Budget) -> Fmap:
    """The same for programs that pass over the rest of a line with padding."""
    return _collect(_base64_cut(source), budget)


def base64_lines(source: Fmap, budget: Budget) -> Fmap:
    """The same for programs that begin anew with each line."""
    return _collect(_base64_lines(source), budget)


def is_uneven(source: Fmap) -> bool:
    """Whether base64 text has lines that do not stand for whole bytes, but for the last."""
    for text in _whole_lines(source):
        lines = text.translate(None, _NOT_IN_LINES).rstrip(b"\n").split(b"\n")
        if any(len(line) % _QUANTUM for line in lines[:-1]):
            return True
    return False


def base64_in_markup(source: Fmap, budget: Budget) -> Iterator[Fmap]:
    """What programs that read markup make of base64 text: its bytes, and those line by line."""
    yield base64(source, budget)
    if is_uneven(source):
        yield base64_lines(source, budget)


def quoted_printable(source: Fmap, budget: Budget) -> Fmap:
    """The bytes that quoted-printable text stands for."""
    return _collect(_quoted_printable(source), budget)


def uuencode(source: Fmap, budget: Budget) -> Fmap:
    """The bytes of the lines of a uuencoded file, its ``begin`` line left out."""
    texts = (text.replace(b"\0", b"") for text in _whole_lines(source))
    lines = (line for text in texts for line in text.splitlines())
    return _collect(map(_uu_line, lines), budget)


def yenc(source: Fmap, budget: Budget) -> Fmap:
    """The bytes of the lines of a yEnc part, its ``=y`` lines left out."""
    lines = (line for text in _whole_lines(source) for line in text.splitlines())
    return _collect((_yenc_line(line) for line in lines if not line.startswith(b"=y")), budget)


def binhex(source: Fmap, budget: Budget) -> Fmap:
    """The bytes that BinHex text stands for, runs unpacked."""
    return _collect(_binhex(source), budget)


def joined(pieces: Iterable[Fmap], budget: Budget) -> Fmap:
    """Layers one behind the other."""
    return _collect((part for piece in pieces for part in _pieces(piece)), budget)


def _collect(pieces: Iterable[bytes], budget: Budget) -> Fmap:
    most = budget.allowance() + 1
    spool = Spool(budget.directory, _IN_MEMORY)
    for number, piece in enumerate(pieces):
        if number & 0xFF == 0:
            budget.check_time()
        spool.write(piece[: most - len(spool)])
        if len(spool) >= most:
            break
    return spool.finish()


def _pieces(source: Fmap) -> Iterator[bytes]:
    for at in range(0, len(source), _PIECE):
        yield source.read(at, _PIECE)


def _whole_lines(source: Fmap) -> Iterator[bytes]:
    """Text in pieces that end where a line does; a line longer than a piece is cut."""
    rest = b""
    for piece in _pieces(source):
        text, end, after = piece.rpartition(b"\n")
        if end or len(rest) > _PIECE:
            yield rest + text + end
            rest = after
        else:
            rest += after
    if rest:
        yield rest


def _quoted_printable(source: Fmap) -> Iterator[bytes]:
    rest = b""
    for piece in _whole_lines(source):
        text = rest + piece.replace(b"\0", b"")
        cut = text.rfind(b"=", -2) if piece[-1:] != b"\n" else -1
        text, rest = (text[:cut], text[cut:]) if cut >= 0 else (text, b"")
        yield binascii.a2b_qp(_LONE_SIGN.sub(b"=3D", _SOFT_BREAK.sub(b"", text)))
    yield binascii.a2b_qp(rest)


def _base64(source: Fmap) -> Iterator[bytes]:
    rest = b""
    for piece in _pieces(source):
        text = rest + piece.translate(None, _NOT_BASE64)
        *padded, rest = text.split(b"=")
        yield from map(_quanta, padded)
        whole = len(rest) // _QUANTUM * _QUANTUM
        yield _quanta(rest[:whole])
        rest = rest[whole:]
    yield _last(rest)


def _base64_padded(source: Fmap) -> Iterator[bytes]:
    letters = b""
    for piece in _pieces(source):
        for run in _PADDED.finditer(piece.translate(None, _NOT_BASE64)):
            letters += run[1]
            over = len(letters) % _QUANTUM
            if over > 1 and over + len(run[2]) >= _QUANTUM:
                yield _quanta(letters)
                return
            yield _quanta(letters[: len(letters) - over])
            letters = letters[len(letters) - over :]
    yield _quanta(letters)


def _base64_cut(source: Fmap) -> Iterator[bytes]:
    rest = b""
    for piece in _whole_lines(source):
        text = rest + _PADDING.sub(b"", piece).translate(None, _NOT_BASE64)
        whole = len(text) // _QUANTUM * _QUANTUM
        yield _quanta(text[:whole])
        rest = text[whole:]
    yield _last(rest)


def _base64_lines(source: Fmap) -> Iterator[bytes]:
    for text in _whole_lines(source):
        for line in text.translate(None, _NOT_IN_LINES).split(b"\n"):
            yield from map(_quanta, line.split(b"="))


def _last(text: bytes) -> bytes:
    """What the last letters stand for; a single one for the byte that it begins."""
    return _quanta(text + b"A" if len(text) % _QUANTUM == 1 else text)


def _quanta(text: bytes) -> bytes:
    """Decode letters alone; one left over stands for nothing."""
    if len(text) % _QUANTUM == 1:
        text = text[:-1]
    return binascii.a2b_base64(text + b"=" * (-len(text) % _QUANTUM))


def _uu_line(line: bytes) -> bytes:
    """The bytes of a line: its first character says how many there are."""
    if not line or not _UU_BLANK <= line[0] <= _UU_LAST:
        return b""
    count = (line[0] - _UU_BLANK) & _UU_MASK
    groups = (count + 2) // 3
    letters = line[1:].ljust(groups * 4, b" ")[: groups * 4]
    if any(not _UU_BLANK <= letter <= _UU_LAST for letter in letters):
        if len(line) <= groups * 2:
            return b""  # text
        letters = letters.translate(_UU_LETTERS)
    # Decoded as whole groups: bits behind the last byte may be anything.
    return binascii.a2b_uu(bytes((_UU_BLANK + groups * 3,)) + letters)[:count]


def _yenc_line(line: bytes) -> bytes:
    first, *escaped = line.split(_YENC_ESCAPE)
    out = [first.translate(_YENC_SHIFT)]
    for piece in escaped:
        if piece:
            out.append(bytes(((piece[0] - 64 - 42) & 0xFF,)))
            out.append(piece[1:].translate(_YENC_SHIFT))
    return b"".join(out)


def _binhex(source: Fmap) -> Iterator[bytes]:
    """A byte, 90 and a count are a run of that byte; 90 and 0 are the byte 90."""
    packed = last = b""
    for piece in _binhex_letters(source):
        packed += piece
        at = 0
        while 0 <= (run := packed.find(_BINHEX_RUN, at)) < len(packed) - 1:
            yield packed[at:run]
            last = packed[run - 1 : run] if run > at else last
            count = packed[run + 1]
            last = last if count else _BINHEX_RUN
            yield last * (count - 1 if count else 1)
            at = run + 2
        end = len(packed) if run < 0 else run  # a last 90 waits for its count
        yield packed[at:end]
        last = packed[end - 1 : end] if end > at else last
        packed = packed[end:]


def _binhex_letters(source: Fmap) -> Iterator[bytes]:
    """The bytes of the letters, runs still packed."""
    rest = b""
    for piece in _pieces(source):
        letters = rest + piece.translate(_BINHEX_TO_BASE64, _NOT_BINHEX)
        whole = len(letters) // _QUANTUM * _QUANTUM
        yield _quanta(letters[:whole])
        rest = letters[whole:]
    yield _quanta(rest)
