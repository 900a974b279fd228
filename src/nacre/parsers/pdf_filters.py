"""The filters of a PDF stream: names, parameters, and the bytes behind them.

Spec: ISO 32000-1, 7.4. Filters of pictures (DCT, JPX, CCITT, JBIG2) are not undone: what they were
given is the picture file, or means nothing without its size. A Flate stream that lacks its header
or has something before it is read nevertheless; nothing is missing from one that ends with a flush
(RFC 1950 asks for more, Acrobat writes no more), nor from one without a byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import ascii_85, ascii_hex, deflate, lzw, predictor, run_length, zlib
from nacre.parsers.pdf_syntax import Name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.pdf_syntax import Dictionary, Value

CODING: Final = frozenset({b"Filter", b"DecodeParms", b"DP"})
"""Names in the dictionary of a stream that say how it is coded."""
_MOST: Final = 64
_MOST_NAMES: Final = 256
_MOST_OTHERS: Final = 2
_GOING_ON: Final = frozenset({"done", "unknown"})
"""How a filter may end that does not end the chain."""
_FLATE: Final = b"FlateDecode"
_DEFLATE: Final = 8
_FULL_NAMES: Final = {
    b"AHx": b"ASCIIHexDecode",
    b"A85": b"ASCII85Decode",
    b"LZW": b"LZWDecode",
    b"Fl": b"FlateDecode",
    b"RL": b"RunLengthDecode",
    b"CCF": b"CCITTFaxDecode",
    b"DCT": b"DCTDecode",
}
_PICTURES: Final = frozenset({b"DCTDecode", b"JPXDecode", b"CCITTFaxDecode", b"JBIG2Decode"})
_CRYPT: Final = b"Crypt"
_BLANKS: Final = b"\0\t\n\f\r "
_LEADING: Final = 64
_TRIED: Final = 4
"""Places at which a stream that does not begin as it should is tried."""
_FLUSHED: Final = b"\0\0\xff\xff"
"""An empty stored block, with which what was compressed so far is given out."""
_PREDICTED: Final = frozenset({_FLATE, b"LZWDecode"})
_ALPHABETS: Final = {
    b"ASCIIHexDecode": b"0123456789ABCDEFabcdef<>" + _BLANKS,
    b"ASCII85Decode": bytes(range(0x21, 0x76)) + b"z~" + _BLANKS,
}
_PARAMETERS: Final[tuple[bytes, ...]] = (
    b"Predictor", b"Colors", b"Columns", b"BitsPerComponent", b"EarlyChange", b"Name",
)  # fmt: skip
_MOST_PARAMETER: Final = 0xFFFFFFFF
_NOTHING: Final = 1
"""The predictor that predicts nothing."""


class Filter(NamedTuple):
    """One filter of a chain."""

    name: bytes
    parameters: Dictionary


class Undone(NamedTuple):
    """What is behind filters, as far as they could be undone."""

    data: Fmap
    status: str = "done"
    """As of a decoder, of the first that was not done; "unknown" for a filter nobody knows."""
    filter: bytes = b""
    """Which one that was."""
    others: tuple[Fmap, ...] = ()
    """What other readers make of the stream: see `undo`."""


def filters_of(dictionary: Dictionary, resolve: Callable[[Value], Value]) -> list[Filter]:
    """The filters of a stream in the order in which they are undone."""
    names = list(_names(dictionary.get(b"Filter"), resolve))
    if not names:
        return []
    parameters = _listed(resolve(dictionary.get(b"DecodeParms", dictionary.get(b"DP"))))
    chain = []
    for number, name in enumerate(names[:_MOST]):
        given = resolve(parameters[number]) if number < len(parameters) else None
        if isinstance(name, Name):
            entries = given if isinstance(given, dict) else {}
            own = {key: resolve(entries[key]) for key in _PARAMETERS if key in entries}
            chain.append(Filter(_FULL_NAMES.get(name, bytes(name)), own))
    if len(names) > _MOST:
        chain.append(Filter(b"after %d others" % _MOST, {}))  # nobody knows it, so that is told
    return chain


def is_picture_file(chain: list[Filter]) -> bool:
    """True when a filter of pictures is among them, so that the data is a file of that format."""
    return any(step.name in _PICTURES for step in chain)


def crypt_filter(chain: list[Filter]) -> bytes | None:
    """The crypt filter that a stream names; None when it names none."""
    for step in chain:
        if step.name == _CRYPT:
            name = step.parameters.get(b"Name")
            return name if isinstance(name, Name) else b"Identity"
    return None


def undo(data: Fmap, chain: list[Filter], budget: Budget, *, rows: bool = False) -> Undone:
    """Undo the filters one after the other; what failed keeps what it gave, or was given.

    Not every reader does the same. So there are others: what a predictor was given, what was given
    to a filter of text and is no such text, and the content of data that ends up as a zlib stream.
    What the last filters were given counts, as everybody does the same with the others. With `rows`
    the predictor is part of it for all readers: without it a picture is twice as large, and noise.
    """
    status, culprit = "done", b""
    others: list[Fmap] = []
    for step in chain:
        if step.name in _PICTURES:
            break
        if step.name == _CRYPT:
            continue
        undone = _undo_one(data, step, budget)
        if not (rows and step.name in _PREDICTED):
            others = _kept([*others, *undone.others], budget)
        if undone.status == "limit":
            return undone
        if not culprit:
            status, culprit = undone.status, undone.filter
        if undone.status not in _GOING_ON and not len(undone.data):
            break
        data = undone.data
    for inflated in [zlib.decode(given, budget) for given in (data, *others) if _is_zlib(given)]:
        if inflated.status == "limit":
            return Undone(inflated.data, "limit", _FLATE)
        others.append(inflated.data)
    return Undone(data, status, culprit, tuple(others))


def _kept(others: list[Fmap], budget: Budget) -> list[Fmap]:
    """The last ones, as far as there may be so much."""
    kept = others[-_MOST_OTHERS:]
    return kept if sum(map(len, kept)) <= budget.allowance() else kept[-1:]


def _undo_one(data: Fmap, step: Filter, budget: Budget) -> Undone:
    name, parameters = step
    decode = _DECODERS.get(name)
    if decode is None:
        return Undone(data, "unknown", name)
    decoded = decode(data, parameters, budget)
    status = "done" if _is_flushed(data, name, decoded) else decoded.status
    if status == "limit":
        return Undone(decoded.data, status, name)
    others = (data,) if name in _ALPHABETS and _is_other_text(data, _ALPHABETS[name]) else ()
    if name in _PREDICTED and b"Predictor" in parameters and len(decoded.data):
        rows = _unpredicted(decoded, parameters, budget)
        if rows is None:  # what was compressed is more than nothing
            return Undone(decoded.data, "corrupt", b"Predictor")
        if rows is not decoded:
            others, decoded = (decoded.data,), rows
    return Undone(decoded.data, status, b"" if status == "done" else name, others)


def _is_zlib(data: Fmap) -> bool:
    """Whether data begins as a zlib stream does (RFC 1950, 2.2)."""
    head = data.read(0, 2)
    return len(head) > 1 and head[0] & 0x8F == _DEFLATE and (head[0] << 8 | head[1]) % 31 == 0


def _is_other_text(data: Fmap, alphabet: bytes) -> bool:
    """Whether what should be text of an alphabet begins otherwise."""
    return bool(data.read(0, _LEADING).translate(None, alphabet))


def _is_flushed(data: Fmap, name: bytes, decoded: Decoded) -> bool:
    """Whether a Flate stream that did not end gave all that it holds."""
    if name != b"FlateDecode" or decoded.status != "truncated":
        return False
    size = len(data)
    tail = data.read(max(0, size - _LEADING), size)
    return size == 0 or tail.rstrip(b"\r\n").endswith(_FLUSHED)


def _listed(value: Value) -> list[Value]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _names(value: Value, resolve: Callable[[Value], Value]) -> Iterator[Value]:
    """The names of filters, in whatever arrays they are."""
    queue = [value]
    for _ in range(_MOST_NAMES):
        if not queue:
            return
        item = resolve(queue.pop())  # one at a time: an array may be full of references to itself
        if isinstance(item, list):
            queue.extend(reversed(item[:_MOST_NAMES]))
        else:
            yield item
    if queue:
        yield Name(b"after %d others" % _MOST_NAMES)  # nobody knows it, so that is told


def _flate(source: Fmap, _parameters: Dictionary, budget: Budget) -> Decoded:
    decoded = zlib.decode(source, budget)
    if decoded.status == "done" or len(decoded.data):
        return decoded
    later = _later_zlib(source, budget)
    if later is not None:
        return later
    for skipped in (0, 2):
        bare = deflate.decode(source.slice(skipped, len(source)), budget)
        if bare.status == "done":
            return bare
    return decoded


def _later_zlib(source: Fmap, budget: Budget) -> Decoded | None:
    """A zlib stream behind something else: the one that is whole, or gives most."""
    head = source.read(0, _LEADING)
    starts = [at for at in range(1, len(head)) if _is_zlib(source.slice(at, 2))][:_TRIED]
    found = [zlib.decode(source.slice(at, len(source)), budget) for at in starts]
    best = max(found, key=lambda one: (one.status == "done", len(one.data)), default=None)
    return best if best is not None and len(best.data) else None


def _lzw(source: Fmap, parameters: Dictionary, budget: Budget) -> Decoded:
    return lzw.decode(source, budget, early=parameters.get(b"EarlyChange") != 0)


def _hex(source: Fmap, _parameters: Dictionary, budget: Budget) -> Decoded:
    return ascii_hex.decode(source, budget)


def _base85(source: Fmap, _parameters: Dictionary, budget: Budget) -> Decoded:
    return ascii_85.decode(source, budget)


def _runs(source: Fmap, _parameters: Dictionary, budget: Budget) -> Decoded:
    return run_length.decode(source, budget)


def _unpredicted(decoded: Decoded, parameters: Dictionary, budget: Budget) -> Decoded | None:
    """What a predictor was given; None when its parameters make no sense."""
    kind = _number(parameters, b"Predictor", _NOTHING)
    if kind <= _NOTHING:
        return decoded
    colors, columns = _number(parameters, b"Colors", 1), _number(parameters, b"Columns", 1)
    bits = _number(parameters, b"BitsPerComponent", 8)
    rows = predictor.undo(decoded.data, budget, (kind, colors, bits, columns), len(decoded.data))
    return rows if rows.status == "done" else None


def _number(parameters: Dictionary, key: bytes, default: int) -> int:
    value = parameters.get(key)
    return value if isinstance(value, int) and 0 <= value <= _MOST_PARAMETER else default


_DECODERS: Final[dict[bytes, Callable[[Fmap, Dictionary, Budget], Decoded]]] = {
    b"FlateDecode": _flate,
    b"LZWDecode": _lzw,
    b"ASCIIHexDecode": _hex,
    b"ASCII85Decode": _base85,
    b"RunLengthDecode": _runs,
}
