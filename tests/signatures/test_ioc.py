from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.signatures import type_of
from nacre.signatures.types.ioc import indicators

MD5 = hashlib.md5(b"x", usedforsecurity=False).hexdigest()
SHA1 = hashlib.sha1(b"x", usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(b"x").hexdigest()
MD5_SEARCH = "FileItem/Md5sum"


def item(content: str, search: str = MD5_SEARCH, document: str = "FileItem") -> str:
    return (
        f'<IndicatorItem><Context document="{document}" search="{search}" type="mir"/>'
        f'<Content type="md5">{content}</Content></IndicatorItem>'
    )


def document(*items: str, head: str = '<?xml version="1.0" encoding="us-ascii"?>\n') -> bytes:
    inside = "".join(items)
    return (
        f'{head}<ioc xmlns="http://schemas.mandiant.com/2010/ioc"><definition>'
        f"<Indicator operator='OR'>{inside}</Indicator></definition></ioc>\n"
    ).encode()


def digests(content: bytes, step: int = 1 << 20) -> list[str]:
    chunks = [content[at : at + step] for at in range(0, len(content), step)]
    lines = [line.decode() for line in indicators("My file.ioc", chunks)]
    for line in lines:
        assert line == f"{line.split(':')[0]}:*:My_file.ioc.{line.split(':')[0]}:73\n"
    return [line.split(":")[0] for line in lines]


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_hashes_of_files_are_indicators(step: int) -> None:
    items = [
        item(MD5),
        item(f"\n {SHA1}\t", "FileItem/Sha1sum"),
        item(SHA256.upper(), "FileItem/Sha256sum"),
        item("x.exe", "FileItem/FileName"),
        item(MD5, document="ProcessItem"),
        item(MD5, "FileItem/md5sum"),
        item("zz"),
        item(MD5[:-1]),
    ]
    assert digests(document(*items), step) == [MD5, SHA1, SHA256.upper()]


def test_the_last_context_and_every_content_of_an_item_count() -> None:
    wanted = f'<Context document="FileItem" search="{MD5_SEARCH}"/>'
    other = '<Context document="x" search="y"/>'
    content = f"<Content>{MD5}</Content>"
    for inside, count in (
        (content + wanted, 1),
        (wanted + content * 2, 2),
        (wanted + other + content, 0),
        (other + wanted + content, 1),
        (f"{wanted}<x>{content}</x>", 1),
    ):
        assert len(digests(document(f"<IndicatorItem>{inside}</IndicatorItem>"))) == count, inside
    assert digests(document(f"<Indicator>{item(MD5)}</Indicator>")) == [MD5]
    assert digests(f"<ioc>{item(MD5)}</ioc>".encode()) == []


def test_only_the_first_text_of_a_content_counts() -> None:
    for content, found in (
        (f"{MD5[:5]}<!-- c -->{MD5[5:]}", []),
        (f"{MD5}<!-- c -->junk", [MD5]),
        (f"<![CDATA[{MD5}]]>", []),
        (f"<x/>{MD5}", []),
        (f"&#x{ord(MD5[0]):x};{MD5[1:]}", [MD5]),
    ):
        assert digests(document(item(content))) == found, content


def test_names_count_without_their_prefix_and_encodings_are_known() -> None:
    text = document(item(MD5), head="").decode()
    prefixed = text.replace("</", "</o:").replace("<", "<o:").replace("<o:/o:", "</o:")
    assert digests(prefixed.replace("xmlns=", "xmlns:o=").encode()) == [MD5]
    assert digests(('<?xml version="1.0" encoding="utf-16"?>' + text).encode("utf-16")) == [MD5]


def test_what_stands_before_damage_is_used() -> None:
    whole = document(item(MD5), item(SHA1))
    assert digests(whole[: whole.index(SHA1.encode()) + 5]) == [MD5]
    assert digests(whole + b"junk") == [MD5, SHA1]
    assert digests(b"") == digests(b"hello") == []


def test_entities_are_refused_before_they_can_grow() -> None:
    declared = '<!DOCTYPE ioc [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    assert digests(document(item(MD5), item("&b;"), head=declared)) == []


@given(
    st.binary(max_size=400) | st.text("<>&/ioc\"'=!-[]IndicatorItem", max_size=200).map(str.encode)
)
def test_any_bytes_give_lines_or_nothing(content: bytes) -> None:
    assert digests(content) == []


def test_the_name_cannot_break_a_line() -> None:
    lines = list(indicators("a:b\nc d\udcff.ioc", [document(item(MD5))]))
    assert lines == [f"{MD5}:*:a_b_c_d".encode() + b"\xff" + f".ioc.{MD5}:73\n".encode()]
    assert type_of("a.ioc") is not None
