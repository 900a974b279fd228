"""What a database knows about links, ready for the judge of `nacre.heuristics.links`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from nacre.heuristics import links
from nacre.matching import Ere
from nacre.model.event import Metadata
from nacre.model.switches import Switch
from nacre.signatures.phishing import (
    ProtectedDomain,
    UrlHash,
    UrlList,
    parse_allowed,
    parse_protected,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.matching import Image
    from nacre.model.options import ScanOptions
    from nacre.model.switches import Switches

SUSPICIOUS: Final = "SuspiciousLinks[]"
"""Key of the fact that a link is no good."""

_NAMES = {
    UrlList.MALWARE: links.MALWARE,
    UrlList.PHISHING: links.PHISHING,
    UrlList.BLOCKED: links.BLOCKED,
    UrlList.OTHER: links.MALWARE,
}


def judge_of(
    image: Image, options: ScanOptions, switches: Switches
) -> Callable[[], links.LinkJudge] | None:
    """Makes the judge when the first link comes; None if links are not to be judged."""
    if not (options.phishing_scan_urls and switches.has(Switch.PHISHING)):
        return None

    @cache
    def judge() -> links.LinkJudge:
        lists = _lists(image, official_only=options.official_only)
        return links.LinkJudge(
            lists, ssl=options.alert_phishing_ssl, cloak=options.alert_phishing_cloak
        )

    return judge


def suspicious_link(real: str, shown: str) -> Metadata:
    """The fact that a link is no good; the texts have a character for each byte."""
    return Metadata(SUSPICIOUS, {"RealURL": _text(real), "DisplayURL": _text(shown)})


def _text(address: str) -> str:
    return address.encode("latin-1", "replace").decode("utf-8", "replace")


def _lists(image: Image, *, official_only: bool) -> links.Lists:
    hosts, pairs = set(), []
    alerts: dict[bytes, str] = {}
    allowed: set[bytes] = set()
    for suffix in ("pdb", "gdb"):
        for line in image.kept(suffix):
            if official_only and not line.official:
                continue
            value = parse_protected(line.text)
            if isinstance(value, UrlHash):
                _hash(value, alerts, allowed)
            elif isinstance(value, ProtectedDomain) and value.is_regex:
                pairs.append(_pattern(value.text))
            else:
                hosts.add(value.text.lower())
    allowed_hosts, allowed_pairs = set(), []
    for line in image.kept("wdb"):
        if official_only and not line.official:
            continue
        link = parse_allowed(line.text)
        if link.is_regex:
            allowed_pairs.append(_pattern(link.real))
        else:
            allowed_hosts.add((link.real.lower(), (link.displayed or "").lower()))
    return links.Lists(
        frozenset(hosts), tuple(pairs), frozenset(allowed_hosts), tuple(allowed_pairs), alerts
    )


def _hash(value: UrlHash, alerts: dict[bytes, str], allowed: set[bytes]) -> None:
    if value.is_allowed:
        allowed.add(value.digest)
    elif not value.is_prefix and value.digest not in allowed:
        alerts.setdefault(value.digest, _NAMES[value.list])


def _pattern(text: str) -> Ere:
    """As ClamAV compares: anywhere in the pair, up to its end."""
    return Ere(b"(" + text.encode("latin-1") + b")/$")
