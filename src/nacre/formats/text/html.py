"""HTML pages: what they carry besides what the normalised copies show.

Layout: text with tags. A `data:` URL holds a file, in an attribute (`<a href="data:…">`) or in a
style sheet (`url(data:…)`). Spec: RFC 2397, HTML. Yields these files. Pictures in SVG count too.

As ClamAV does, the file of an attribute is made a small mail with the media type in its header,
which is the Child (a view: the page stays the container of what is in the mail); of a style sheet
it is the file itself. What scripts write as base64 or numbers (HTML smuggling) is opened as well,
see formats/literals.py. ClamAV looks only at ``data:`` in lower case, at tags outside of comments
and scripts, at one `url()` in each `<style>`, and at base64 there; here every one counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import transfer
from nacre.formats.base import label, refusal, stored_member
from nacre.formats.literals import literals
from nacre.model.event import Child, Event, Metadata, Problem
from nacre.model.filetype import FileType
from nacre.parsers import html
from nacre.parsers.links import addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAIL: Final = b"From html-normalise\nContent-type: "
_ENCODED: Final = b"\nContent-transfer-encoding: base64"

_MOST_ADDRESSES: Final = 1000
_MOST_URLS: Final = 10_000
"""In one page: the smallest are not counted as files."""


class HtmlHandler:
    """Opens HTML pages."""

    TYPES: ClassVar = frozenset({FileType.HTML, FileType.HTML_UTF16})
    OPTION: ClassVar = "scan_html"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files inside."""
        yield from literals(data, budget, page=True)
        if 0 < budget.limits.max_html_normalize < len(data):
            return  # the engine says so
        page = html.with_plain_schemes(html.narrowed(data, budget), budget)
        for number, url in enumerate(html.data_urls(page, budget)):
            if number >= _MOST_URLS:
                yield Problem(f"more than {_MOST_URLS} data URLs")
                return
            yield from _file(url, budget)

    def describe(self, data: Fmap, budget: Budget) -> Iterator[Metadata]:
        """Tell the absolute addresses that the page links to."""
        if not 0 < budget.limits.max_html_normalize < len(data):
            found = addresses(data, budget, _MOST_ADDRESSES)
            if found:
                yield Metadata("URIs", [*found])


def _file(url: html.DataUrl, budget: Budget) -> Iterator[Event]:
    refused = refusal(len(url.content), url.media, budget)
    if refused:
        yield refused
        return
    if not url.closed:
        yield Problem(f"{label(url.media)}: the page ends within a data URL")
    text = html.resolved(url.content, budget)
    if not url.base64 or text.find(b"%", 0, len(text)) >= 0:
        text = html.unescaped(text, budget)
    if not url.in_style:
        head = _MAIL + _header(url.media) + (_ENCODED if url.base64 else b"") + b"\n\n"
        yield Child(html.between(head, text, b"", budget), file_type=FileType.MAIL, view=True)
    else:
        content = transfer.base64(text, budget) if url.base64 else text
        yield from stored_member(content, b"", len(url.content), budget)


def _header(media: bytes) -> bytes:
    """One line in lower case, as signatures have it; a boundary would name no part that way."""
    line = b" ".join(media.splitlines())
    return line if b"boundary" in line.lower() else line.lower()
