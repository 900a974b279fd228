from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.heuristics.links import BLOCKED, CLOAKED, SPOOFED, SSL, LinkJudge, Lists
from nacre.matching import Ere

LISTS = Lists(
    hosts=frozenset({"bank.com", "mybank.co.uk"}),
    pairs=(Ere(rb"(secure\.reg\.com:http://bank2\.com)/$"),),
    allowed_hosts=frozenset({("real.com", "www.bank.com")}),
    allowed_pairs=(Ere(rb"(.+\.allowed\.com([/?].*)?:.+\.bank\.com([/?].*)?)/$"),),
)
BANK = "http://www.bank.com/"


def alert(judge: LinkJudge, real: str, shown: str, *, picture: bool = False) -> str | None:
    found = judge.judge(real, shown, picture=picture)
    return None if found is None else found.alert


def test_alerts_are_told_apart() -> None:
    judge = LinkJudge(LISTS)
    assert alert(judge, "http://evil.com/", BANK) == SPOOFED
    assert alert(judge, "http://evil.com/", "https://bank.com") == SSL
    assert alert(judge, "http://evil.com/", "https://bank.com", picture=True) == SPOOFED
    assert alert(judge, "http://www.bank.com%00.evil.com/", BANK) == CLOAKED
    assert alert(judge, "http://www.bank.com%01@evil.com/", BANK) == CLOAKED


@pytest.mark.parametrize(
    ("real", "shown"),
    [
        ("http://evil.com/", "bank.com"),
        ("evil.com", "www.bank.com/login"),
        ("HTTP://EVIL.COM", "HTTP://WWW.Bank.Com"),
        ("http://10.1.2.3:80/a", BANK),
        ("http://www.bank.com@evil.com/", BANK),
        ("ftp://evil.com", "(http://www.bank.com)"),
        ("http://evil%2ecom/", "<http://www.bank.com>, "),
        ("http://evil.com/", "http:// www.ba\nnk.com"),
        ("http://evil.co.uk", "http://mybank.co.uk"),
        ("http://secure.reg.com/x", "http://bank2.com/y"),
        ("http://www.bank.com.evil.com", BANK),
        ("http://www.bank.com:80@evil.com/", BANK),
        ("http://evil.com\\@www.bank.com/", BANK),
        ("http://evil.com\\www.bank.com/", BANK),
        ("http://evil.com#@www.bank.com", BANK),
        ("http:/evil.com", BANK),
        ("http:///evil.com", BANK),
        ("http://", BANK),
        ("http://[::1]:80/", BANK),
        ("http://evil\u3002com/", BANK),
        ("http://evil.com/", "hxxp://www.bank.com"),
        ("http://evil.com/", "Go:www.bank.com"),
        ("http://evil.com/", "www.ba\u200bnk\uff0ecom"),
        ("http://user:word@www.bank.com/", BANK),  # as in ClamAV, which takes the user for the host
    ],
)
def test_spoofed(real: str, shown: str) -> None:
    assert alert(LinkJudge(LISTS), real, shown) == SPOOFED


@pytest.mark.parametrize(
    ("real", "shown"),
    [
        ("http://evil.com/", ""),
        ("http://evil.com/", "click here"),
        ("http://evil.com/", "go to www.bank.com now"),
        ("http://evil.com/", "x@bank.com"),
        ("http://evil.com/", "http://notbank.com/"),
        ("http://evil.com/", "http://other.com/"),
        (BANK, BANK),
        ("http://login.bank.com", BANK),
        ("http://a.mybank.co.uk", "http://mybank.co.uk"),
        ("http://real.com/x", BANK),
        ("http://a.real.com/x", BANK),
        ("http://a.allowed.com/x", BANK),
        ("mailto:a@evil.com", BANK),
        ("javascript:x()", BANK),
        ("page.html", BANK),
        ("hxxp://evil.com", BANK),
        ("http:", BANK),
        ("http://evil.com/", "Note: nothing"),
        ("10.1.2.3", BANK),
        ("https://www.bank.com", BANK),
        ("http://other.com", "https://other.com"),
        ("http://other.com%00.evil.com", "http://other.com"),
    ],
)
def test_clean(real: str, shown: str) -> None:
    assert alert(LinkJudge(LISTS), real, shown) is None


def test_options_ask_for_links_that_nobody_protects() -> None:
    judge = LinkJudge(Lists(), ssl=True, cloak=True)
    assert alert(judge, "http://other.com", "https://other.com") == SSL
    assert alert(judge, "http://other.com%00.evil.com", "http://other.com") == CLOAKED
    assert alert(judge, "http://evil.com", "http://other.com") is None


URL = "http://user@a.b.c.d.Evil.com:80/p/q/r/s/t/u?x=y/z#w"
FORMS = (
    "a.b.c.d.evil.com/p/q/r/s/t/u?x=y/z", "evil.com/p/q/r/s/t/u", "b.c.d.evil.com/", "evil.com/p/",
    "d.evil.com/p/q/r/s/",
)  # fmt: skip
NO_FORMS = ("com/", "evil.com/p/q/r/s/t/", "evil.com", "http://evil.com/", "c.d.evil.com/p")


def test_hashes_of_hosts_and_paths() -> None:
    for form in FORMS + NO_FORMS:
        lists = Lists(alerts={sha256(form.encode()).digest(): BLOCKED})
        expected = BLOCKED if form in FORMS else None
        assert alert(LinkJudge(lists), URL, "click here") == expected, form


def test_what_is_told_of_a_link() -> None:
    judge = LinkJudge(LISTS)
    cleaned = ("http://evil.com", "http://www.bank.com")
    assert judge.judge(" http://Evil.com/x?y", f"({BANK})") == (SPOOFED, *cleaned)
    listed = LinkJudge(Lists(alerts={sha256(b"evil.com/").digest(): BLOCKED}))
    assert listed.judge("http://evil.com/x?y", "Here") == (BLOCKED, "http://evil.com/x?y", "Here")


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text(real: str, shown: str) -> None:
    LinkJudge(LISTS, ssl=True, cloak=True).judge("http://" + real, "http://" + shown)
