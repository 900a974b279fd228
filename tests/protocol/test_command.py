from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.model.errors import ProtocolError
from nacre.protocol.command import MAX_COMMAND, Command, CommandReader, Form

VERBS = (b"SCAN", b"CONTSCAN")


def _all(reader: CommandReader) -> list[Command]:
    found = []
    while (command := reader.next()) is not None:
        found.append(command)
    return found


@pytest.mark.parametrize(
    ("packet", "form", "text"),
    [
        (b"zPING\0", Form.NUL, b"PING"),
        (b"nPING\n", Form.LINE, b"PING"),
        (b"nPING\r\n", Form.LINE, b"PING"),
        (b"nPING\0\n", Form.LINE, b"PING"),
        (b"PING", Form.BARE, b"PING"),
        (b"PING\n", Form.BARE, b"PING"),
        (b"PING\r\nVERSION\n", Form.BARE, b"PING"),
        (b"z\0", Form.NUL, b""),
        (b"\n", Form.BARE, b""),
        (b"zSCAN /a\nb\0", Form.NUL, b"SCAN /a\nb"),
    ],
)
def test_one_command(packet: bytes, form: Form, text: bytes) -> None:
    reader = CommandReader()
    reader.feed(packet)
    assert _all(reader) == [Command(form, text)]


@given(st.data())
def test_the_packets_do_not_matter(data: st.DataObject) -> None:
    texts = data.draw(
        st.lists(st.tuples(st.booleans(), st.binary(max_size=8).map(lambda b: b.hex().encode())))
    )
    sent = b"".join(b"z%s\0" % text if nul else b"n%s\n" % text for nul, text in texts)
    reader, found, position = CommandReader(), [], 0
    while position < len(sent):
        size = data.draw(st.integers(1, len(sent) - position))
        reader.feed(sent[position : position + size])
        found += _all(reader)
        position += size
    assert found == [Command(Form.NUL if nul else Form.LINE, text) for nul, text in texts]
    assert reader.empty


@given(st.lists(st.binary(max_size=100)))
def test_any_bytes_are_commands_or_an_error(packets: list[bytes]) -> None:
    reader = CommandReader()
    for packet in packets:
        reader.feed(packet)
        try:
            _all(reader)
        except ProtocolError:
            return


def test_a_command_has_a_longest_length() -> None:
    reader = CommandReader()
    reader.feed(b"z" + b"A" * MAX_COMMAND)
    with pytest.raises(ProtocolError):
        reader.next()


@pytest.mark.parametrize(
    ("text", "verb", "argument"),
    [
        (b"SCAN /a b", b"SCAN", b"/a b"),
        (b"SCAN\t/a", b"SCAN", b"/a"),
        (b"SCAN/a", b"SCAN", b"a"),
        (b"SCAN ", b"SCAN", b""),
        (b"SCAN", b"", b""),
        (b"CONTSCAN /a", b"CONTSCAN", b"/a"),
        (b"PING", b"PING", b""),
        (b"PINGX", b"PINGX", b""),
    ],
)
def test_verb_and_argument(text: bytes, verb: bytes, argument: bytes) -> None:
    assert Command(Form.NUL, text).split(VERBS) == (verb, argument)
