from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from nacre.workers.crew import Crew, Job, Staffing
from nacre.workers.pool import Died
from nacre.workers.wire import Receiver, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.workers.wire import Value


NOBODY = 1 << 29
"""A process number beyond all that there are."""


class Watching:
    """Calls nobody by itself: the test says what became readable."""

    def __init__(self) -> None:
        self.readers: dict[int, Callable[[], object]] = {}

    def add_reader(self, fd: int, callback: Callable[..., object], /, *args: object) -> None:
        self.readers[fd] = lambda: callback(*args)

    def remove_reader(self, fd: int, /) -> bool:
        return self.readers.pop(fd, None) is not None


class Hall:
    """A crew whose zygote and workers are the test's ends of its sockets."""

    def __init__(self, count: int) -> None:
        self.watching = Watching()
        self.zygote, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control = control.fileno()
        self.workers: list[socket.socket] = []
        self.answers: list[Value | Died] = []
        self.crew = Crew(control, self.watching, Staffing(count, count))
        self.hire()

    def hire(self) -> None:
        self.zygote.settimeout(0)
        while True:
            try:
                data = self.zygote.recv(1 << 16)
            except BlockingIOError:
                return
            ((request, _slot),) = Receiver().feed(data)
            if request == "fork":
                ours, theirs = socket.socketpair()
                socket.send_fds(self.zygote, [encode(NOBODY)], [theirs.fileno()])
                theirs.close()
                self.workers.append(ours)
            else:
                self.zygote.send(encode(None))
            self.watching.readers[self.control]()

    def submit(self, text: str) -> None:
        self.crew.submit(Job(text, os.open("/dev/null", os.O_RDONLY), self.answers.append))

    def end(self, number: int) -> None:
        """The worker dies, and that is noticed."""
        self.workers[number].close()
        self.look()

    def look(self) -> None:
        for callback in list(self.watching.readers.values()):
            callback()

    def close(self) -> None:
        self.crew.close()
        for each in (self.zygote, *self.workers):
            each.close()


@pytest.fixture
def hall() -> Iterator[Hall]:
    made = Hall(2)
    yield made
    made.close()


def test_a_job_that_nobody_began_is_another_workers(hall: Hall) -> None:
    hall.submit("job")
    hall.end(1)  # the last that became idle has it, unread
    assert not hall.answers
    (task,) = Receiver().feed(hall.workers[0].recv(1 << 16))
    assert task == "job"
    hall.workers[0].send(encode(["fine", 0]))
    hall.look()
    assert hall.answers == ["fine"]


def test_a_job_that_was_begun_is_not_tried_again(hall: Hall) -> None:
    hall.submit("job")
    assert hall.workers[1].recv(1 << 16)
    hall.end(1)
    (answer,) = hall.answers
    assert isinstance(answer, Died)
