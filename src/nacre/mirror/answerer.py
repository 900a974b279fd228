"""A small answerer of the DNS: what is current, for clients that ask ``DNSDatabaseInfo``.

Only TXT records below one zone: `current.ZONE` as ClamAV's, `NAME.ZONE` with version and time of
one database. Authoritative, over UDP and TCP (RFC 1035); answers are hardly longer than
questions, so that nobody can be flooded by them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from nacre.mirror.sync import version_record

if TYPE_CHECKING:
    from nacre.mirror.ledger import Ledger
    from nacre.mirror.tree import Tree

TTL = 300
"""Seconds that resolvers keep an answer."""
CURRENT = "current"
MAX_QUESTION = 1024
_LENGTH = 2
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers questions about one zone."""

    tree: Tree
    zone: dns.name.Name
    ledger: Ledger

    def answer(self, question: bytes) -> bytes | None:
        """The answer to a question; None for what is none."""
        try:
            query = dns.message.from_wire(question[:MAX_QUESTION])
        except (dns.exception.DNSException, ValueError):
            return None
        if query.flags & dns.flags.QR or len(query.question) != 1:
            return None
        response = dns.message.make_response(query, our_payload=MAX_QUESTION)
        name, kind = query.question[0].name, query.question[0].rdtype
        if query.opcode() != 0 or not name.is_subdomain(self.zone):
            response.set_rcode(dns.rcode.REFUSED)
        else:
            response.flags |= dns.flags.AA
            self._fill(response, name, kind)
        self.ledger.questions[dns.rcode.to_text(response.rcode())] += 1
        return response.to_wire()

    def _fill(
        self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType
    ) -> None:
        text = self._text(name)
        if text is not None and kind in {dns.rdatatype.TXT, dns.rdatatype.ANY}:
            response.answer.append(_records(name, dns.rdatatype.TXT, f'"{text}"'))
            return
        apex = name == self.zone
        if text is None and not apex:
            response.set_rcode(dns.rcode.NXDOMAIN)
        serial = 0 if (listing := self.tree.listing()) is None else listing.made & 0xFFFFFFFF
        start = f"{self.zone} hostmaster.{self.zone} {serial} {TTL} {TTL} 604800 {TTL}"
        section = response.answer if apex and kind == dns.rdatatype.SOA else response.authority
        section.append(_records(self.zone, dns.rdatatype.SOA, start))

    def _text(self, name: dns.name.Name) -> str | None:
        """What the TXT record of `name` says; None for no such name."""
        labels = name.relativize(self.zone).labels
        listing = self.tree.listing()
        if listing is None or len(labels) != 1:
            return None
        label = labels[0].decode("ascii", "replace").lower()
        if label == CURRENT:
            return version_record(listing)
        entry = listing.files.get(label)
        return None if entry is None else f"{entry.version}:{listing.made}"

    async def stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Questions over TCP, until the client has no more or is slow."""
        try:
            async with asyncio.timeout(_SECONDS):
                while True:
                    size = int.from_bytes(await reader.readexactly(_LENGTH), "big")
                    if size > MAX_QUESTION:
                        return
                    answer = self.answer(await reader.readexactly(size))
                    if answer is None:
                        return
                    writer.write(len(answer).to_bytes(_LENGTH, "big") + answer)
                    await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, OSError):
            return
        finally:
            writer.close()


class Datagrams(asyncio.DatagramProtocol):
    """Questions over UDP."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Where answers go."""
        # What asyncio makes has its methods, but is not a subclass of it.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One question."""
        answer = self._answerer.answer(data)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)


def _records(name: dns.name.Name, kind: dns.rdatatype.RdataType, text: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(name, TTL, dns.rdataclass.IN, kind, text)
