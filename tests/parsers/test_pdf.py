"""PDF by hand: values, places of objects, references that go in circles."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from nacre.formats.document.pdf import PdfHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Finding, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers.pdf_objects import Walk
from nacre.parsers.pdf_syntax import AGAIN, Name, Reference, Text, Value, parse, readable

SAMPLES = Path(__file__).parents[2] / "samples" / "document"
HEAD = b"%PDF-1.7\n%\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"<< /A 1 /B [ 2 0 R null true ] >>", {b"A": 1, b"B": [Reference(2, 0), None, True]}),
        (b"<</A/B/C(x)>>", {b"A": Name(b"B"), b"C": Text(b"x", hexadecimal=False)}),
        (b"<</A#42 /J#61>>", {b"AB": Name(b"Ja")}),
        (b"<</A 1 % >> comment\n/B 2>>", {b"A": 1, b"B": 2}),
        (b"<</A 1/A 2/A 3>>", {b"A": 1, AGAIN: [{b"A": 2}, {b"A": 3}]}),
        (b"<</A<</B[<</C 3", {b"A": {b"B": [{b"C": 3}]}}),
        (b"<</A(>>)/B 1>>", {b"A": Text(b">>", hexadecimal=False), b"B": 1}),
        (b"  % x\n [ 1 2 ] rest", [1, 2]),
        (b"]]>> 7", 7),
        (b"", None),
    ],
)
def test_values(text: bytes, value: Value) -> None:
    assert parse(text).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"(a(b)c)", b"a(b)c"),
        (b"(\\(\\)\\\\)", b"()\\"),
        (b"(\\101\\7\\n\\\nx\\q)", b"A\x07\nxq"),
        (b"(a\r\nb\rc)", b"a\nb\nc"),
        (b"<41 4>", b"A@"),
        (b"<zz41>", b"A"),
    ],
)
def test_strings(text: bytes, value: bytes) -> None:
    parsed = parse(text).value
    assert isinstance(parsed, Text)
    assert parsed.value() == value


def test_readable_strings() -> None:
    assert readable(b"\xfe\xff\x00a\x03\xb1") == b"a\xce\xb1"
    assert readable(b"\xff\xfea\x00") == b"a"
    assert readable(b"\xef\xbb\xbfa") == b"a"
    assert readable(b"\xe9") == b"\xe9"


@pytest.mark.parametrize("text", [b"[" * 100_000, b"<<" * 100_000, b"%" * 200_000, b"(" * 200_000])
def test_deep_and_long(text: bytes) -> None:
    parse(text)


def places(data: bytes) -> list[tuple[int, bytes, bytes | None]]:
    fmap = Fmap.from_bytes(data)
    walk = Walk(fmap, re.compile(b"x"), Budget(Limits()))
    return [
        (
            place.number,
            data[place.start : place.end].strip(),
            None if place.data < 0 else data[place.data : place.data_end],
        )
        for place in walk.objects()
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"1 0 obj 5 endobj", [(1, b"5", None)]),
        (b"1 0 obj\n<</A 1>>\n2 0 obj 6 endobj", [(1, b"<</A 1>>", None), (2, b"6", None)]),
        (b"1 0 obj<</Length 3>>stream\nabc\nendstream endobj", [(1, b"<</Length 3>>", b"abc")]),
        (b"1 0 obj<</Length 3>>stream\r\nabcendstream", [(1, b"<</Length 3>>", b"abc")]),
        (b"1 0 obj<</Length 9>>stream\nabc\nendstream", [(1, b"<</Length 9>>", b"abc")]),
        (b"1 0 obj<<>>stream\nabc", [(1, b"<<>>", b"abc")]),
        (
            b"1 0 obj<<>>stream\nabc\nendobj 2 0 obj<<>>stream\nx\nendstream",
            [(1, b"<<>>", b"abc"), (2, b"<<>>", b"x")],
        ),
        (
            b"1 0 obj<</Length 20>>stream\n5 0 obj endstream 9  endstream",
            [(1, b"<</Length 20>>", b"5 0 obj endstream 9 "), (5, b"endstream", None)],
        ),
        (
            b"1 0 obj<</A(>>stream endobj)/Length 1>>stream\nx\nendstream",
            [(1, b"<</A(>>stream endobj)/Length 1>>", b"x")],
        ),
        (
            b"1 0 obj ( endobj 2 0 obj 7 endobj",
            [(1, b"( endobj 2 0 obj 7 endobj", None), (2, b"7", None)],
        ),
        (
            b"1 0 obj<</A(\\))/B(>>stream)>>stream\nx\nendstream",
            [(1, b"<</A(\\))/B(>>stream)>>", b"x")],
        ),
        (
            b"1 0 obj (" + b"stream " * 900 + b") endobj",
            [(1, b"(" + b"stream " * 900 + b")", None)],
        ),
        (b"x1 0 obj 5 endobj", [(1, b"5", None)]),
        (b"1 obj 5 endobj", []),
    ],
)
def test_places(body: bytes, expected: list[tuple[int, bytes, bytes | None]]) -> None:
    assert places(HEAD + body) == expected


def children(*objects: bytes, trailer: bytes = b"") -> list[bytes]:
    body = b"".join(b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(objects, 1))
    events = PdfHandler().extract(Fmap.from_bytes(HEAD + body + trailer), Budget(Limits()))
    return [event.data.read(0, len(event.data)) for event in events if isinstance(event, Child)]


CONTENT = b"the content of a stream, " * 4
PACKED = zlib.compress(CONTENT)


@pytest.mark.parametrize(
    "entries",
    [
        b"/Filter[[/FlateDecode]]",
        b"/Filter//FlateDecode",
        b"/Filter[/Foo/FlateDecode]",
        b"/Filter(FlateDecode)",
        b"/X" + b"<</A" * 80 + b" 1" + b">>" * 80 + b"/Filter/FlateDecode",
        b"/X(without an end/Filter/FlateDecode",
        b"/X(" + b"long " * 900_000 + b")/Filter/FlateDecode",
        b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 4>>",
        b"/Filter/FlateDecode/DecodeParms<</Predictor 2/Columns 9>>",
        b"/Filter[/DCTDecode/FlateDecode]",
        b"/Filter/ASCIIHexDecode",
        b"",
    ],
)
def test_a_stream_is_inflated_whatever_its_dictionary_says(entries: bytes) -> None:
    assert CONTENT in children(b"<<%b>>\nstream\n%b\nendstream" % (entries, PACKED))


@pytest.mark.parametrize("before", [b"\r\n ", b"\x956\3\r\n", b"x\x9c", b"xam\n", b"garbage" * 8])
def test_something_before_what_is_packed(before: bytes) -> None:
    data = before + PACKED
    stream = b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(data), data)
    assert CONTENT in children(stream)


@pytest.mark.parametrize(
    "between",
    [b">>%comment\n", b">>" + b"\n" * 2000, b">>" + b" " * 600, b">>\n%endobj\n", b">>\0\0\0"],
)
def test_gaps_before_a_stream(between: bytes) -> None:
    stream = b"<</Length %d%bstream\n%b\nendstream" % (len(CONTENT), between, CONTENT)
    assert children(stream) == [CONTENT]


def test_a_stream_without_a_dictionary() -> None:
    assert children(b"stream\n%b\nendstream" % CONTENT) == [CONTENT]
    assert CONTENT in children(b"[/FlateDecode]stream\n%b\nendstream" % PACKED)


@pytest.mark.parametrize(
    "header",
    [b"99999999999 0 obj", b"3\0000\0obj", b"3 0obj", b"3 0 % x\nobj", b"3" + b" " * 90 + b"0 obj"],
)
def test_odd_headers_of_objects(header: bytes) -> None:
    stream = b"<</Length %d>>stream\n%b\nendstream" % (len(CONTENT), CONTENT)
    data = HEAD + header + stream
    events = PdfHandler().extract(Fmap.from_bytes(data), Budget(Limits()))
    assert [event.data.read(0, 999) for event in events if isinstance(event, Child)] == [CONTENT]


@pytest.mark.parametrize("filters", [b"/ASCIIHexDecode", b"/ASCII85Decode"])
def test_what_is_no_text_of_a_filter_is_shown_as_it_is(filters: bytes) -> None:
    text = b"vwxyz, a text that nobody coded " * 4
    assert text in children(b"<</Filter%b>>stream\n%b\nendstream" % (filters, text))


def test_a_script_that_is_referred_to_twice() -> None:
    assert b"x()" in children(b"<</JS 2 0 R>>", b"3 0 R", b"(x\\(\\))")


def test_strings_of_an_action_that_starts_a_program() -> None:
    action = b"<</S/Launch/Win<</F<636d64>/P(\\057c)>>>>"
    assert children(action)[1:] == [b"cmd", b"/c"]


@pytest.mark.parametrize(
    ("entries", "content"),
    [
        (b"/N 1/First 5", b"10 0 <</JS(x)>>"),
        (b"/Type/Foo/Type/ObjStm/First 5", b"10 0 <</JS(x)>>"),
        (b"/Type/ObjStm/N 2/First 11", b"10 3 11 0  <</JS(x)>>"),
        (b"/Type/ObjStm/N 2/First 11", b"10 0 11 8  <</A(%)/JS(x)>>"),
    ],
)
def test_odd_object_streams(entries: bytes, content: bytes) -> None:
    assert b"x" in children(b"<<%b>>stream\n%b\nendstream" % (entries, content))


def test_the_second_of_two_encryptions() -> None:
    data = (
        (SAMPLES / "pdf" / "aes-256.in").read_bytes().replace(b"/Encrypt", b"/Encrypt null/Encrypt")
    )
    events = list(PdfHandler().extract(Fmap.from_bytes(data), Budget(Limits())))
    assert not [event for event in events if isinstance(event, Finding | Problem)]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"BT\n[(T)-10.3(w)9.6(o)-157.7(y)(ears)]TJ\nET", b"twoyears"),
        (b"BT (Hello ) Tj [ (W) 3 (ORLD) ] TJ", b"hello world"),
        (b"[(a\\(b)-3(c\\101 \n\n)(\xc4d(e)f)]\nTJ", b"a\\(bc\\101 d(e)f"),
        (b"BT (Hello) Tj (array]) Tj", None),
    ],
)
def test_text_shown_in_pieces(content: bytes, text: bytes | None) -> None:
    for data, entry in ((content, b""), (zlib.compress(content), b"/Filter/FlateDecode")):
        found = children(b"<<%b/Length %d>>stream\n%b\nendstream" % (entry, len(data), data))
        assert found == [content] + [text] * (text is not None)


def test_the_text_of_many_pages_is_joined() -> None:
    streams = [b"<<>>stream\n[(Pa)-3(ge)] TJ (%d)\nendstream" % number for number in range(300)]
    found = children(*streams)
    assert found[1::2][:2] == [b"page0", b"page1"]
    assert len(found) == 300 + 256 + 1
    assert found[-1] == b"".join(b"page%d\n" % number for number in range(256, 300))


def test_strings_without_ends_are_looked_at_once() -> None:
    for text in (b"[(a)]TJ" + b"(\\" * 500_000, b"[(a)]TJ" + b"(a" * 500_000):
        assert len(children(b"<<>>stream\n%b\nendstream" % text)) == 2


def test_length_by_reference() -> None:
    inner = b"a endstream b endobj c"
    stream = b"<</Length 2 0 R>>stream\n%b\nendstream" % inner
    assert children(stream, b"%d" % len(inner))[0] == inner


@pytest.mark.parametrize("place", [0, 1, 2])
def test_of_several_filters_each_counts(place: int) -> None:
    packed = zlib.compress(b"the content")
    names = [b"/ASCIIHexDecode", b"/ASCII85Decode"]
    names.insert(place, b"/FlateDecode")
    entries = b"".join(b"/Filter%b" % name for name in names)
    stream = b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(packed), packed)
    assert b"the content" in children(stream)


def test_of_several_scripts_each_counts() -> None:
    scripts = children(b"<</JS(first)/S/JavaScript/JS(second)/JS(third)>>")
    assert scripts == [b"first", b"second", b"third"]


def test_more_filters_than_are_tried_are_told() -> None:
    entries = b"".join(b"/Filter/Unknown%d" % number for number in range(50))
    stream = b"1 0 obj<<%b>>stream\nabc\nendstream" % entries
    events = list(PdfHandler().extract(Fmap.from_bytes(HEAD + stream), Budget(Limits())))
    told = [event.reason for event in events if isinstance(event, Problem)]
    assert told[-1] == "1 0 obj: only 16 ways of decoding were tried"


def test_references_in_circles() -> None:
    stream = b"<</Length 2 0 R/Filter 2 0 R>>stream\nabc\nendstream"
    assert children(stream, b"3 0 R", b"2 0 R") == [b"abc"]


def test_object_stream_that_names_itself() -> None:
    content = b"1 0 2 0 <</JS(x)/A 1 0 R>>"
    packed = zlib.compress(content)
    stream = b"<</Type/ObjStm/N 2/First 8/Filter/FlateDecode/Length %d>>stream\n%b\nendstream"
    assert b"x" in children(stream % (len(packed), packed))


def test_many_objects_without_ends() -> None:
    children(*[b"<</Length 9>>stream"] * 2000)
    children(*[b"(((("] * 2000)


def test_encryption_without_sense() -> None:
    stream = b"<<>>stream\nabc\nendstream"
    for entries in (b"/V 9", b"/V 5/R 6/U(x)/O(y)", b"/V 4/R 4/P -1/Length 7", b"/V 1/R 2"):
        trailer = b"trailer<</Encrypt<</Filter/Standard%b>>>>" % entries
        assert children(stream, trailer=trailer) == [b"abc"]


def test_stream_over_the_limit() -> None:
    packed = zlib.compress(bytes(5000))
    stream = b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed)
    data = HEAD + b"1 0 obj\n%b\nendobj\n2 0 obj<<>>stream\nabc\nendstream" % stream
    events = list(PdfHandler().extract(Fmap.from_bytes(data), Budget(Limits(max_file_size=1000))))
    assert [event.limit for event in events if isinstance(event, Problem)] == ["MaxFileSize"]
    assert [len(event.data) for event in events if isinstance(event, Child)] == [3]


@pytest.mark.parametrize(
    "entries",
    [
        b"/Filter/FlateDecode",
        b"/Filter /Fl ",
        b"/Filter[/FlateDecode]",
        b"/Filter [ /FlateDecode ] /Type /X",
        b"/X<</Filter/ASCIIHexDecode>>/Filter/FlateDecode",
        b"/X(/Filter/ASCIIHexDecode)/Filter/FlateDecode",
        b"%/Filter/ASCIIHexDecode\n/Filter/FlateDecode",
        b"/F#69lter/FlateDecode",
        b"/X /Type /Filter /FlateDecode",
        b"/Filter/FlateDecode/Filter/ASCIIHexDecode",
        b"/FilterX/ASCIIHexDecode/Filter/FlateDecode",
    ],
)
def test_dictionaries_read_at_a_glance(entries: bytes) -> None:
    packed = zlib.compress(b"a text")
    stream = b"<<%b/Length %d>>stream\n%b\nendstream"
    assert children(stream % (entries, len(packed), packed))[0] == b"a text"


def test_two_filters_at_a_glance() -> None:
    packed = zlib.compress(b"a text").hex().encode()
    for between in (b"", b" "):
        entry = b"/Filter[/ASCIIHexDecode%b/FlateDecode]/Length %d" % (between, len(packed))
        assert children(b"<<%b>>stream\n%b\nendstream" % (entry, packed)) == [b"a text"]


def test_streams_that_end_with_a_flush() -> None:
    packer = zlib.compressobj()
    flushed = packer.compress(b"\2abcd\2\1\1\1\1") + packer.flush(zlib.Z_SYNC_FLUSH)
    rows = b"/DecodeParms<</Predictor 12/Columns 4>>/Filter/FlateDecode"
    for packed, told in (flushed, []), (b"", []), (flushed[:-4], ["truncated"]):
        stream = b"1 0 obj<<%b/Length %d>>stream\n%b\nendstream" % (rows, len(packed), packed)
        events = list(PdfHandler().extract(Fmap.from_bytes(HEAD + stream), Budget(Limits())))
        found = [event.data.read(0, 9) for event in events if isinstance(event, Child)]
        assert found == [b"abcdbcde", b"\2abcd\2\1\1\1"][: len(packed)]  # with and without rows
        problems = [event.reason for event in events if isinstance(event, Problem)]
        assert len(problems) == len(told)


def test_rows_of_pictures_are_undone_for_all_readers() -> None:
    packed = zlib.compress(b"\2abcd\2\1\1\1\1")
    entries = b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 4>>/Length %d" % len(packed)
    for subtype, count in ((b"", 2), (b"/Subtype/Image", 1)):
        found = children(b"<<%b%b>>stream\n%b\nendstream" % (subtype, entries, packed))
        assert found == [b"abcdbcde", b"\2abcd\2\1\1\1\1"][:count]


def test_of_many_predictors_the_last_ones_have_two_answers() -> None:
    data = b"a text"
    for _ in range(5):
        data = zlib.compress(b"\0%b" % data)
        rows = b"<</Predictor 12/Columns 999>>"
    entries = b"/Filter[%b]/DecodeParms[%b]/Length %d" % (b"/Fl" * 5, rows * 5, len(data))
    found = children(b"<<%b>>stream\n%b\nendstream" % (entries, data))
    assert (found[0], found[2]) == (b"a text", b"\0a text")
    assert len(found) == 3


def test_an_object_that_launches_twice_is_shown_once() -> None:
    text = b"[<</S/Launch/F(\\141)>><</S/Launch/F(\\142)>>]"
    assert [one.strip() for one in children(text)] == [text, b"a", b"b"]


def test_what_claims_to_hold_objects_is_decoded_in_all_ways() -> None:
    inside = b"7 0 <</S/JavaScript/JS(a script)>>"
    packed = zlib.compress(inside)
    entries = b"/N 1/First 1/First 4/Filter/DCTDecode/Filter/Fl/Length %d" % len(packed)
    found = children(b"<<%b>>stream\n%b\nendstream" % (entries, packed))
    assert {packed, inside, b"a script"} <= set(found)


def test_passwords_of_the_database() -> None:
    sample = SAMPLES / "pdf" / "password.in"
    for passwords, opened in ((b"u",), True), ((b"x", b"o"), True), ((b"x",), False):
        budget = Budget(Limits(), passwords={FileType.ANY: passwords})
        events = list(PdfHandler().extract(Fmap.from_bytes(sample.read_bytes()), budget))
        assert any(isinstance(event, Finding) for event in events)
        assert any(isinstance(event, Problem) for event in events) != opened
        names = [event.name for event in events if isinstance(event, Child)]
        assert (b"tool.bin" in names) == opened
