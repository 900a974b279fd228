"""One scan: a loop over an explicit stack of layers.

A child is scanned fully before the stage that yielded it goes on. Limits end a layer, the time
limit ends the scan, an indicator may end either; none of them is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.engine.evidence import Decided, Evidence, Trusted
from nacre.engine.stages import Stage, Stages
from nacre.model.budget import Budget
from nacre.model.errors import FormatError, LimitExceeded
from nacre.model.layer import Layer, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nacre.engine.cache import CacheKey, CleanCache
    from nacre.engine.setup import Setup
    from nacre.engine.watch import Watch
    from nacre.model.verdict import Report

SMALLEST = 6
"""Bytes of the smallest layer that is scanned at all; the copies of a page may have fewer."""

_DONE: Iterator[Layer] = iter(())
_COUNTED = frozenset({Role.MEMBER, Role.CARVED, Role.MACROS})


class _Frame:
    """A layer on the stack and what is left to do with it."""

    __slots__ = ("children", "fruitful", "key", "layer", "mark", "planned", "stages")

    def __init__(self, layer: Layer, mark: int) -> None:
        self.layer = layer
        self.mark = mark
        self.children = _DONE
        self.stages: Iterator[Stage] = iter(())
        self.planned = False
        self.key: CacheKey | None = None
        self.fruitful = False


class Scan:
    """Scans one outermost layer with all that is inside."""

    def __init__(self, setup: Setup, cache: CleanCache, watches: Sequence[Watch] = ()) -> None:
        self._budget = Budget(
            setup.limits,
            setup.directory,
            setup.passwords,
            switches=setup.switches,
            facts=setup.options.gen_json,
        )
        self._cache = cache
        self._watches = watches
        self._evidence = Evidence(setup.options, setup.trust.believes, watches)
        self._stages = Stages(setup, self._budget, self._evidence)
        self._strict = setup.options.strict
        self._stack: list[_Frame] = []

    def run(self, root: Layer) -> Report:
        """Scan `root` and say what was found; raises only when the options are strict."""
        try:
            self._loop(root)
        except Decided:
            self._unwind(0)
        if root.data.short:
            self._evidence.incident(root, "file changed while being scanned")
        return self._evidence.report(root, self._budget.bytes, self._budget.files)

    def _loop(self, root: Layer) -> None:
        entering: Layer | None = root
        while entering is not None or self._stack:
            try:
                if entering is not None:
                    layer, entering = entering, None
                    self._enter(layer)
                else:
                    entering = self._advance(self._stack[-1])
                    if entering is None:
                        self._leave(self._stack.pop())
            except Trusted as trust:
                self._trust(trust.layer)

    def _enter(self, layer: Layer) -> None:
        """Put a layer on the stack if the limits allow."""
        if layer.size < SMALLEST and (layer.role is not Role.VIEW or not layer.size):
            return
        try:
            # Other looks at bytes that were counted are only checked, as ClamAV does.
            self._budget.charge(layer.size, layer.depth, counted=layer.role in _COUNTED)
        except LimitExceeded as error:
            if layer.parent is not None:
                layer.parent.cacheable = False
            self._stop_at(layer, error)
        else:
            self._stack.append(_Frame(layer, self._evidence.mark()))
            for watch in self._watches:
                watch.enter(layer)

    def _advance(self, frame: _Frame) -> Layer | None:
        """The next layer to scan inside the frame's; None when all its stages are done."""
        while True:
            try:
                child = next(frame.children, None)
                if child is not None:
                    frame.fruitful = True
                    return child
                if not frame.planned:
                    frame.planned = True
                    frame.stages = self._plan(frame)
                stage = next(frame.stages, None)
                if stage is None:
                    return None
                frame.children = stage(frame.layer)
            except (Decided, Trusted):
                raise
            except LimitExceeded as error:
                frame.children = _DONE
                self._stop_at(frame.layer, error)
            except FormatError as error:
                frame.children = _DONE
                self._refused(frame, error)
            except Exception as error:  # noqa: BLE001 - the per-layer boundary: a bug costs one layer
                frame.children = _DONE
                self._failed(frame.layer, error)

    def _plan(self, frame: _Frame) -> Iterator[Stage]:
        layer = frame.layer
        # What is wrong with a message's links is not wrong with the same page elsewhere.
        if (layer.role in _COUNTED or layer.role is Role.RETYPED) and not layer.shown:
            frame.key = self._cache.key_of(layer)
            if frame.key is not None and frame.key in self._cache:
                return iter(())
        return iter(self._stages.plan(layer))

    def _stop_at(self, layer: Layer, error: LimitExceeded) -> None:
        self._evidence.limit(layer, error.option, str(error))
        if error.option == "MaxScanTime":
            raise Decided

    def _refused(self, frame: _Frame, error: FormatError) -> None:
        """A handler cannot go on. A format only suspected that gave nothing was none."""
        if frame.layer.role is Role.EMBEDDED and not frame.fruitful:
            return
        self._evidence.incident(frame.layer, str(error) or type(error).__name__.lower())

    def _failed(self, layer: Layer, error: Exception) -> None:
        if self._strict:
            raise error
        import logging  # noqa: PLC0415 - slow to import, and hardly ever needed

        logging.getLogger(__name__).debug("scanning %r failed", layer.path(), exc_info=error)
        self._evidence.incident(layer, f"internal error: {type(error).__name__}: {error}")

    def _leave(self, frame: _Frame) -> None:
        """A layer is finished: remember it when clean, else spoil its container."""
        layer = frame.layer
        for watch in self._watches:
            watch.leave(layer)
        if not layer.cacheable:
            if layer.parent is not None:
                layer.parent.cacheable = False
        elif frame.key is not None and not layer.data.short:
            self._cache.add(frame.key)

    def _unwind(self, index: int) -> None:
        """Be done with the layers from `index` inwards, innermost first."""
        while len(self._stack) > index:
            layer = self._stack.pop().layer
            for watch in self._watches:
                watch.leave(layer)

    def _trust(self, layer: Layer) -> None:
        """End `layer` and all inside it; what was missing there does not matter."""
        for index, frame in enumerate(self._stack):
            if frame.layer is layer:
                self._evidence.forget(frame.mark)
                self._unwind(index)
                # A blocked certificate may have been reported before.
                if frame.key is not None and layer.cacheable:
                    self._cache.add(frame.key)
                return
