from __future__ import annotations

import io
import zipfile

import pytest
from ftm_reference import searcher
from hypothesis import given
from hypothesis import strategies as st

from executables.portable import Pe
from nacre.filetype import embedded, opened_also, retype
from nacre.matching import TypeHit
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SEARCH = searcher()
LIMITS = Limits()
TEXT = b"hello world\n" * 200
PROGRAM = Pe().build()


def archive(count: int = 1) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for number in range(count):
            target.writestr(f"a{number}", "PK\3\4 not a header")
    return out.getvalue()


def objects(
    data: bytes, current: FileType = FileType.BINARY_DATA, limits: Limits = LIMITS
) -> list[tuple[FileType, int]]:
    layer = Fmap.from_bytes(data)
    return list(embedded(current, SEARCH(layer), layer, limits))


def test_an_archive_is_named_once_and_what_follows_it_as_well() -> None:
    zipped = archive(5)
    data = TEXT + zipped + b"junk" + zipped
    assert objects(data) == [
        (FileType.ZIPSFX, len(TEXT)),
        (FileType.ZIPSFX, len(TEXT) + len(zipped) + 4),
    ]


def test_the_start_of_a_layer_is_no_embedded_object() -> None:
    assert objects(archive()) == []


@pytest.mark.parametrize("current", [FileType.ZIP, FileType.GZ, FileType.POSIX_TAR])
def test_archives_are_not_searched(current: FileType) -> None:
    assert objects(TEXT + archive(), current) == []


def test_chance_is_not_an_archive() -> None:
    assert objects(TEXT + b"PK\3\4" + b"\xff" * 40) == []
    assert objects(TEXT + b"MSCF" + b"\0" * 40) == []
    assert objects(TEXT + b"MZ" + b"z" * 60 + b"PE\0\0" + b"z" * 99, FileType.MSEXE) == []


def test_programs_behind_programs_and_documents_only() -> None:
    data = PROGRAM + b"\0" * 100 + PROGRAM
    found = [(FileType.MSEXE, len(PROGRAM) + 100)]
    assert objects(data, FileType.MSEXE) == found
    assert objects(b"z" * len(PROGRAM) + data[len(PROGRAM) :], FileType.MSOLE2) == found
    assert objects(data, FileType.BINARY_DATA) == []
    assert objects(data, FileType.MSEXE, Limits(max_embedded_pe=50)) == []
    assert objects(data, FileType.MSEXE, Limits(max_embedded_pe=0)) == found


def test_pdf_behind_untyped_data_and_mail_only() -> None:
    data = TEXT + b"%PDF-1.4\n"
    for current in (FileType.TEXT_ASCII, FileType.BINARY_DATA, FileType.MAIL):
        assert objects(data, current) == [(FileType.PDF, len(TEXT))]
    assert objects(data, FileType.PNG) == []


def test_nsis_begins_four_bytes_before_its_mark() -> None:
    data = TEXT + b"\xef\xbe\xad\xdeNullsoftInst"
    assert objects(data) == [(FileType.NULSFT, len(TEXT) - 4)]


def test_a_program_that_knows_the_mark_of_nsis_is_no_installer() -> None:
    mark = b"\0\0\0\0\xef\xbe\xad\xdeNullsoftInst"
    for sizes in (b"\0\1\0\0Nsis", b"\xef\xbe\xad\xde\0\0\0\0"):
        assert objects(TEXT + mark + sizes + TEXT) == []
    kept = objects(TEXT + mark + b"\0\1\0\0\0\x40\0\0" + TEXT)  # cut, but not by chance
    assert kept == [(FileType.NULSFT, len(TEXT))]


def test_at_most_ten_of_a_kind() -> None:
    assert len(objects(TEXT + b"%PDF-1.4\n" * 50)) == 10


def hit(detected: FileType, offset: int = 2000) -> TypeHit:
    return TypeHit(FileType.ANY, detected, offset)


def test_a_late_page_makes_a_text_html() -> None:
    hits = SEARCH(Fmap.from_bytes(TEXT + b"<html>"))
    assert retype(FileType.TEXT_ASCII, hits) is FileType.HTML
    assert retype(FileType.TEXT_UTF16LE, hits) is None
    assert opened_also(FileType.TEXT_UTF16LE, hits) == (FileType.HTML,)
    assert retype(FileType.GIF, hits) is FileType.HTML
    for other in (FileType.BINARY_DATA, FileType.RTF, FileType.MSEXE, FileType.MAIL):
        assert retype(other, hits) is None


def test_what_is_taken_last_decides() -> None:
    html, sfx = hit(FileType.HTML), hit(FileType.ZIPSFX)
    assert retype(FileType.TEXT_ASCII, [html, sfx]) is None
    assert retype(FileType.TEXT_ASCII, [html, hit(FileType.PDF)]) is FileType.HTML
    assert retype(FileType.TEXT_ASCII, [hit(FileType.PDF), html]) is FileType.HTML


def test_the_required_type_is_respected() -> None:
    bound = TypeHit(FileType.GIF, FileType.HTML, 0)
    assert retype(FileType.TEXT_ASCII, [bound]) is None
    assert retype(FileType.GIF, [bound]) is FileType.HTML


def test_formats_as_which_the_whole_layer_is_opened_too() -> None:
    hits = [hit(FileType.UDF), hit(FileType.MHTML), hit(FileType.UDF), hit(FileType.ZIPSFX)]
    assert opened_also(FileType.TEXT_ASCII, hits) == (FileType.UDF, FileType.MHTML)
    assert opened_also(FileType.RTF, hits) == (FileType.UDF,)
    assert opened_also(FileType.MSEXE, [hit(FileType.MBR)]) == (FileType.MBR,)


@given(
    st.lists(st.tuples(st.sampled_from(FileType), st.integers(0, 300))),
    st.sampled_from(FileType),
    st.binary(max_size=300),
)
def test_any_hits_are_bounded(
    hits: list[tuple[FileType, int]], current: FileType, data: bytes
) -> None:
    ordered = sorted((TypeHit(FileType.ANY, kind, at) for kind, at in hits), key=lambda h: h.offset)
    layer = Fmap.from_bytes(data)
    offsets = [offset for _, offset in embedded(current, ordered, layer, LIMITS)]
    assert all(0 < offset <= 300 for offset in offsets)
    assert offsets == sorted(offsets)
