"""Which check looks at which file type, made by `python -m nacre.heuristics.walk`."""

from __future__ import annotations

INDEX: dict[str, tuple[str, str]] = {
    "structured.StructuredCheck": ("structured_data_detection", "TEXT_ASCII"),
}
