from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import feeds
from nacre.cvd import Container
from nacre.cvd.cdiff import Cdiff, write_cdiff
from nacre.cvd.script import CdiffError
from nacre.cvd.sign_file import LEVEL, UnreadableError, line_of, signatures, signed_by
from nacre.cvd.signer import Nobody, signature_of
from nacre.cvd.verify import verify
from nacre.model.errors import DatabaseError
from notary import Notary, own, sign

if TYPE_CHECKING:
    from pathlib import Path


KEYS = replace(feeds.KEYS, authorities=Notary())


def text_of(*lines: str) -> str:
    return "".join(f"{line}\n" for line in ("#clamsign-1.0", *lines))


B64 = base64.b64encode(b"one").decode()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (text_of(f"::pkcs7-pem:{B64}"), [b"one"]),
        (text_of("", "# comment", f"{LEVEL}::pkcs7-pem:{B64}"), [b"one"]),
        (text_of(f":{LEVEL}:pkcs7-pem:{B64}", f"0:999:pkcs7-pem:{B64}"), [b"one", b"one"]),
        (text_of(f"{LEVEL + 1}::pkcs7-pem:{B64}", f"::pkcs7-pem:{B64}"), [b"one"]),
        (text_of(f":{LEVEL - 1}:pkcs7-pem:{B64}", f"::pkcs7-pem:{B64}"), [b"one"]),
        (text_of(f"::pkcs7-pem:{B64}").replace("\n", "\r\n"), [b"one"]),
    ],
)
def test_lines(tmp_path: Path, text: str, found: list[bytes]) -> None:
    (tmp_path / "x.sign").write_bytes(text.encode())
    assert signatures(tmp_path / "x.sign") == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#clamsign-1.1\n",
        f" #clamsign-1.0\n::pkcs7-pem:{B64}\n",
        text_of(),
        text_of(f"{LEVEL + 1}::pkcs7-pem:{B64}"),
        text_of(f"::pkcs8:{B64}"),
        text_of("::pkcs7-pem:"),
        text_of("::pkcs7-pem:!!!!"),
        text_of("::pkcs7-pem:abc"),
        text_of(f"x::pkcs7-pem:{B64}"),
        text_of(f"::pkcs7-pem:{B64}", "what"),
        text_of(*[f"::pkcs7-pem:{B64}"] * 65),
    ],
)
def test_what_is_no_signature_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.sign").write_text(text)
    with pytest.raises(UnreadableError):
        signatures(tmp_path / "x.sign")


def test_one_that_fits_is_enough(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"data")
    digest = hashlib.sha256(b"data").digest()
    (tmp_path / "x.sign").write_text("#clamsign-1.0\n" + line_of(b"no") + line_of(digest))
    assert signed_by(tmp_path / "x", tmp_path / "x.sign", Notary()) == "notary"
    (tmp_path / "x").write_bytes(b"other")
    with pytest.raises(DatabaseError, match="another file"):
        signed_by(tmp_path / "x", tmp_path / "x.sign", Notary())


def test_names(tmp_path: Path) -> None:
    for name in ("own.cvd", "own-7.cvd", "own-7-x.cvd"):
        assert signature_of(tmp_path / name, 3) == tmp_path / "own-3.cvd.sign"


def test_a_container_is_believed_for_its_sign_file(tmp_path: Path) -> None:
    path = own(tmp_path / "own.cvd")
    with pytest.raises(DatabaseError, match="digital signature"):
        verify(path, KEYS)
    beside = tmp_path / "own-3.cvd.sign"
    sign(path, beside)
    assert verify(path, KEYS).version == 3
    with pytest.raises(DatabaseError, match="digital signature"):
        verify(path, feeds.KEYS)  # nobody is an authority
    # It loads, as whoever puts it into the database folder vouches for it.
    assert [member.name for member in Container.open(path).members(bool)][1:] == ["own.hdb"]


def test_one_database_is_not_another(tmp_path: Path) -> None:
    path = own(tmp_path / "own.cvd").rename(tmp_path / "daily.cvd")
    sign(path, tmp_path / "daily-3.cvd.sign")
    with pytest.raises(DatabaseError, match=r"as another database \('own\.info'\)"):
        verify(path, KEYS)


def test_a_wrong_sign_file_is_the_end_of_it(tmp_path: Path) -> None:
    path = feeds.database(tmp_path / "daily.cvd", 7)
    assert verify(path, KEYS).version == 7
    beside = tmp_path / "daily-7.cvd.sign"
    beside.write_text("not one")
    assert verify(path, KEYS).version == 7
    beside.write_text("#clamsign-1.0\n" + line_of(b"wrong"))
    with pytest.raises(DatabaseError, match="another file"):
        verify(path, KEYS)


def test_a_member_that_is_another_is_found(tmp_path: Path) -> None:
    path = own(tmp_path / "own.cvd")
    raw = path.read_bytes()
    other = own_other(tmp_path)
    path.write_bytes(raw[:512] + other.read_bytes()[512:])
    sign(path, tmp_path / "own-3.cvd.sign")
    with pytest.raises(DatabaseError, match="belongs to another version"):
        verify(path, KEYS)


def own_other(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    return own(folder / "own.cvd", 4)


def test_cdiffs(tmp_path: Path) -> None:
    script = tmp_path / "own-4.script"
    script.write_bytes(b"OPEN a\nADD x\nCLOSE\n")
    path = tmp_path / "own-4.cdiff"
    write_cdiff(script, path, 4, Nobody())
    beside = tmp_path / "own-4.cdiff.sign"
    with pytest.raises(CdiffError, match="digital signature"):
        Cdiff.open(path, KEYS)
    sign(path, beside)
    cdiff = Cdiff.open(path, KEYS)
    assert cdiff.by_certificate
    cdiff.apply(tmp_path)
    assert (tmp_path / "a").read_bytes() == b"x\n"
    path.write_bytes(path.read_bytes() + b"Y")
    with pytest.raises(CdiffError, match="another file"):
        Cdiff.open(path, KEYS)
