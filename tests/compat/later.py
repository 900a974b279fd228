"""What the comparison leaves out until nacre has it. May only shrink."""

from __future__ import annotations

LATER: frozenset[str] = frozenset({"mail", "javascript"})
"""Mail taken apart, scripts normalised; rows say what they need in `needs`."""
