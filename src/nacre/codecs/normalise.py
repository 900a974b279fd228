"""The copies of text and HTML on which signatures are matched besides, or instead of, the raw bytes."""

from __future__ import annotations

from nacre import _native
from nacre.model.errors import NacreError
from nacre.model.fmap import Fmap


def normalise_text(source: Fmap, directory: str) -> Fmap:
    """Text in lower case with single spaces, ASCII only; large copies go to `directory`.

    Raises:
        NacreError: the temporary file cannot be written.
    """
    try:
        return _native.normalise_text(source, directory)
    except OSError as error:
        raise NacreError(f"normalised text: temporary file: {error}") from error


class HtmlViews:
    """Placeholder until the HTML views land on this branch."""

    no_comment: Fmap | None = None
    no_tags: Fmap | None = None
    script: Fmap | None = None


def normalise_html(source: Fmap, max_no_tags: int, directory: str) -> HtmlViews:
    """Placeholder."""
    del source, max_no_tags, directory
    return HtmlViews()
