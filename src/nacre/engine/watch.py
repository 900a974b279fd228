"""Being told what a scan does while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nacre.model.event import Metadata
    from nacre.model.layer import Layer


class Watch(Protocol):
    """Is told of every layer, from the outermost inwards. Must not keep layers: they hold data."""

    def enter(self, layer: Layer) -> None:
        """`layer` is going to be scanned; its type is not known yet."""

    def found(self, layer: Layer, name: str) -> None:
        """`layer` has an indicator that will be reported."""

    def fact(self, layer: Layer, fact: Metadata) -> None:
        """Something is known about `layer`; only if `ScanOptions` ask for facts."""

    def leave(self, layer: Layer) -> None:
        """`layer` and all inside it is done."""
