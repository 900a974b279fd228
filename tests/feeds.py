"""Databases and cdiffs of one's own, signed with a key that is no secret."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from nacre.cvd.header import Header
from nacre.cvd.signature import Key, Keys, sign_digest
from nacre.cvd.signer import Owner
from nacre.cvd.write import build

_MODULUS = int(
    "cd54a1a7e5df7f7708b355dffe6993bad90143c0b9c5d715734ff793edfbe4293b1aba41418b5757"
    "3731d73dad8ba05ed90d5659dc7b08b2c4c05db3398ef650abf8d2a00d36bc12f3b4a5ed7a403a05"
    "7012c42c9092edc9bfa25bc2b607920078c303899bbb822bf1f2b76c269116c661ae80822b29519d"
    "0d30dca076b6c7f6483b0b68b752e4c0366576359db82d3f97405e152b5aae0ce031461d259a4b31"
    "5c293b0cdb49fbc1a572004339fa269eb09e69b184e82c813cf34baa339e69b7ad4c6b8311999dc5"
    "2e76136454af7ef89cf3c718ca27bdc6e0551780782621225170305d405b68eea427dd4705fe065b"
    "34f111fdc464b494caeb93950b06a1f9",
    16,
)
_SECRET = int(
    "10dfe5b130b91f769ee66e264c784cc5cc53c847ac7ccfe25969b7051747de466d2f13238dc96fd2"
    "211d1d7d5a27e1742a0e688c560c5e78a2a6d48c882c719dcba4555b05fafb95eb256b858ac8807c"
    "35ebb4e79cb2168cc00d0dd180b83a8d835f3389399d3d63732ce95a2009487fe14340187287a0c7"
    "71701491b36fee1aefab24d9529ea158efecc64a6115c2f82482b65ba70828177ab94b1949e392ff"
    "a327bdb780d1f7eda567977bc20b9a8eec392aa4b26bc523ebcd0620454d1161d5647a254afa0e13"
    "d9e2e8b5ef058035d35e027d5111b49e294e0c417d064e597190910cf4521d3fcb9314055f2f5b8f"
    "66382616a1948c9954f75132d2055921",
    16,
)

_PUBLIC = Key(_MODULUS, 65537)
_PRIVATE = Key(_MODULUS, _SECRET)
KEYS = Keys(_PUBLIC, _PUBLIC, _PUBLIC)
PRIVATE = Keys(_PRIVATE, _PRIVATE, _PRIVATE)
BUILT = 1_700_000_000
CLEAN = (Path(os.__file__), Path(shutil.__file__))


def header(version: int, signatures: int = 1, seconds: int = BUILT) -> Header:
    return Header("14 Nov 2023 22-13 +0000", version, signatures, 90, "X", "X", "tester", seconds)


def lines(version: int, count: int = 5) -> bytes:
    """Of a hash list: some stay from version to version, some do not."""
    numbers = range(version, version + count)
    return b"".join(b"%s:%d:Test.Hash-%d\n" % (md5(n), n + 1, n) for n in numbers)


def hash_of(path: Path) -> bytes:
    """A line that finds this file."""
    data = path.read_bytes()
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return f"{digest}:{len(data)}:Test.Wrong\n".encode()


def md5(number: int) -> bytes:
    return hashlib.md5(b"%d" % number, usedforsecurity=False).hexdigest().encode()


def members(name: str, version: int, content: bytes | None = None) -> dict[str, bytes]:
    hashes = lines(version) if content is None else content
    return {
        "COPYING": b"free\n",
        f"{name}.hdb": hashes,
        f"{name}.ndb": b"Test.Body:0:*:6d6f746865722d6f662d706561726c2d74657374\n",
    }


def database(
    path: Path, version: int, content: bytes | None = None, *, private: Keys = PRIVATE
) -> Path:
    """A signed database at `path`, called by its stem."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        name = path.stem.partition("-")[0]
        files = members(name, version, content)
        for member, data in files.items():
            (folder / member).write_bytes(data)
        count = sum(data.count(b"\n") for member, data in files.items() if member != "COPYING")
        path.unlink(missing_ok=True)
        build(folder, name, path, header(version, count), Owner(private))
    return path


def info(version: int, files: dict[str, bytes]) -> bytes:
    """The signed digest list of these members."""
    count = sum(data.count(b"\n") for member, data in files.items() if member != "COPYING")
    text = header(version, count).line() + "\n"
    for member, data in sorted(files.items()):
        if member != "COPYING":
            text += f"{member}:{len(data)}:{hashlib.sha256(data).hexdigest()}\n"
    digest = hashlib.sha256(text.encode()).digest()
    return (text + f"DSIG:{sign_digest(digest, _PRIVATE, bytes(32))}\n").encode()


def cdiff(path: Path, version: int, script: bytes) -> Path:
    """A signed cdiff to `version`."""
    raw = b"ClamAV-Diff:%d:%d:" % (version, len(script)) + gzip.compress(script)
    signature = sign_digest(hashlib.sha256(raw).digest(), _PRIVATE, b"\1" * 32)
    path.write_bytes(raw + b":" + signature.encode())
    return path


def step(path: Path, name: str, version: int) -> Path:
    """The cdiff from the database before to that of `version`, as `database` makes them."""
    old, new = (
        lines(version - 1).splitlines(keepends=True),
        lines(version).splitlines(keepends=True),
    )
    assert old[1:] == new[:-1]
    listed = info(version, members(name, version))
    first = old[0].partition(b":")[0]
    script = b"OPEN %s.hdb\nDEL 1 %s\nADD %s" % (name.encode(), first, new[-1])
    script += b"CLOSE\nUNLINK %s.info\nOPEN %s.info\n" % (name.encode(), name.encode())
    script += b"".join(b"ADD " + line for line in listed.splitlines(keepends=True)) + b"CLOSE\n"
    return cdiff(path, version, script)
