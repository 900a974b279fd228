"""The samples, and rules about their certificates."""

from __future__ import annotations

from typing import Any

from nacre.matching.certificate import CertificateRule
from nacre.trust.rules import Rules
from trust.signing import SAMPLES

NOW = 1_790_000_000
"""A moment at which leaf, middle, root and stamp are valid."""

LINES = {line.partition(";")[0]: line for line in (SAMPLES / "x.crb").read_text().splitlines()}
"""A line of a `.crb` file that trusts it, by the name of a certificate."""


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def line(name: str, *, trusted: int = 1, named: str | None = None) -> str:
    """A line about one certificate."""
    _, _, rest = LINES[name].split(";", 2)
    return f"{named or name};{trusted};{rest}"


def rule(name: str, **changes: Any) -> CertificateRule:
    """A rule about one certificate, trusting unless changed."""
    fields = LINES[name].split(";")
    values: dict[str, Any] = {
        "name": name,
        "official": False,
        "trusted": True,
        "code_sign": True,
        "time_sign": True,
        "cert_sign": True,
        "not_before": 0,
        "subject": bytes.fromhex(fields[2]),
        "serial": bytes.fromhex(fields[3]),
        "modulus": int(fields[4], 16),
    }
    return CertificateRule(**(values | changes))


def rules(*names: str) -> Rules:
    """Rules trusting these certificates."""
    return Rules(rule(name) for name in names)
