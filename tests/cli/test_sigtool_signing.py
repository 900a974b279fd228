"""A database of one's own from its lines to its distribution, cross-checked with OpenSSL."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

import pki
from nacre.cli.main import freshclam, sigtool

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("cryptography", reason="signing needs cryptography")
pytestmark = pytest.mark.skipif(pki.MISSING, reason="no openssl")


def signing(*, chain: bool = True) -> list[str]:
    own = pki.pki()
    words = [f"--key={own.signer.key}"]
    others = [own.middle] if chain else []
    return words + [f"--cert={each.certificate}" for each in (*others, own.signer)]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("SIGNDUSER", "tester")
    monkeypatch.delenv("CVD_CERTS_DIR", raising=False)
    (here / "COPYING").write_text("free\n")
    (here / "own.ndb").write_text("a.b:0:*:414141\nq.z:0:0:414141")
    return here


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert sigtool(words) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def trusted() -> str:
    return f"--cvdcertsdir={pki.pki().trusted}"


def by_openssl(command: str, path: Path, text: str) -> None:
    """That OpenSSL finds the last line of a `.sign` file a signature of the file at `path`."""
    raw = base64.b64decode(text.splitlines()[-1].split(":")[3])
    root = str(pki.pki().root.certificate)
    verify = (command, "-verify", "-inform", "DER", "-binary", "-purpose", "any", "-CAfile", root)
    assert pki.openssl(*verify, "-content", str(path), folder=path.parent, given=raw) == (
        path.read_bytes()
    )


@pytest.mark.parametrize("command", ["cms", "smime"])
def test_openssl_believes_what_is_signed(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (folder / "file").write_bytes(bytes(range(256)) * 300)
    said = run(capsys, "--sign=file", *signing())
    assert said == "Signed file: file.sign\n"
    by_openssl(command, folder / "file", (folder / "file.sign").read_text())
    assert run(capsys, "--verify=file", trusted()) == "file: signed by signer\n"
    (folder / "file").write_bytes(b"other")
    assert "does not fit" in run(capsys, "--verify=file", trusted(), code=1)


def test_openssl_signs_what_is_believed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "file").write_bytes(b"data\n")
    own = pki.pki()
    signature = own.signer.signs(b"data\n", "-certfile", str(own.middle.certificate))
    (folder / "file.sign").write_bytes(pki.sign_text(signature))
    assert run(capsys, "--verify=file", trusted()) == "file: signed by signer\n"


def test_signatures_are_added(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_bytes(b"data")
    run(capsys, "--sign=file", *signing(chain=False))
    monkeypatch.setenv("CVD_CERTS_DIR", str(pki.pki().trusted))
    assert "not trusted" in run(capsys, "--verify=file", code=1)
    run(capsys, "--sign=file", "--append", *signing())
    assert (folder / "file.sign").read_text().count("pkcs7-pem") == 2
    run(capsys, "--verify=file")
    run(capsys, "--sign=file", *signing())
    assert (folder / "file.sign").read_text().count("pkcs7-pem") == 1


def test_what_cannot_sign(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = pki.pki()
    (folder / "file").write_bytes(b"data")
    elliptic = folder / "ec.key"
    pki.openssl("ecparam", "-genkey", "-name", "prime256v1", "-out", str(elliptic), folder=folder)
    locked = folder / "locked.key"
    lock = ("-aes128", "-passout", "pass:x", "-out", str(locked))
    pki.openssl("rsa", "-in", str(own.signer.key), *lock, folder=folder)
    certificate = f"--cert={own.signer.certificate}"
    for words, reason in (
        ([], "--sign needs --key and --cert"),
        ([f"--key={own.signer.key}"], "both needed"),
        ([f"--key={folder}/none", certificate], "none: No such file"),
        ([f"--key={folder}/file", certificate], "file: not a private key in PEM"),
        ([f"--key={own.root.key}", certificate], "not the key of one of the certificates"),
        ([f"--key={elliptic}", certificate], "only RSA keys"),
        ([f"--key={locked}", certificate], "no terminal"),
        ([f"--key={own.signer.key}", f"--cert={folder}/file"], "file: no certificate in PEM"),
    ):
        assert reason in run(capsys, "--sign=file", *words, code=1)
    assert "none: No such file" in run(capsys, "--sign=none", *signing(), code=1)
    assert not (folder / "file.sign").exists()


def test_a_database_of_ones_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "data").mkdir()
    build = ("--build=own.cvd", "--datadir=data", *signing())
    said = run(capsys, *build, "--cvd-version=7")
    assert said == "Total sigs: 2\nNew sigs: 2\nCreated own.cvd\nSkipping .cdiff creation\n"
    by_openssl("cms", folder / "own.cvd", (folder / "own-7.cvd.sign").read_text())
    assert run(capsys, "--info=own.cvd", trusted()).endswith("\nVerification OK.\n")
    assert "Can't verify the digital signature" in run(capsys, "--info=own.cvd", code=1)
    for name in ("own.cvd", "own-7.cvd.sign"):
        (folder / name).rename(folder / "data" / name)

    with (folder / "own.ndb").open("a") as file:
        file.write("\nc.d:0:*:434343\n")
    said = run(capsys, *build)
    assert "New sigs: 1\n" in said
    assert "Verification: own-8.script correctly applies to the previous version\n" in said
    assert b"OPEN own.ndb\nADD c.d:0:*:434343\nCLOSE\n" in (folder / "own-8.script").read_bytes()
    by_openssl("cms", folder / "own-8.cdiff", (folder / "own-8.cdiff.sign").read_text())
    fits = ("--verify-cdiff=own-8.cdiff", "data/own.cvd")
    assert "correctly applies" in run(capsys, *fits, trusted())
    assert "digital signature" in run(capsys, *fits, code=1)


def test_it_is_distributed(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(capsys, "--build=own.cvd", "--datadir=data", *signing(), "--cvd-version=7")
    databases = tmp_path / "databases"
    databases.mkdir()
    config = tmp_path / "freshclam.conf"
    lines = (
        f"DatabaseDirectory {databases}",
        "DatabaseOwner root",
        "DNSDatabaseInfo no",
        "ExcludeDatabase daily",
        "ExcludeDatabase main",
        "Bytecode no",
        "MaxAttempts 1",
        f"DatabaseCustomURL file://{folder}/own.cvd",
    )
    config.write_text("\n".join(lines) + "\n")
    words = ["--config-file", str(config)]
    assert freshclam(words) != 0
    assert not (databases / "own.cvd").exists()
    with config.open("a") as file:
        file.write(f"CVDCertsDirectory {pki.pki().trusted}\n")
    assert freshclam(words) == 0
    assert (databases / "own.cvd").read_bytes() == (folder / "own.cvd").read_bytes()
    config.write_text("\n".join((*lines, f"CVDCertsDirectory {folder}/none")) + "\n")
    capsys.readouterr()
    assert freshclam(words) != 0
    assert f"{folder}/none: No such file" in capsys.readouterr().err


def test_built_over_the_version_before(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = ("--build=own.cvd", "--datadir=.", *signing())
    run(capsys, *build, "--cvd-version=7")
    with (folder / "own.ndb").open("a") as file:
        file.write("\nc.d:0:*:434343\n")
    assert "own-8.script correctly applies" in run(capsys, *build)
    assert "\nVersion: 8\n" in run(capsys, "--info=own.cvd", trusted())


def test_what_cannot_be_built(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cud = ("--build=own.cud", "--unsigned", "--datadir=.", "--cvd-version=1")
    for words, reason in (
        (("--build=own.cvd", "--datadir=."), "--unsigned, --key and --cert, or --server"),
        (("--build=own.cud", *signing()), "is a .cvd"),
        (("--build=a-b.cud", "--unsigned"), "only letters, digits and _"),
        ((*cud, "none"), "none: No such file"),
        (("--build=own.cvd", "--server=localhost"), "SIGNDUSER and SIGNDPASS"),
    ):
        assert reason in run(capsys, *words, code=1)
    (folder / "own.ndb").write_text("a.b:0:*:414141\nbad\nc.d:0:*:4g\n")
    said = run(capsys, *cud, code=1)
    assert "build: own.ndb:2: " in said
    assert "build: own.ndb:3: " in said
    assert said.endswith("Can't load database: 2 malformed lines\n")
    (folder / "own.ndb").write_text("a.b:0:*:414141\nb.c:0:*:414141:999\n")
    assert "WARNING: build: Signatures in db files: 2, loaded: 1" in run(
        capsys, *cud, "--max-bad-sigs=0", code=1
    )
    assert sorted(path.name for path in folder.iterdir()) == ["COPYING", "own.ndb"]
    assert "New sigs: 1\n" in run(capsys, *cud)
    (folder / "COPYING").unlink()
    assert "COPYING file not found" in run(capsys, *cud, code=1)
