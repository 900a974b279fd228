"""The key that a mirror signs its listings with: RSA with 2,048 bits, in a PEM file.

Made and read by `cryptography` (the extra `server`); what is signed is checked with `nacre.cvd`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nacre.cvd.signature import Key
from nacre.feed.listing import EXPONENT, key_text
from nacre.model.errors import ConfigError
from nacre.transport import store

if TYPE_CHECKING:
    from pathlib import Path

BITS = 2048


def private_key(path: Path) -> Key:
    """The key in `path`, which is made if it does not exist; the public one goes beside it, `.pub`.

    Raises:
        ConfigError: it is no such key, or `cryptography` is not installed.
        OSError: it cannot be read or written.
    """
    try:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "a signed listing needs nacre's extra: pip install 'nacre[server]'"
        ) from None
    if not path.exists():
        made = rsa.generate_private_key(EXPONENT, BITS)
        text = made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        old = os.umask(0o077)
        try:
            store.write(path, text)
        finally:
            os.umask(old)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"not a private key: {error}", str(path)) from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size != BITS:
        raise ConfigError(f"not an RSA key of {BITS} bits", str(path))
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n
    public = Key(modulus, numbers.public_numbers.e)
    beside = path.with_suffix(".pub")
    line = key_text(public).encode() + b"\n"
    if not beside.exists() or beside.read_bytes() != line:
        store.write(beside, line)
    return Key(modulus, numbers.d)
