"""Windows code pages by number, as Office documents name them."""

from __future__ import annotations

from typing import Final

_UTF_8: Final = 65001
_UTF_16: Final = 1200
_CODECS: Final = {
    _UTF_8: "utf-8", _UTF_16: "utf-16-le", 10000: "mac_roman", 10006: "mac_greek",
    10007: "mac_cyrillic", 10029: "mac_latin2", 10081: "mac_turkish", 20866: "koi8_r",
    20932: "euc_jp", 21866: "koi8_u", 51949: "euc_kr", 54936: "gb18030",
    **{28590 + part: f"iso8859_{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 15)},
    **{page: f"cp{page}" for page in (437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862,
       863, 864, 865, 866, 869, 874, 932, 949, 950, *range(1250, 1259))},
    936: "gbk", 1361: "johab",
}  # fmt: skip
_UNKNOWN: Final = "latin-1"


def decoded(text: bytes, page: int) -> str:
    """`text` of a code page; bytes that mean nothing there are marked."""
    return text.decode(_CODECS.get(page, _UNKNOWN), "replace")
