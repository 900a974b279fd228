"""Evidence to verdict: what counts, what it is worth, what ends the scan.

An indicator is accepted unless an allow-list names its layer or any layer around it. A strong one
ends the scan, or is collected when all matches are wanted; potentially unwanted ones wait until the
end, in case a strong one turns up. Weak ones only keep a layer out of the clean cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.model.verdict import Alert, Incident, Report, Strength, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nacre.engine.watch import Watch
    from nacre.model.event import Metadata
    from nacre.model.fmap import Fmap
    from nacre.model.layer import Layer
    from nacre.model.options import ScanOptions

MAX_ALERTS = 10_000
MAX_INCIDENTS = 100
"""What one report lists; a file may hold any number of damaged members."""


class Decided(Exception):  # noqa: N818 - not an error: ends the loop when the verdict is final
    """Nothing that is still to be scanned can change the answer."""


class Trusted(Exception):  # noqa: N818 - not an error: ends one layer and all inside it
    """There is reason to believe `layer`: an allow-list names it, or its signature is trusted."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        super().__init__()


class Evidence:
    """Collects what one scan found and what it could not see."""

    def __init__(
        self,
        options: ScanOptions,
        trusts: Callable[[Fmap], bool],
        watches: Sequence[Watch] = (),
    ) -> None:
        self._options = options
        self._watches = watches
        self._trusts = trusts
        self._strong: list[Alert] = []
        self._unwanted: list[Alert] = []
        self._incidents: list[Incident] = []
        self._unlisted = 0
        self._limit: str | None = None

    def indicate(self, layer: Layer, name: str) -> None:
        """Weigh an indicator found in `layer`.

        Raises:
            Trusted: an allow-list names the layer or one around it.
            Decided: it settles the verdict.
        """
        trusted = self._trusted_around(layer)
        if trusted is not None:
            raise Trusted(trusted)
        layer.cacheable = False
        strength = Strength.of(name)
        if strength is Strength.PUA and self._options.heuristic_scan_precedence:
            strength = Strength.STRONG
        if strength is Strength.WEAK:
            return
        alerts = self._strong if strength is Strength.STRONG else self._unwanted
        if len(alerts) < MAX_ALERTS:
            place = layer.path(), layer.file_type, layer.depth, layer.containers()
            alerts.append(Alert(name, strength, *place))
            for watch in self._watches:
                watch.found(layer, name)
        if strength is Strength.STRONG and not self._options.all_match:
            raise Decided

    def _trusted_around(self, layer: Layer) -> Layer | None:
        """The outermost of the layers from `layer` outwards that an allow-list names."""
        found = None
        outer: Layer | None = layer
        while outer is not None:
            if outer.trusted is None:
                outer.trusted = self._trusts(outer.data)
            if outer.trusted:
                found = outer
            outer = outer.parent
        return found

    def incident(self, layer: Layer, reason: str, path: tuple[str, ...] | None = None) -> None:
        """Record that some of `layer` was not scanned."""
        self._record(layer, reason, path=path)

    def limit(self, layer: Layer, option: str, reason: str) -> None:
        """Record that a limit kept `layer`, or a part, from being scanned; raises as `indicate`."""
        self._record(layer, reason, option)
        if self._limit is None:
            self._limit = option
            if self._options.alert_exceeds_max:
                self.indicate(layer, f"Heuristics.Limits.Exceeded.{option}")

    def fact(self, layer: Layer, fact: Metadata) -> None:
        """Pass on what is known about `layer`."""
        for watch in self._watches:
            watch.fact(layer, fact)

    def _record(
        self,
        layer: Layer,
        reason: str,
        option: str | None = None,
        path: tuple[str, ...] | None = None,
    ) -> None:
        layer.cacheable = False
        if len(self._incidents) < MAX_INCIDENTS:
            self._incidents.append(Incident(reason, layer.path() if path is None else path, option))
        else:
            self._unlisted += 1

    def mark(self) -> int:
        """Where the incidents of a layer that begins now will start; see `forget`."""
        return len(self._incidents)

    def forget(self, mark: int) -> None:
        """Drop the incidents since `mark`: they were inside a layer that is trusted."""
        del self._incidents[mark:]

    def report(self, root: Layer, bytes_scanned: int, layers: int) -> Report:
        """The verdict of the whole scan."""
        alerts = self._strong + self._unwanted
        if not self._options.all_match:
            # One name is needed: the strong one that ended the scan, else the first of the others.
            alerts = alerts[:1]
        incidents = self._incidents
        if self._unlisted:
            incidents = [*incidents, Incident(f"and {self._unlisted} more like these")]
        if self._strong:
            verdict = Verdict.STRONG
        elif self._unwanted:
            verdict = Verdict.PUA
        else:
            verdict = Verdict.TRUSTED if root.trusted else Verdict.NOTHING_FOUND
        return Report(
            verdict,
            tuple(alerts),
            tuple(incidents),
            root.file_type,
            root.size,
            bytes_scanned,
            layers,
        )
