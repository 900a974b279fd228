"""The links of an HTML page: where each goes, and what the reader is shown.

What is shown is the text up to the end tag, the title, and the pictures inside; inside a form the
links are what is shown of the form's target. As in ClamAV, a comment is what stands between `<!`
and the next `>`, and the bodies of scripts and styles hold no links. This is no HTML parser.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.parsers.html import narrowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_NAME: Final = re.compile(rb"\s*(/?[a-z]+)")
_LONGEST_NAME: Final = 16
_LONGEST_TAG: Final = 8192
_LONGEST_TEXT: Final = 4096
_ATTRIBUTE: Final = re.compile(
    rb"(?<![\w-])([\w-]+)\s*=\s*(?:\"([^\"]*)|'([^']*)|([^\s\"'>][^\s>]*))"
)
_OPAQUE: Final = {
    b"script": re.compile(rb"</script", re.IGNORECASE),
    b"style": re.compile(rb"</style", re.IGNORECASE),
}
_ADDRESS: Final = re.compile(
    rb"\b(?:href|src|action)\s{0,64}=\s{0,64}[\"']?((?:https?|ftp)://[^\s\"'<>]{1,2048})",
    re.IGNORECASE,
)
_STOP: Final = re.compile(rb"\xe3\x80\x82|\xef\xbc\x8e|\xef\xb9\x92|\xef\xbd\xa1")
_CONTROLS: Final = bytes(range(0x20))


class Link(NamedTuple):
    """A pair of addresses, decoded to text of one character per byte."""

    real: str
    shown: str
    """Empty where the link shows nothing that could be an address."""
    picture: bool = False
    """What is shown is a picture."""


def links(page: Fmap, budget: Budget) -> Iterator[Link]:
    """The links of a page, front to back."""
    page = narrowed(page, budget)
    walk = _Walk(page.read(0, len(page)))
    for link in walk.links():
        budget.check_time()
        if link is not None:
            yield link


def addresses(page: Fmap, budget: Budget, most: int) -> list[str]:
    """The absolute addresses in the attributes of a page, each once, at most so many."""
    page = narrowed(page, budget)
    found: dict[str, None] = {}
    for address in _ADDRESS.finditer(page.read(0, len(page))):
        budget.check_time()
        found[_text(address[1])] = None
        if len(found) >= most:
            break
    return [*found]


class _Walk:
    """Goes through a page tag by tag."""

    def __init__(self, page: bytes) -> None:
        self._page = page
        self._at = 0
        self._target: str | None = None
        """Of the link that is open."""
        self._shown: list[bytes] = []
        self._size = 0
        self._form = ""

    def links(self) -> Iterator[Link | None]:
        """The links, and None now and then between them."""
        page = self._page
        while (start := page.find(b"<", self._at)) >= 0:
            self._show(self._at, start)
            end = page.find(b">", start)
            if end < 0:
                self._at = len(page)
                break
            self._at = end + 1
            name = _NAME.match(page[start + 1 : start + 1 + _LONGEST_NAME].lower())
            if name is None:
                yield None
                continue
            yield from self._tag(name[1], page[start : min(end, start + _LONGEST_TAG)])
        self._show(self._at, len(page))
        yield from self._close()

    def _tag(self, name: bytes, tag: bytes) -> Iterator[Link | None]:
        if name == b"a":
            yield from self._open(_attributes(tag))
        elif name == b"/a":
            yield from self._close()
        elif name == b"img" and self._target is not None:
            yield Link(self._target, _attributes(tag).get(b"src", ""), picture=True)
        elif name == b"form":
            self._form = _attributes(tag).get(b"action", "")
        elif name == b"/form":
            self._form = ""
        elif name in _OPAQUE:
            body = _OPAQUE[name].search(self._page, self._at)
            self._at = body.start() if body else len(self._page)
        yield None

    def _open(self, attributes: dict[bytes, str]) -> Iterator[Link]:
        target = attributes.get(b"href")
        if not target:
            return  # an anchor: the link around it goes on
        yield from self._close()
        self._target = target
        if title := attributes.get(b"title"):
            yield Link(self._target, title)
        if self._form:
            yield Link(self._form, self._target)

    def _close(self) -> Iterator[Link]:
        if self._target is not None:
            text = b"".join(self._shown)
            yield Link(self._target, _text(text))
        self._target, self._shown, self._size = None, [], 0

    def _show(self, start: int, end: int) -> None:
        if self._target is not None and self._size < _LONGEST_TEXT:
            self._shown.append(self._page[start : min(end, start + _LONGEST_TEXT)])
            self._size += end - start


def _attributes(tag: bytes) -> dict[bytes, str]:
    """The attributes of a tag by name in lower case; of two alike the first counts."""
    found: dict[bytes, str] = {}
    for attribute in _ATTRIBUTE.finditer(tag):
        value = attribute[2] or attribute[3] or attribute[4] or b""
        found.setdefault(attribute[1].lower(), _text(value.translate(None, _CONTROLS)))
    return found


def _text(value: bytes) -> str:
    """References resolved, full stops of Chinese and Japanese in UTF-8 as those of an address."""
    return unescape(_STOP.sub(b".", value).decode("latin-1"))
