from __future__ import annotations

import pytest

from nacre.model.budget import Budget
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers.xml_text import attribute, elements, letters


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        (b"<chunk>one</chunk><chunk>two</chunk>", [b"one", b"two"]),
        (b"<x:chunk a='>' b=\">\">one</x:chunk>", [b"one"]),
        (b"<x:chunk a='>one</x:chunk>", [b"one"]),  # nobody writes that
        (b"<CHUNK>one</CHUNK>", [b"one"]),
        (b"<chunk><chunk>one</chunk></chunk>", [b"<chunk>one"]),
        (b'<x:chunk a="b">one</x:chunk >', [b"one"]),
        (b"<chunk/><chunk />", []),
        (b"<chunks>one</chunks><achunk>two</achunk>chunk>", []),
        (b"<chunk><![CDATA[one]]></chunk>", [b"one]]>"]),
        (b"<chunk>one", [b"one"]),
        (b"<chunk", []),
    ],
)
def test_contents_of_elements(text: bytes, contents: list[bytes]) -> None:
    found = elements(Fmap.from_bytes(text), b"chunk", Budget(Limits()))
    assert [element.content.read(0, 100) for element in found] == contents


def test_attributes() -> None:
    tag = b'binData w:name="a/b.emz" xml:space = \'preserve\' data-name="no"'
    assert attribute(tag, b"name") == b"a/b.emz"
    assert attribute(tag, b"space") == b"preserve"
    assert attribute(tag, b"none") == b""


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (b"abc", b"abc"),
        (b"<chunk>a<b/>c", b"ac"),
        (b"a&#10;b&#x41;c&#0;&#xffff;&amp;", b"a\nbAc&amp;"),
        (b"a<!-- x > -->b<?x y?>c", b"abc"),
        (b"a]]><![CDATA[b", b"ab"),
        (b"a<!-- x", b"a"),
    ],
)
def test_letters_of_an_element(text: bytes, plain: bytes) -> None:
    assert letters(Fmap.from_bytes(text)).read(0, 100) == plain
