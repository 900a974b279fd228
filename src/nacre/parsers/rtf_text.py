r"""The text of groups in RTF that say what is to be loaded: fields and templates.

Layout: ``{\keyword text}``, in which ``\'hh`` is a byte, ``\uN`` a character that stands before
``\ucN`` bytes for readers that do not know it, and whatever has a name of letters no text.
Spec: Rich Text Format 1.9.1, "Unicode RTF", "Fields", "Document Formatting Properties".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nacre.parsers import any_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_SIZES: Final = (1 << 10, 64 << 10, 1 << 20)
"""Of pieces that are tried until the group ends inside."""
_TOKEN: Final = re.compile(
    rb"\\'([0-9A-Fa-f]{2})|\\u(-?[0-9]{1,6}) ?|\\uc([0-9]{1,2}) ?|(\{)|(\})"
    rb"|\\[A-Za-z]++(?:-?[0-9]++)? ?|\\[\r\n*]|\\(.)|[\r\n]++|([^\\{}\r\n])",
    re.DOTALL,
)
_BYTE, _CHARACTER, _SKIPPED, _OPEN, _CLOSE, _SYMBOL, _PLAIN = range(1, 8)


def texts(data: Fmap, keyword: bytes, budget: Budget) -> Iterator[bytes]:
    """The text of each group of `keyword`, such as ``fldinst``, in UTF-8."""
    word = b"\\" + keyword
    at = 0
    while (found := any_case.find(data, word, at)) >= 0:
        budget.check_time()
        start = found + len(word)
        for size in _SIZES:
            group = data.read(start, size)
            text, length = _text(group)
            if length < len(group):
                break
        at = start + length
        if text:
            yield text


def _text(group: bytes) -> tuple[bytes, int]:
    """The text up to the end of the group, and how long that is as it is written."""
    out = bytearray()
    depth, skip, fallback = 0, 0, 1
    at = 0
    for token in _TOKEN.finditer(group):
        at = token.end()
        kind = token.lastindex
        depth += (kind == _OPEN) - (kind == _CLOSE)
        if depth < 0:
            break
        if kind == _SKIPPED:
            fallback = int(token[_SKIPPED])
        elif kind == _CHARACTER:
            out += (int(token[_CHARACTER]) & 0xFFFF).to_bytes(2, "little")
            skip = fallback
        elif kind in (_BYTE, _SYMBOL, _PLAIN) and skip:
            skip -= 1
        elif kind == _BYTE:
            out += bytes((int(token[_BYTE], 16), 0))
        elif kind in (_SYMBOL, _PLAIN):
            out += token[kind] + b"\0"
    return out.decode("utf-16-le", "replace").encode("utf-8").strip(), at
