from __future__ import annotations

import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.workers.wire import MAX_MESSAGE, Receiver, encode, messages

names = st.binary().map(os.fsdecode)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | names,
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(values, max_size=5), st.integers(1, 50))
def test_messages_survive_any_cutting(sent: list[object], piece: int) -> None:
    stream = b"".join(encode(value) for value in sent)
    receiver = Receiver()
    got: list[object] = []
    for at in range(0, len(stream), piece):
        got.extend(receiver.feed(stream[at : at + piece]))
    assert got == sent


def test_a_socket_gives_messages_until_it_is_closed() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(encode(["a"]) + encode(2) + encode("cut")[:-1])
        assert list(messages(theirs)) == [["a"], 2]


@pytest.mark.parametrize(
    "data", [(MAX_MESSAGE + 1).to_bytes(4, "big"), b"\0\0\0\2{]", b"\0\0\0\1\xff"]
)
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - JSON and Unicode errors are among them
        list(Receiver().feed(data))
