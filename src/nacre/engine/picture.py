"""Which layers are pictures whose perceptual hash counts, and what metadata says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.model.errors import FormatError
from nacre.model.event import Metadata
from nacre.model.filetype import FileType
from nacre.model.switches import Switch

if TYPE_CHECKING:
    from nacre.model.layer import Layer
    from nacre.model.options import ScanOptions
    from nacre.model.switches import Switches

_PICTURES = frozenset({FileType.GRAPHICS, FileType.GIF, FileType.PNG, FileType.JPEG, FileType.TIFF})


def is_compared(layer: Layer, options: ScanOptions, switches: Switches) -> bool:
    """True when `layer` is a picture, and neither options nor database leave its hash out."""
    return (
        layer.file_type in _PICTURES
        and options.scan_image
        and options.scan_image_fuzzy_hash
        and switches.has(Switch.FUZZY_HASHES)
    )


def hash_fact(layer: Layer) -> Metadata:
    """What metadata says of a picture, under ClamAV's keys."""
    from nacre.codecs.picture import fuzzy_hash  # noqa: PLC0415 - only for metadata

    try:
        return Metadata("ImageFuzzyHash", {"Hash": fuzzy_hash(layer.data).hex()})
    except FormatError as error:
        return Metadata("ImageFuzzyHash", {"Error": str(error)})
