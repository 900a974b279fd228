"""How many requests one address may make."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field

MAX_ADDRESSES = 1 << 16


@dataclass(slots=True)
class Gate:
    """A bucket of tokens for each address: full at first, one for a request.

    The addresses that asked last are remembered, so that memory has a bound; whoever is forgotten
    begins with a full bucket.
    """

    per_minute: int
    burst: int
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, address: str, now: float) -> int:
        """Seconds until this address may ask again; 0 for now."""
        tokens, since = self._buckets.pop(address, (float(self.burst), now))
        tokens = min(self.burst, tokens + (now - since) * self.per_minute / 60)
        allowed = tokens >= 1
        self._buckets[address] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        return 0 if allowed else math.ceil((1 - tokens) * 60 / self.per_minute)
