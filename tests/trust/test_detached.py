"""Detached signatures of OpenSSL, believed and not."""

from __future__ import annotations

import functools
import hashlib
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pki
from nacre.model.errors import ConfigError, FormatError
from nacre.trust.detached import Trusted

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(pki.MISSING, reason="no openssl")
DATA = b"what is signed" * 1000


def believed(trusted: Trusted, signature: bytes, data: bytes = DATA) -> str:
    return trusted.signer(signature, lambda name: hashlib.new(name, data).digest())


@functools.cache
def with_middle() -> bytes:
    own = pki.pki()
    return own.signer.signs(DATA, "-certfile", str(own.middle.certificate))


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_a_chain_to_the_root_is_believed(digest: str) -> None:
    own = pki.pki()
    arguments = ("-certfile", str(own.middle.certificate), "-md", digest)
    assert believed(Trusted.load(own.trusted), own.signer.signs(DATA, *arguments)) == "signer"


def test_the_middle_may_be_in_the_folder(tmp_path: Path) -> None:
    own = pki.pki()
    signature = own.signer.signs(DATA)
    with pytest.raises(FormatError, match="'signer' is not trusted"):
        believed(Trusted.load(own.trusted), signature)
    for each in (own.root, own.middle):
        shutil.copy(each.certificate, tmp_path / f"{each.name}.pem")
    assert believed(Trusted.load(tmp_path), signature) == "signer"
    # The middle alone is nobody's root.
    (tmp_path / "root.pem").unlink()
    with pytest.raises(FormatError, match="not trusted"):
        believed(Trusted.load(tmp_path), signature)


def test_one_that_signed_itself(tmp_path: Path) -> None:
    alone = pki.party(pki.pki().root.folder, "alone", pki.SIGNER)
    signature = alone.signs(DATA)
    with pytest.raises(FormatError, match="not trusted"):
        believed(Trusted.load(pki.pki().trusted), signature)
    shutil.copy(alone.certificate, tmp_path)
    assert believed(Trusted.load(tmp_path), signature) == "alone"


def test_other_data() -> None:
    trusted = Trusted.load(pki.pki().trusted)
    with pytest.raises(FormatError, match="does not fit"):
        believed(trusted, with_middle(), DATA + b"\n")
    with pytest.raises(FormatError, match="not trusted"):
        believed(Trusted(()), with_middle())


@pytest.mark.parametrize(
    ("name", "extensions", "issuer", "reason"),
    [
        ("server", pki.SIGNER + "extendedKeyUsage=serverAuth\n", "middle", "not trusted to sign"),
        ("encrypts", "keyUsage=keyEncipherment\n", "middle", "not trusted to sign"),
        ("below", pki.CODE, "signer", "not trusted to sign"),
    ],
)
def test_certificates_for_something_else(
    name: str, extensions: str, issuer: str, reason: str
) -> None:
    own = pki.pki()
    by = {"middle": own.middle, "signer": own.signer}[issuer]
    other = pki.party(own.root.folder, name, extensions, by)
    chain = own.root.folder / f"{name}.chain"
    chain.write_bytes(own.middle.certificate.read_bytes() + own.signer.certificate.read_bytes())
    with pytest.raises(FormatError, match=reason):
        believed(Trusted.load(own.trusted), other.signs(DATA, "-certfile", str(chain)))


def test_small_keys_and_old_certificates() -> None:
    own = pki.pki()
    arguments = ("-certfile", str(own.middle.certificate))
    small = pki.party(own.root.folder, "small", pki.CODE, own.middle, bits=1024)
    with pytest.raises(FormatError, match="too weak"):
        believed(Trusted.load(own.trusted), small.signs(DATA, *arguments))
    old = pki.party(own.root.folder, "old", pki.CODE, own.middle, days=-1)
    with pytest.raises(FormatError, match="not valid now"):
        believed(Trusted.load(own.trusted), old.signs(DATA, *arguments))
    with pytest.raises(FormatError, match="sha1"):
        believed(Trusted.load(own.trusted), own.signer.signs(DATA, *arguments, "-md", "sha1"))


def test_folders(tmp_path: Path) -> None:
    own = pki.pki()
    with pytest.raises(ConfigError, match="none: No such file"):
        Trusted.load(tmp_path / "none")
    assert Trusted.load(tmp_path).certificates == ()
    shutil.copy(own.root.certificate, tmp_path / "one.crt")
    (tmp_path / "README").write_text("not looked at")
    assert len(Trusted.load(tmp_path).certificates) == 1
    twin = pki.party(own.root.folder, "twin", common_name="root")
    shutil.copy(twin.certificate, tmp_path / "two.pem")
    with pytest.raises(ConfigError, match="two certificates are called 'root'"):
        Trusted.load(tmp_path)
    (tmp_path / "two.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match=r"two\.pem: no certificate in PEM"):
        Trusted.load(tmp_path)


@given(st.data())
def test_any_change_is_refused(data: st.DataObject) -> None:
    own = pki.pki()
    signature = bytearray(with_middle())
    place = data.draw(st.integers(0, len(signature) - 1))
    signature[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        name = believed(Trusted.load(own.trusted), bytes(signature))
    except FormatError:
        return
    # A field that nobody relies on, such as the version of a certificate that is signed anyway.
    assert name == "signer"


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(FormatError):
        believed(Trusted(()), raw)
