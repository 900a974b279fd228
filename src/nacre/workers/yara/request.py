"""What a scanner sends a matcher: the layer's size, the seconds it may take, then its bytes.

The answer is a message of `wire`: the names of the rules, or why there are none.
"""

from __future__ import annotations

import struct

HEAD = struct.Struct(">Qd")
GRACE_SECONDS = 2.0
"""How much longer than its time a layer may take before the matcher is killed."""
