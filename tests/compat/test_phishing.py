"""Links in mails that pretend to go somewhere else."""

# ruff: noqa: E501 (tables)

from __future__ import annotations

from hashlib import sha256

import pytest

from compat.pair import CLEAN, Pair
from compat.program import write_database

LINES = [
    ("a.ndb", "Unused:0:*:0011223344"),
    ("a.pdb", "H:mybank.com"),
    ("a.pdb", "H:mybank.co.uk"),
    ("a.pdb", r"R:.*secure\.reg\.com:.*bank2\.com"),
    ("a.wdb", "M:www.okreal.com:www.mybank.com"),
    ("a.wdb", r"X:.+\.allowed\.com([/?].*)?:.+\.mybank\.com([/?].*)?"),
]
BANK = "http://www.mybank.com/"
PAIRS: dict[str, tuple[str, str]] = {
    "dom": ("http://evil.com/x", BANK),
    "ip": ("http://10.1.2.3", BANK),
    "ip2": ("http://10.1.2.3/", BANK),
    "ipb": ("10.1.2.3", BANK),
    "ipp": ("http://10.1.2.3:80/a", BANK),
    "user": ("http://www.mybank.com@evil.com/", BANK),
    "user2": ("http://u:p@evil.com/", BANK),
    "user3": ("http://u@mybank.com/", BANK),
    "useri": ("http://www.mybank.com@10.1.2.3/", BANK),
    "bare": ("http://evil.com/x", "www.mybank.com"),
    "bare2": ("http://evil.com/x", "mybank.com"),
    "barep": ("http://evil.com/x", "mybank.com/login"),
    "text": ("http://evil.com/x", "go to www.mybank.com now"),
    "mailto": ("mailto:a@evil.com", BANK),
    "mailto2": ("http://evil.com", "mailto:x@mybank.com"),
    "mail3": ("http://evil.com", "x@mybank.com"),
    "js": ("javascript:x()", BANK),
    "rel": ("/x.html", BANK),
    "relq": ("x.html", BANK),
    "relc": ("evil.com", BANK),
    "relc2": ("evil.com/x", BANK),
    "relt": ("evil.test", BANK),
    "case2": ("http://evil.com/", "HTTP://WWW.MYBANK.COM/"),
    "case3": ("http://evil.com/", "http://WWW.MyBank.com/"),
    "ent2": ("http://evil&#46;com/", BANK),
    "pct": ("http://evil%2ecom/", BANK),
    "ftp": ("ftp://evil.com/", BANK),
    "ftpd": ("http://evil.com/", "ftp://mybank.com"),
    "ok": ("http://www.okreal.com/", BANK),
    "ok2": ("http://www.okreal.com/path", BANK),
    "ok3": ("http://x.okreal.com/", BANK),
    "okx": ("http://a.allowed.com/", BANK),
    "okx2": ("http://a.allowed.com/q?x", "http://www.mybank.com/z"),
    "co": ("http://evil.co.uk/", "http://www.mybank.com"),
    "idn": ("http://xn--evil.com/", BANK),
    "sim": ("http://evil.com/", "http://notmybank.com/"),
    "simd": ("http://evil.com/", "http://x.y.mybank.com/"),
    "simp": ("http://evil.com/", "http://mybank.com.evil2.com/"),
    "dots": ("http://evil.com/", "http://www.mybank.com../"),
    "br": ("http://evil.com/", "http://www.my<br>bank.com/"),
    "nl": ("http://evil.com/", "http://www.my\nbank.com/"),
    "samepath": ("http://www.mybank.com/a", "http://www.mybank.com/b"),
    "sub": ("http://login.mybank.com", BANK),
    "subr": ("http://www.mybank.com/", "http://login.mybank.com"),
    "samereg": ("http://x.mybank.com.evil.com", BANK),
    "reg": ("http://secure.reg.com", "http://bank2.com"),
    "regp": ("http://secure.reg.com/x", "http://bank2.com/y"),
    "reg2": ("http://other.com", "http://bank2.com"),
    "https": ("http://evil.com", "https://www.mybank.com"),
    "https2": ("https://www.mybank.com", "http://www.mybank.com"),
    "https3": ("http://www.mybank.com", "https://www.mybank.com/x"),
    "https4": ("https://evil.com", "https://www.mybank.com"),
    "nul": ("http://www.mybank.com%00.evil.com/", BANK),
    "nul2": ("http://evil.com/%00", BANK),
    "nulsame": ("http://www.mybank.com/%00", BANK),
    "nulraw": ("http://www.mybank.com\x01.evil.com/", BANK),
    "nuld": ("http://evil.com/", "http://www.mybank.com%00/"),
    "exp": ("http://evil.com", "&lt;http://www.mybank.com&gt;"),
    "par": ("http://evil.com", "(http://www.mybank.com)"),
    "comma": ("http://evil.com", "http://www.mybank.com, "),
    "q": ("http://evil.com", '"http://www.mybank.com"'),
    "two": ("http://evil.com", "http://www.mybank.com http://x.com"),
    "hash": ("#x", BANK),
    "dollar": ("http://evil.com", "www.mybank.com/?x"),
    "uk": ("http://evil.co.uk", "http://mybank.co.uk"),
    "uk2": ("http://a.mybank.co.uk", "http://mybank.co.uk"),
}
PAIRS |= {
    f"odd{number}": pair
    for number, pair in enumerate(
        (
            ("http:/evil.com", BANK), ("http:///evil.com", BANK), ("http://", BANK), ("http:", BANK),
            ("http://[::1]/", BANK), ("http://[::ffff:10.1.2.3]:80/x", BANK), ("http://evil\u3002com/", BANK),
            ("http://evil.com/", "www.mybank\u3002com"), ("http://evil.com/", "hxxp://www.mybank.com"),
            ("http://evil.com/", "Go:www.mybank.com"), ("hxxp://evil.com", BANK),
        )
    )
}  # fmt: skip
LINK = f'<a href="http://evil.com/x">{BANK}</a>'
FRAGMENTS = {
    "area": f'<area href="http://evil.com/x">{BANK}</area>',
    "form": f'<form action="http://evil.com/x">{BANK}</form>',
    "form2": f'<form action="http://evil.com/x"><a href="{BANK}">x</a></form>',
    "picture": f'<a href="http://evil.com/x"><img src="{BANK}"></a>',
    "picture2": f'<a href="{BANK}"><img src="http://evil.com/x"></a>',
    "secure": '<a href="http://www.mybank.com"><img src="https://www.mybank.com/"></a>',
    "title": f'<a href="http://evil.com/x" title="{BANK}">x</a>',
    "base": f'<base href="http://evil.com/"><a href="x">{BANK}</a>',
    "behind": f'<a href="http://evil.com/x">go <b>there</b></a> {BANK}',
    "nested": f'<a href="http://evil.com/x"><a href="http://a.com">{BANK}</a></a>',
    "anchor": f'<a href="http://evil.com/x"><a name="q">{BANK}</a></a>',
    "empty": f'<a href="http://evil.com/x"><a href="">{BANK}</a></a>',
    "open": f'<a href="http://evil.com/x">{BANK}',
    "capitals": f'<A HREF="http://evil.com/x">{BANK}</A>',
    "script": f"<script>x='{LINK}'</script>",
    "comment": f"<!-- {LINK} -->",
    "second": f'<a href="http://a.com/x">x</a> {LINK}',
    "bare": f"<a href=http://evil.com/x>{BANK}</a>",
}
HEADERS = (
    "Content-Type: text/html", "Content-Type: text/plain", "X-Y: z", 'Content-Type: text/html; name="x.html"',
    'Content-Type: text/html\nContent-Disposition: inline; filename="x.html"', "Content-Type: application/x-foo",
    "Content-Type: text/html\nContent-Disposition: attachment", 'Content-Type: text/plain; name="x.txt"',
)  # fmt: skip
TOP = "From: a@b.example\nTo: c@d.example\nSubject: hi\nMIME-Version: 1.0\n"


def mail(page: str) -> bytes:
    return f"{TOP}Content-Type: text/html\n\n<html><body>\n{page}\n</body></html>\n".encode()


@pytest.mark.parametrize("option", ["scan-urls=yes", "scan-urls=no", "ssl=yes", "cloak=yes"])
def test_links(pair: Pair, option: str) -> None:
    pages = {
        name: f'<a href="{real}">{shown}</a>' for name, (real, shown) in PAIRS.items()
    } | FRAGMENTS
    files = {name: mail(page) for name, page in pages.items()}
    word = "phishing" if option.startswith("scan") else "alert-phishing"
    found = pair.agree(LINES, files, "--allmatch", f"--{word}-{option}")
    assert any(found.values()) is (option != "scan-urls=no")


def test_where_a_page_is_judged(pair: Pair) -> None:
    page = f"<html>{LINK}\n"
    files = {"file": page.encode()}
    for number, header in enumerate(HEADERS):
        files[f"single{number}"] = f"{TOP}{header}\n\n{page}".encode()
        parts = f"--q\nContent-Type: text/plain\n\nhello\n--q\n{header}\n\n{page}\n--q--\n"
        top = f"{TOP}Content-Type: multipart/mixed; boundary=q\n\n"
        files[f"part{number}"] = (top + parts).encode()
    top = "Content-Type: message/rfc822\n\nFrom: c\nSubject: d\nContent-Type: text/html\n\n"
    files["nested"] = f"{TOP}{top}{page}".encode()
    assert any(pair.agree(LINES, files, "--allmatch").values())


def test_hidden_in_ways_that_a_browser_reads(pair: Pair) -> None:
    """A scheme in capitals, references in the text."""
    pages = (
        f'<a href="HTTP://EVIL.COM/">{BANK}</a>',
        '<a href="http://evil.com/">http://www.mybank&#46;com/</a>',
        '<a href="http://evil.com/">http://www.mybank.com&nbsp;</a>',
    )
    files = {f"page{number}": mail(page) for number, page in enumerate(pages)}
    for peer, ours in pair.both(LINES, files, "--allmatch").values():
        assert peer == CLEAN
        assert ours == {"Heuristics.Phishing.Email.SpoofedDomain"}


@pytest.mark.parametrize("kind", ["S", "S1", "S2"])
@pytest.mark.parametrize(
    "form",
    [
        "evil.com/", "www.evil.com/", "evil.com/a/", "evil.com/a/b.html", "evil.com/a/b.html?q=1", "com/",
        "www.evil.com/a/b.html?q=1", "http://www.evil.com/", "evil.com", "evil.com/a",
    ],
)  # fmt: skip
def test_listed_addresses(pair: Pair, kind: str, form: str) -> None:
    digest = sha256(form.encode()).hexdigest()
    lines = [*LINES, ("a.gdb", f"{kind}:P:{digest[:8]}"), ("a.gdb", f"{kind}:F:{digest}")]
    files = {"mail": mail('<a href="http://www.evil.com/a/b.html?q=1">click here</a>')}
    pair.agree(lines, files, "--allmatch")


@pytest.mark.parametrize("listed", [True, False])
def test_lines_about_suspicious_links(pair: Pair, *, listed: bool) -> None:
    # Of an address in brackets ClamAV shows what is before its first colon.
    lines, links = LINES, [link for link in PAIRS.values() if "[" not in link[0]]
    if listed:
        lines = [*LINES, ("a.gdb", f"S1:F:{sha256(b'listed.com/').hexdigest()}")]
        links = [("http://listed.com/a?b#c", "click here"), ("http://listed.com/", BANK)]
    database = write_database(pair.folder / "database", lines)
    page = pair.folder / "page"
    page.write_bytes(mail("".join(f'<a href="{real}">{shown}</a>\n' for real, shown in links)))
    theirs, mine = (
        [
            line
            for line in program.scan(database, [page]).output.splitlines()
            if line.startswith("LibClamAV info")
        ]
        for program in (pair.peer, pair.ours)
    )
    assert mine == [line.replace("\x01", "\\x01") for line in theirs]
    assert len(mine) >= 6


def test_a_link_without_a_scheme_beside_listed_addresses(pair: Pair) -> None:
    lines = [*LINES, ("a.gdb", f"S1:F:{sha256(b'listed.com/').hexdigest()}")]
    files = {"mail": mail(f'<a href="evil.com">{BANK}</a>')}
    spoofed = frozenset({"Heuristics.Phishing.Email.SpoofedDomain"})
    assert pair.both(lines, files)["mail"] == (CLEAN, spoofed)
    assert pair.agree(LINES, files)["mail"] == spoofed
