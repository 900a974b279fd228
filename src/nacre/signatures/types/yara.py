"""YARA rules: the language that ClamAV knows of it.

Texts, hex strings, regexes, and conditions about them, the file's size and its bytes; no modules.
A rule that cannot be used is left out, the rest of its file is not.
"""

from __future__ import annotations

from nacre.signatures.base import LineKind, SignatureType, Status

TYPE = SignatureType(
    name="YARA rules",
    suffixes=("yar", "yara"),
    status=Status.USED,
    kind=LineKind.RULES,
    by_line=False,
    forgiving=True,
)
