"""The only façade over the native matcher: a signature image in, matches out.

`Image` is a compiled database, mapped read-only. `Image.scan` takes the bytes of one view of a
layer and answers with every signature that matches it, in the order in which ClamAV would report
them: body signatures by position, then hashes (MD5, SHA-1, SHA-256), then logical signatures by
load order, those of the layer's own target before those of target 0.

`Ere` is a POSIX extended regular expression over bytes, in the dialect of ClamAV; the native
class itself, as it needs no wrapping: `Ere(pattern)` raises ValueError with the reason,
`matches(text)` answers.
"""

from __future__ import annotations

from nacre._native import Ere
from nacre.matching.builder import ImageBuilder, SourceReport
from nacre.matching.certificate import CertificateRule
from nacre.matching.image import FUNCTIONALITY_LEVEL, IMAGE_VERSION, Image, Selection
from nacre.matching.match import Answer, Facts, KeptLine, Kind, Magic, Match, TypeHit, View

__all__ = [
    "FUNCTIONALITY_LEVEL",
    "IMAGE_VERSION",
    "Answer",
    "CertificateRule",
    "Ere",
    "Facts",
    "Image",
    "ImageBuilder",
    "KeptLine",
    "Kind",
    "Magic",
    "Match",
    "Selection",
    "SourceReport",
    "TypeHit",
    "View",
]
