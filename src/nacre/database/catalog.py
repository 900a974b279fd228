"""Catalogs on their way into an image: only what rules loaded before them trust."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from nacre.model.errors import FormatError
from nacre.trust.catalog import MOST_BYTES, members
from nacre.trust.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nacre.matching import ImageBuilder

_log = logging.getLogger(__name__)


def add_catalog(chunks: Iterable[bytes | memoryview], builder: ImageBuilder) -> None:
    """Add the digests of one catalog; one that is not trusted adds none, as in ClamAV.

    Its signer must be valid now: the image keeps what was vouched for when it was compiled.
    """
    catalog = bytearray()
    for chunk in chunks:
        # Read to the end whatever comes: the next member of a container stands behind it.
        if len(catalog) <= MOST_BYTES:
            catalog += chunk
    if len(catalog) > MOST_BYTES:
        _log.debug("catalog of more than %d bytes", MOST_BYTES)
        return
    rules = Rules(builder.certificate_rules())
    try:
        for program, digest in members(bytes(catalog), rules, int(time.time())):
            builder.add_catalogued(digest, program=program)
    except FormatError as error:
        _log.debug("catalog not read further: %s", error)
