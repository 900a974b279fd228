"""Certificates of one's own, made by OpenSSL, and signatures that it makes and verifies."""

from __future__ import annotations

import atexit
import base64
import functools
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

MISSING = shutil.which("openssl") is None
_ROOT = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
SIGNER = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n"
CODE = SIGNER + "extendedKeyUsage=codeSigning\n"


def openssl(*arguments: str, folder: Path, given: bytes = b"") -> bytes:
    done = subprocess.run(
        ["openssl", *arguments], cwd=folder, input=given, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@dataclass(frozen=True)
class Party:
    """A key and its certificate, in PEM."""

    folder: Path
    name: str

    @property
    def key(self) -> Path:
        return self.folder / f"{self.name}.key"

    @property
    def certificate(self) -> Path:
        return self.folder / f"{self.name}.crt"

    def signs(self, data: bytes, *arguments: str) -> bytes:
        """A detached signature, in DER."""
        files = ("-signer", str(self.certificate), "-inkey", str(self.key))
        return openssl(
            *("cms", "-sign", "-binary", "-outform", "DER", *files, *arguments),
            folder=self.folder,
            given=data,
        )


def party(  # noqa: PLR0913 - a certificate says much
    folder: Path,
    name: str,
    extensions: str = CODE,
    issuer: Party | None = None,
    *,
    days: int = 30,
    bits: int = 2048,
    common_name: str | None = None,
) -> Party:
    """Somebody new; their own issuer if there is none."""
    made = Party(folder, name)
    (folder / f"{name}.ext").write_text(extensions)
    openssl("genrsa", "-out", str(made.key), str(bits), folder=folder)
    subject = f"/O=Tests/CN={common_name or name}"
    openssl(
        *("req", "-new", "-key", str(made.key), "-subj", subject, "-out", f"{name}.csr"),
        folder=folder,
    )
    by = (
        ("-signkey", str(made.key))
        if issuer is None
        else ("-CA", str(issuer.certificate), "-CAkey", str(issuer.key), "-CAcreateserial")
    )
    dates = ("-days", str(days), "-extfile", f"{name}.ext", "-out", str(made.certificate))
    openssl("x509", "-req", "-in", f"{name}.csr", *by, *dates, folder=folder)
    return made


@dataclass(frozen=True)
class Pki:
    """A root, an authority below it, and a signer below that."""

    root: Party
    middle: Party
    signer: Party
    trusted: Path
    """A folder with the root's certificate."""


@functools.cache
def pki() -> Pki:
    """The same for all tests of a process."""
    folder = Path(tempfile.mkdtemp(prefix="nacre-pki-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    root = party(folder, "root", _ROOT)
    middle = party(folder, "middle", _ROOT.replace("TRUE", "TRUE,pathlen:0"), root)
    signer = party(folder, "signer", CODE, middle)
    trusted = folder / "trusted"
    trusted.mkdir()
    shutil.copy(root.certificate, trusted)
    return Pki(root, middle, signer, trusted)


def sign_text(*signatures: bytes) -> bytes:
    """A `.sign` file."""
    lines = [f"::pkcs7-pem:{base64.b64encode(each).decode()}\n" for each in signatures]
    return ("#clamsign-1.0\n" + "".join(lines)).encode()
