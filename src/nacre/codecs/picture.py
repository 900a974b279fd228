"""The perceptual hash of a picture, which `fuzzy_img#` subsignatures name; bit for bit ClamAV's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre import _native
from nacre.model.errors import Corrupt

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap


def fuzzy_hash(picture: Fmap) -> bytes:
    """The eight bytes of the hash.

    Raises:
        Corrupt: it is no picture that can be decoded, or too large a one.
    """
    try:
        return _native.picture_hash(picture)
    except ValueError as error:
        raise Corrupt(str(error)) from error
