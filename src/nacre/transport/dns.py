"""TXT records, by dnspython."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 10.0
"""That the answer may take altogether."""


class DnsError(NacreError):
    """There is no answer, or no resolver."""


def txt(name: str, *, seconds: float = SECONDS, servers: Sequence[str] = (), port: int = 53) -> str:
    """The first string of the first TXT record of `name`.

    Args:
        name: the domain name.
        seconds: the deadline.
        servers: addresses to ask instead of the system's.
        port: where these listen.

    Raises:
        DnsError: there is none.
    """
    import dns.exception  # noqa: PLC0415 - slow to import
    import dns.resolver  # noqa: PLC0415

    try:
        resolver = dns.resolver.Resolver(configure=not servers)
        if servers:
            resolver.nameservers = list(servers)
            resolver.port = port
        answer = resolver.resolve(name, "TXT", lifetime=seconds, search=False)
        first = next(iter(answer)).strings[0]
    except (dns.exception.DNSException, OSError, ValueError, IndexError) as error:
        raise DnsError(f"{name}: {str(error) or type(error).__name__}") from error
    return bytes(first).decode("ascii", "replace")
