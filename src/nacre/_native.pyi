"""The native extension (crates/python). Only numbers, bytes and ids cross.

Each section belongs to one crate; only that crate's façade room imports it.
"""

from typing import Literal, final

# crates/fmap, façade nacre.model.fmap

@final
class Fmap:
    """Immutable bytes; slices share memory. Offsets and sizes beyond the end are cut."""

    @staticmethod
    def from_bytes(data: bytes) -> Fmap: ...
    @staticmethod
    def from_fd(fd: int, size: int) -> Fmap: ...
    def __len__(self) -> int: ...
    def read(self, offset: int, size: int) -> bytes: ...
    def slice(self, offset: int, size: int) -> Fmap: ...
    def find(self, needle: bytes, start: int, end: int) -> int: ...
    def rfind(self, needle: bytes, start: int, end: int) -> int: ...
    def digest(self, kind: str) -> bytes: ...
    @property
    def short(self) -> bool: ...

@final
class Spool:
    """Collects output in memory, in an unnamed temporary file once it exceeds `memory` bytes."""

    def __init__(self, directory: str, memory: int) -> None: ...
    def __len__(self) -> int: ...
    def write(self, data: bytes) -> None: ...
    def finish(self) -> Fmap: ...

# crates/codecs, façade nacre.codecs

@final
class Decoded:
    """One decoded stream: what came out, how much of the source it was, how it ended."""

    @property
    def data(self) -> Fmap: ...
    @property
    def consumed(self) -> int: ...
    @property
    def status(
        self,
    ) -> Literal["done", "truncated", "corrupt", "limit", "window", "storage"]: ...

def decode(
    method: str,
    source: Fmap,
    max_output: int,
    directory: str,
    seconds: float,
    size: int | None = None,
) -> Decoded: ...
