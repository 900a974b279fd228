"""Links of mails, judged by what a database says."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from making import Build

PAGE = b'<html><a href="http://evil.com/x">http://www.bank.com/</a></html>\n'
MAIL = b"From: a\nSubject: b\nMIME-Version: 1.0\nContent-Type: text/html\n\n" + PAGE
PARTS = (
    b"From: a\nSubject: b\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n"
    b"--q\nContent-Type: text/plain\n\nhello\n--q\n%s\n\n" + PAGE + b"\n--q--\n"
)
SPOOFED = ["Heuristics.Phishing.Email.SpoofedDomain"]


def alerts(build: Build, data: bytes, wdb: str = "", gdb: str = "", **options: bool) -> list[str]:
    files = {"x.pdb": "H:bank.com\n", "x.wdb": wdb, "x.gdb": gdb}
    scanner = build({name: text for name, text in files.items() if text}, **options)
    return [alert.name for alert in scanner.scan_bytes(data).alerts]


def test_a_link_to_elsewhere(build: Build) -> None:
    assert alerts(build, MAIL) == SPOOFED
    assert alerts(build, MAIL, phishing_scan_urls=False) == []
    assert alerts(build, MAIL, "M:evil.com:www.bank.com\n") == []
    assert alerts(build, MAIL, r"X:.+evil\.com:.+bank\.com" + "\n") == []


def test_every_link_is_judged(build: Build) -> None:
    more = b'<a href="http://evil.com/x">https://www.bank.com/</a><a href="http://evil.com">' * 2
    found = alerts(build, MAIL.replace(b"</html>", more), all_match=True)
    assert found == [*SPOOFED, "Heuristics.Phishing.Email.SSL-Spoof"]
    assert alerts(build, MAIL.replace(b"</html>", more))[:1] == SPOOFED


def test_a_page_outside_of_a_mail_is_not_judged(build: Build) -> None:
    assert alerts(build, PAGE) == []


def test_a_page_seen_before_is_judged_in_a_mail(build: Build) -> None:
    scanner = build({"x.pdb": "H:bank.com\n"})
    assert not scanner.scan_bytes(PAGE).alerts
    assert scanner.scan_bytes(MAIL).alerts


@pytest.mark.parametrize(
    ("header", "judged"),
    [
        (b"Content-Type: text/html", True),
        (b'Content-Type: text/html\nContent-Disposition: inline; filename="x.html"', True),
        (b'Content-Type: text/html; name="x.html"', False),
        (b"Content-Type: text/html\nContent-Disposition: attachment", False),
        (b"Content-Type: application/x-thing", False),
        (b"Content-Type: text/plain", False),
    ],
)
def test_attachments(build: Build, header: bytes, *, judged: bool) -> None:
    assert alerts(build, PARTS.replace(b"%s", header)) == (SPOOFED if judged else [])


def test_listed_addresses(build: Build) -> None:
    digest = hashlib.sha256(b"evil.com/").hexdigest()
    listed = f"S1:F:{digest}\n"
    assert alerts(build, MAIL, gdb=listed) == ["Heuristics.Phishing.URL.Blocked"]
    assert alerts(build, MAIL, gdb=f"S:W:{digest}\n" + listed) == SPOOFED
    assert alerts(build, MAIL, gdb=f"S:P:{digest[:8]}\n") == SPOOFED


def test_options(build: Build) -> None:
    page = b'<a href="http://other.com/">https://other.com/</a>'
    mail = MAIL.replace(PAGE, b"<html>" + page)
    assert alerts(build, mail) == []
    assert alerts(build, mail, alert_phishing_ssl=True) == ["Heuristics.Phishing.Email.SSL-Spoof"]
    mail = MAIL.replace(b"evil.com/x", b"other.com%00.evil.com/").replace(b"www.bank", b"other")
    assert alerts(build, mail) == []
    cloaked = ["Heuristics.Phishing.Email.Cloaked.Null"]
    assert alerts(build, mail, alert_phishing_cloak=True) == cloaked
