"""Links in mails that pretend to go somewhere else.

A link is a pair: where it goes and what the reader is shown. The steps are ClamAV's: hashes of the
real address first; then both are cleaned and must look like addresses; pairs that the database
allows end it; pairs that it protects are looked at closely, others only for what options ask for.
Then, in this order: a zero in the host, a shown https that is none, the same registered domain
(which is fine), and if nothing else the pair itself.

Unlike ClamAV, a scheme in capitals and references in the text (``&#46;``) hide nothing. ClamAV has
names for numeric hosts and user names in protected links, and gives neither; nor does this.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nacre.matching import Ere

SPOOFED: Final = "Heuristics.Phishing.Email.SpoofedDomain"
SSL: Final = "Heuristics.Phishing.Email.SSL-Spoof"
CLOAKED: Final = "Heuristics.Phishing.Email.Cloaked.Null"
BLOCKED: Final = "Heuristics.Phishing.URL.Blocked"
MALWARE: Final = "Heuristics.Safebrowsing.Suspected-malware_safebrowsing.clamav.net"
PHISHING: Final = "Heuristics.Safebrowsing.Suspected-phishing_safebrowsing.clamav.net"

_GENERIC: Final = (
    "aero arpa asia biz cat com coop edu gov info int jobs mil mobi museum name net org pro tel "
    "travel"
)
_COUNTRIES: Final = (
    "ac ad ae af ag ai al am an ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br "
    "bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cx cy cz de dj dk dm do dz ec "
    "ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy "
    "hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz "
    "la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx "
    "my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re "
    "ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr st su sv sy sz tc td tf tg th tj tk "
    "tl tm tn to tp tr tt tv tw tz ua ug uk um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_TOP: Final = frozenset(f"{_GENERIC} {_COUNTRIES}".split())
_COUNTRY: Final = frozenset(_COUNTRIES.split())
_SECOND: Final = frozenset(
    ["ac", "co", "com", "edu", "gob", "gov", "go", "mil", "ne", "net", "nom", "or", "org"]
)
"""Names below a country's that belong to nobody alone."""

_REGISTERED: Final = 2
"""Names in a registered domain, one more where the second is shared."""

_SCHEME: Final = re.compile(r"(https?|ftp|mailto):[/\\]*", re.IGNORECASE)
_ANY_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*:[/\\]*", re.IGNORECASE)
"""What is only shown may be written so that it is no link (``hxxp://``)."""
_BLANKS: Final = re.compile(r"[\s\xa0\xad\u200b-\u200f\u2060-\u2064\ufeff]+")
"""And what has no width."""
_STOPS: Final = str.maketrans("\u3002\uff0e\ufe52\uff61", "....")
_PATH: Final = re.compile(r"[/\\?#]|:(?![0-9A-Fa-f:.]{0,45}\])")
"""Ends a host; a colon in brackets does not."""
_AUTHORITY_END: Final = re.compile(r"[/\\?#]")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_CLOAK: Final = "\x01"
"""What a zero in an address becomes."""
_LONGEST: Final = 2048
_SUFFIXES: Final = 5
"""Names of a host in the longest part of it whose hash is looked for, the whole apart."""
_FOLDERS: Final = 4


class Lists(NamedTuple):
    """What a database knows about links."""

    hosts: frozenset[str] = frozenset()
    """Protected; each stands for those below it."""
    pairs: tuple[Ere, ...] = ()
    """Protected pairs, as patterns."""
    allowed_hosts: frozenset[tuple[str, str]] = frozenset()
    """Real and shown; the real one stands for those below it."""
    allowed_pairs: tuple[Ere, ...] = ()
    alerts: Mapping[bytes, str] = {}
    """Names by the hash of an address."""


class Suspicion(NamedTuple):
    """Why a link is no good."""

    alert: str
    real: str
    """Of a link that is listed by its hash as it stands, else scheme and host, decoded."""
    shown: str


class LinkJudge:
    """Judges links after what a database knows."""

    def __init__(self, lists: Lists, *, ssl: bool = False, cloak: bool = False) -> None:
        """`ssl`, `cloak`: alert on these also for links that no list protects."""
        self._lists = lists
        self._ssl = ssl
        self._cloak = cloak

    def judge(self, real: str, shown: str, *, picture: bool = False) -> Suspicion | None:
        """What is wrong with a link to `real` of which `shown` is seen; None if nothing is."""
        real, shown = real[:_LONGEST].strip(), shown[:_LONGEST]
        cleaned = _cleaned(real)
        if not _is_address(cleaned) or cleaned.lower().startswith("mailto:"):
            return None
        listed = self._listed(real)
        if listed:
            return Suspicion(listed, real, shown)
        if not shown or shown == real:
            return None
        shown = _cleaned(shown, _ANY_SCHEME)
        alert = self._compare(cleaned, shown, _target(real), picture=picture)
        return Suspicion(alert, cleaned, shown) if alert else None

    def _compare(self, real: str, shown: str, target: str, *, picture: bool) -> str | None:
        if not _is_address(shown):
            return None
        lists = self._lists
        subject = f"{real}:{shown}/".encode("utf-8", "replace")
        shown_host = _host(shown)
        # Where ClamAV thinks that a link goes, and where a browser does.
        real_hosts = {_host(real), target}
        if any(pattern.matches(subject) for pattern in lists.allowed_pairs) or all(
            any((host, shown_host) in lists.allowed_hosts for host in _above(real_host))
            for real_host in real_hosts
        ):
            return None
        protected = any(host in lists.hosts for host in _above(shown_host)) or any(
            pattern.matches(subject) for pattern in lists.pairs
        )
        secure = shown.lower().startswith("https:") and not real.lower().startswith("https:")
        if (protected or self._cloak) and _CLOAK in real:
            return CLOAKED
        if (protected or self._ssl) and secure and not picture:
            return SSL
        same = {_registered(host) for host in real_hosts} == {_registered(shown_host)}
        return SPOOFED if protected and not same else None

    def _listed(self, real: str) -> str | None:
        alerts = self._lists.alerts
        if not alerts:
            return None
        found = (alerts.get(sha256(text).digest()) for text in _forms(real))
        return next((name for name in found if name), None)


def _cleaned(address: str, schemes: re.Pattern[str] = _SCHEME) -> str:
    """Scheme and host, without what stands around them."""
    address = _BLANKS.sub("", address).translate(_STOPS)
    start = next((at for at, letter in enumerate(address) if letter.isalnum()), len(address))
    address = address[start:]
    scheme = schemes.match(address)
    head = scheme[0] if scheme else ""
    host = _PATH.split(address[len(head) :], maxsplit=1)[0]
    host = _ESCAPE.sub(lambda found: chr(int(found[1], 16) or 1), host)
    while host and not host[-1].isalnum() and host[-1] != _CLOAK:
        host = host[:-1]
    return head + host.lower()


def _target(address: str) -> str:
    """The host that a browser goes to: it takes a backslash for a slash, and drops names of users.

    Spec: URL Living Standard, authority state.
    """
    address = _BLANKS.sub("", address).translate(_STOPS)
    scheme = _SCHEME.match(address)
    authority = _AUTHORITY_END.split(address[scheme.end() if scheme else 0 :], maxsplit=1)[0]
    host = _ESCAPE.sub(lambda found: chr(int(found[1], 16) or 1), authority.rpartition("@")[2])
    return host.partition(":")[0].rstrip(".").lower()


def _is_address(cleaned: str) -> bool:
    """Whether text is an address: a scheme of one, or a host of a known top-level domain."""
    scheme = _SCHEME.match(cleaned)
    if scheme:
        return len(cleaned) > scheme.end() or scheme[0].endswith("//")
    host, dot, top = _without_scheme(cleaned).rpartition(".")
    return bool(host and dot) and "@" not in cleaned and top in _TOP


def _host(cleaned: str) -> str:
    return _without_scheme(cleaned).rpartition("@")[2]


def _without_scheme(cleaned: str) -> str:
    scheme = _ANY_SCHEME.match(cleaned)
    return cleaned[scheme.end() if scheme else 0 :]


def _above(host: str) -> Iterator[str]:
    """A host and those above it."""
    while host:
        yield host
        host = host.partition(".")[2]


def _registered(host: str) -> str:
    """The part of a host that somebody registered."""
    names = host.split(".")
    shared = len(names) > _REGISTERED and names[-1] in _COUNTRY and names[-2] in _SECOND
    return ".".join(names[-_REGISTERED - shared :])


def _forms(address: str) -> Iterator[bytes]:
    """What may be listed of an address: ends of its host with beginnings of its path."""
    scheme = _SCHEME.match(address)
    if scheme is None or scheme[1].lower() == "mailto":
        return
    host, _, path = address[scheme.end() :].partition("#")[0].partition("/")
    host, question, query = host.rpartition("@")[2].partition("?")
    host, path = host.lower().partition(":")[0], question + query + path
    names = [name for name in host.split(".") if name]
    ends = [names] + [names[-size:] for size in range(min(_SUFFIXES, len(names) - 1), 1, -1)]
    for end in ends:
        for start in _beginnings(path):
            yield f"{'.'.join(end)}/{start}".encode("utf-8", "replace")


def _beginnings(path: str) -> Iterator[str]:
    whole, _, _ = path.partition("?")
    folders = whole.split("/")[:-1][:_FOLDERS]
    beginnings = [
        path,
        whole,
        *("/".join(folders[:size]) + "/" for size in range(1, len(folders) + 1)),
        "",
    ]
    yield from dict.fromkeys(beginnings)
