from __future__ import annotations

import io
import zipfile

from nacre.filetype import is_convincing
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap


def test_a_real_member_is_convincing() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "text " * 20)
    assert is_convincing(FileType.ZIPSFX, Fmap.from_bytes(buffer.getvalue()))


def test_program_code_behind_the_four_bytes_is_not() -> None:
    code = bytes.fromhex(
        "504b0304 41b74566 41894766 7ea841742b c743382020 20be202020 4889efe86923 fb"
    )
    assert not is_convincing(FileType.ZIPSFX, Fmap.from_bytes(code + bytes(40)))
