"""The copies of text and HTML that signatures are matched on besides, or instead of, the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre import _native
from nacre._native import HtmlViews
from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

__all__ = ["HtmlViews", "normalise_html", "normalise_text"]


def normalise_text(source: Fmap, directory: str) -> Fmap:
    """Text in lower case with single spaces, ASCII only; a large copy goes to `directory`.

    Raises:
        NacreError: the temporary file cannot be written.
    """
    try:
        return _native.normalise_text(source, directory)
    except OSError as error:
        raise NacreError(f"normalised text: temporary file: {error}") from error


def normalise_html(
    source: Fmap, max_no_tags: int, directory: str, *, wide: bool = False, plain: bool = False
) -> HtmlViews:
    """A page without comments, without tags (up to `max_no_tags` bytes, 0: any), and its scripts.

    `wide`: two bytes are a character (``CL_TYPE_HTML_UTF16``). Large copies go to `directory`.
    `plain`: a tag ends where it does for a browser behind a `data:` URL without quotes; ClamAV's
    reading goes on, and where it did the copies are `misread`.

    Raises:
        NacreError: the temporary file cannot be written.
    """
    try:
        return _native.normalise_html(source, max_no_tags, directory, wide, plain)
    except OSError as error:
        raise NacreError(f"normalised HTML: temporary file: {error}") from error
