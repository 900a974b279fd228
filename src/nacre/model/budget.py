"""What is left of the limits: the only counter of a scan.

One budget belongs to one top-level scan and is handed to every handler. A handler asks *before* it
produces: `allowance` says how much one child may have, `check_child` whether it would be scanned at
all; `charge` is called by the engine when the child becomes a layer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

from nacre.model.errors import LimitExceeded
from nacre.model.filetype import FileType
from nacre.model.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nacre.model.limits import Limits

Passwords: TypeAlias = "Mapping[FileType, tuple[bytes, ...]]"
"""Passwords to try on archives of a type; those under `FileType.ANY` are for all others."""

_NO_PASSWORDS: Passwords = {}
_ALWAYS = 16 << 10
"""What a child may have even after much was decoded in vain: small ones cost little."""


class Budget:
    """Counts layers and bytes of one scan against its limits."""

    __slots__ = (
        "_deadline",
        "_passwords",
        "_wasted",
        "bytes",
        "directory",
        "facts",
        "files",
        "limits",
        "switches",
    )

    def __init__(
        self,
        limits: Limits,
        directory: str = "/tmp",  # noqa: S108 the caller's choice comes first; files there have no name
        passwords: Passwords = _NO_PASSWORDS,
        *,
        switches: Switches | None = None,
        facts: bool = False,
    ) -> None:
        self.limits = limits
        self.switches = switches or Switches()
        """What a database leaves on of handlers that have parts."""
        self.facts = facts
        """Whether anybody wants Metadata, which takes time to find out."""
        self.directory = directory
        """Where decoders keep output that is too large for memory."""
        self._passwords = passwords
        self.files = 0
        self.bytes = 0
        self._wasted = 0
        self._deadline = (
            time.monotonic() + limits.max_scan_time / 1000 if limits.max_scan_time else float("inf")
        )

    def passwords_for(self, container: FileType) -> tuple[bytes, ...]:
        """Passwords to try on an archive of type `container`, the likeliest first."""
        return self._passwords.get(container, self._passwords.get(FileType.ANY, ()))

    def check_time(self) -> None:
        """Raise LimitExceeded once MaxScanTime is over. Cheap: for every loop over file data."""
        if time.monotonic() > self._deadline:
            raise LimitExceeded("MaxScanTime")

    def remaining_time(self) -> float:
        """Seconds left; infinite without a time limit."""
        return max(0.0, self._deadline - time.monotonic())

    def allowance(self) -> int:
        """The most bytes one further child may have: what MaxFileSize and MaxScanSize leave."""
        together = self.allowance_together()
        return min(together, self.limits.max_file_size or together)

    def allowance_together(self) -> int:
        """The most bytes that several further children may have: what MaxScanSize leaves."""
        if not self.limits.max_scan_size:
            return 1 << 62
        left = max(0, self.limits.max_scan_size - self.bytes)
        return min(left, max(_ALWAYS, self.limits.max_scan_size - self._wasted))

    def shared_allowance(self) -> int:
        """The most bytes that may be decoded at once for several children, each to be checked."""
        limit = self.limits.max_scan_size
        return max(_ALWAYS, limit - self._wasted) if limit else 1 << 62

    def check_child(self, size: int) -> None:
        """Raise LimitExceeded when a child of `size` bytes would not be scanned anyway.

        Several limits may be exceeded at once; the order decides which one is named.
        """
        self.check_time()
        limits = self.limits
        if limits.max_scan_size and size > limits.max_scan_size - self.bytes:
            raise LimitExceeded("MaxScanSize", f"{size} bytes")
        if limits.max_file_size and size > limits.max_file_size:
            raise LimitExceeded("MaxFileSize", f"{size} bytes")
        if limits.max_files and self.files >= limits.max_files:
            raise LimitExceeded("MaxFiles")

    def fits(self, size: int) -> bool:
        """Whether a child of `size` bytes would be scanned."""
        try:
            self.check_child(size)
        except LimitExceeded:
            return False
        return True

    def charge(self, size: int, depth: int = 1, *, counted: bool = True) -> None:
        """Count one layer of `size` bytes at `depth`; raises LimitExceeded when it does not fit.

        Layers that are another look at bytes already counted are checked, but not `counted`.
        """
        if depth == 1 and 0 < self.limits.max_file_size < size:
            raise LimitExceeded("MaxFileSize", f"{size} bytes")  # named before any other here
        self.check_child(size)
        if depth > self.limits.max_recursion:
            raise LimitExceeded("MaxRecursion")
        if counted:
            self.files += 1
            self.bytes += size

    def waste(self, size: int) -> None:
        """Count output that becomes no layer. What MaxScanSize allows of it, lowers `allowance`."""
        self._wasted += size
