"""Work in a second thread, while this one draws progress and hears Ctrl-C.

Python tells of a signal between two steps of its main thread; a native call that takes a minute is
one step. So the main thread only waits. The hand-over costs a few microseconds.
"""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread  # threading would slow every start
from typing import TYPE_CHECKING, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

TICK_SECONDS = 0.1

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")


class Aside(Generic[_Given, _Result]):
    """Calls a function in a thread of its own. A context manager.

    After an exception out of `run`, such as KeyboardInterrupt, the thread may still be at work, and
    the process should end by `os._exit`: it cannot be stopped, nor the interpreter taken down under
    it.
    """

    def __init__(self, function: Callable[[_Given], _Result]) -> None:
        self._function = function
        self._given, self._done = allocate_lock(), allocate_lock()
        self._given.acquire()
        self._done.acquire()
        self._task: tuple[_Given] | None = None
        self._result: tuple[_Result] | None = None
        self._error: BaseException | None = None
        start_new_thread(self._serve, ())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._task = None
        if self._given.locked():
            self._given.release()

    def run(self, task: _Given, tick: Callable[[], None] = lambda: None) -> _Result:
        """The function's result, or its exception; calls `tick` every tenth of a second."""
        self._task, self._result, self._error = (task,), None, None
        self._given.release()
        while not self._done.acquire(timeout=TICK_SECONDS):
            tick()
        if self._result is None:
            raise self._error or RuntimeError("no result")
        return self._result[0]

    def _serve(self) -> None:
        while self._given.acquire() and self._task is not None:
            try:
                self._result = (self._function(self._task[0]),)
            except BaseException as error:  # noqa: BLE001 - raised again where the result is awaited
                self._error = error
            self._done.release()
