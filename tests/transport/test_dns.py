from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import dns.message
import dns.rrset
import pytest

from nacre.transport.dns import DnsError, txt

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def port() -> Iterator[int]:
    """A name server that knows one name, and is silent about another."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            data, client = server.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            name = query.question[0].name.to_text()
            if name == "silent.example.":
                continue
            answer = dns.message.make_response(query)
            if name == "known.example.":
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", '"1:2" "rest"'))
            server.sendto(answer.to_wire(), client)

    thread = threading.Thread(target=serve)
    thread.start()
    number = server.getsockname()[1]
    yield number
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.sendto(b"", ("127.0.0.1", number))
    thread.join()
    server.close()


def test_the_first_string_of_a_record(port: int) -> None:
    assert txt("known.example", servers=["127.0.0.1"], port=port) == "1:2"


@pytest.mark.parametrize("name", ["unknown.example", "silent.example", "a..b", ""])
def test_no_answer_in_time_is_an_error(port: int, name: str) -> None:
    with pytest.raises(DnsError):
        txt(name, seconds=0.5, servers=["127.0.0.1"], port=port)
