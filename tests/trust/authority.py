"""A certificate authority of a test's own, made with openssl."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from trust.der import first, split

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign"
CODE = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning"
STAMP = CODE.replace("=codeSigning", "=critical,timeStamping")
BARE = "subjectKeyIdentifier=hash"

LONG = ("20200101000000Z", "21200101000000Z")
"""When most certificates are valid; no test outlives it."""
PAST = ("20200101000000Z", "20210101000000Z")
FUTURE = ("20480101000000Z", "20490101000000Z")
IN_PAST = 1_600_000_000
"""A moment within PAST."""

_CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
C = XX
O = Test
CN = {subject}
[ca]
default_ca = here
[here]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = {digest}
policy = any
x509_extensions = extensions
[any]
countryName = supplied
organizationName = supplied
commonName = supplied
[extensions]
{profile}
"""


def run(*command: str | Path, data: bytes | None = None) -> bytes:
    """What `command` writes; a tool that is missing skips the test."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed (apt install {command[0]})")
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key."""

    name: str
    key: Path
    pem: Path

    def der(self) -> bytes:
        return run("openssl", "x509", "-in", self.pem, "-outform", "DER")

    def identity(self) -> tuple[bytes, bytes]:
        """Issuer and serial, as they stand in the certificate."""
        fields = self._fields()
        return fields[2], fields[0]

    def rule(  # noqa: PLR0913 - the fields of a line
        self,
        name: str,
        *,
        trusted: int,
        usages: str = "111",
        not_before: str = "",
        serial: str | None = None,
        subject: str | None = None,
        key: str | None = None,
    ) -> str:
        """A line of a `.crb` file about this certificate; `usages` are code, time and cert."""
        fields = self._fields()
        modulus = run("openssl", "x509", "-in", self.pem, "-noout", "-modulus")
        own = modulus.decode().strip().partition("=")[2]
        return ";".join(
            (
                name,
                str(trusted),
                subject or hashlib.sha1(first(fields[4]).content).hexdigest(),  # noqa: S324
                hashlib.sha1(first(fields[0]).content).hexdigest()  # noqa: S324
                if serial is None
                else serial,
                key or own,
                "010001",
                *usages,
                not_before,
                "made by a test",
            )
        )

    def _fields(self) -> list[bytes]:
        """Serial, algorithm, issuer, validity, subject and so on."""
        signed = split(first(self.der()).content)[0]
        return [part.whole for part in signed.parts()[1:]]


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index").write_text("")
        (folder / "index.attr").write_text("unique_subject = no\n")
        self._serial = 0x9000

    def issue(  # noqa: PLR0913 - what certificates differ in
        self,
        name: str,
        issuer: Issued | None,
        profile: str,
        *,
        valid: tuple[str, str] = LONG,
        digest: str = "sha256",
        subject: str | None = None,
        key: Path | None = None,
    ) -> Issued:
        """A certificate of a new key, unless `key` is given; signed by itself without `issuer`."""
        folder = self.folder
        self._serial += 1
        (folder / "serial").write_text(f"{self._serial:04X}\n")
        configuration = folder / f"{name}.cnf"
        configuration.write_text(
            _CONFIGURATION.format(
                subject=subject or name, folder=folder, digest=digest, profile=profile
            )
        )
        own = key or self.key(name)
        request, pem = folder / f"{name}.csr", folder / f"{name}.pem"
        run("openssl", "req", "-new", "-key", own, "-config", configuration, "-out", request)
        signer = (
            ("-selfsign", "-keyfile", own)
            if issuer is None
            else ("-cert", issuer.pem, "-keyfile", issuer.key)
        )
        dates = ("-startdate", valid[0], "-enddate", valid[1])
        run(
            "openssl", "ca", "-batch", "-notext", "-config", configuration,
            "-in", request, "-out", pem, *dates, *signer,
        )  # fmt: skip
        return Issued(name, own, pem)

    def key(self, name: str, *kind: str) -> Path:
        """A new key, RSA of 2048 bits unless arguments of genpkey say otherwise."""
        path = self.folder / f"{name}.key"
        arguments = kind or ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        if not path.exists():
            run("openssl", "genpkey", *arguments, "-out", path)
        return path
