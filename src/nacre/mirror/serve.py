"""Serving a tree: HTTP by granian, and the DNS answerer, in one process that only reads."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.exception
import dns.name
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from nacre.mirror.answerer import Answerer, Datagrams
from nacre.mirror.application import Application
from nacre.mirror.shelf import Shelf
from nacre.model.errors import ConfigError

if TYPE_CHECKING:
    from nacre.mirror.gate import Gate
    from nacre.mirror.ledger import Ledger
    from nacre.mirror.tree import Tree


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Zone:
    """What the DNS answerer answers, and where."""

    name: str
    address: Address


@dataclass(frozen=True, slots=True)
class Serving:
    """All that a serving process needs."""

    tree: Tree
    address: Address
    ledger: Ledger
    gate: Gate | None = None
    proxies: frozenset[str] = frozenset()
    zone: Zone | None = None


def serve(serving: Serving) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        ConfigError: it cannot listen there, or the zone is no name.
    """
    _free(serving.address, socket.SOCK_STREAM)
    if serving.zone is not None:
        _free(serving.zone.address, socket.SOCK_DGRAM)
        try:
            dns.name.from_text(serving.zone.name)
        except dns.exception.DNSException as error:
            raise ConfigError(f"{serving.zone.name}: {error}") from error
    asyncio.run(_serve(serving))


def _free(address: Address, kind: socket.SocketKind) -> None:
    """That one can listen there: granian itself fails with a page of text."""
    try:
        family, _, _, _, where = socket.getaddrinfo(address.host, address.port, type=kind)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"cannot listen at {address.host}:{address.port}: {reason}") from error


async def _serve(serving: Serving) -> None:
    loop = asyncio.get_running_loop()
    application = Application(Shelf(serving.tree), serving.ledger, serving.gate, serving.proxies)
    server = Server(
        application,
        address=serving.address.host,
        port=serving.address.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.auto,
        websockets=False,
        log_enabled=False,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    closing = [] if serving.zone is None else await _answer(serving, serving.zone)
    where = f"{serving.address.host}:{serving.address.port}"
    sys.stderr.write(f"nacre mirror: {serving.tree.root} is served at {where}\n")
    sys.stderr.flush()
    try:
        await server.serve()
    finally:
        for each in closing:
            each.close()


async def _answer(serving: Serving, zone: Zone) -> list[asyncio.DatagramTransport | asyncio.Server]:
    loop = asyncio.get_running_loop()
    answerer = Answerer(serving.tree, dns.name.from_text(zone.name), serving.ledger)
    at = (zone.address.host, zone.address.port)
    datagrams, _ = await loop.create_datagram_endpoint(lambda: Datagrams(answerer), local_addr=at)
    streams = await asyncio.start_server(answerer.stream, *at)
    return [datagrams, streams]
