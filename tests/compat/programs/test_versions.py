"""Version information: how many resources and keys count, and which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executables.portable import version_information, with_versions

if TYPE_CHECKING:
    from compat.pair import Pair


def at_key(key: str) -> tuple[str, str]:
    return ("x.ndb", f"{key}:1:VI:{key.encode('utf-16-le').hex()}")


def test_how_many_versions_count(pair: Pair) -> None:
    versions = [version_information([f"Key{number:04}"]) for number in range(40)]
    files = {f"of{count}": with_versions(versions[:count]).build() for count in (1, 15, 16, 17, 40)}
    files["named"] = with_versions(versions[:1], named=True).build()
    lines = [at_key(f"Key{number:04}") for number in (0, 14, 15, 16, 39)]
    names = pair.agree(lines, files, "--allmatch")
    assert names["of40"] == {"Key0000", "Key0014", "Key0015"}
    assert names["named"] == frozenset()


def test_how_many_keys_count(pair: Pair) -> None:
    versions = [
        version_information([f"K{version}{number:04}" for number in range(1_700)])
        for version in range(6)
    ]
    lines = [at_key(f"K{version}{number:04}") for version in range(6) for number in (0, 800, 1699)]
    names = pair.agree(lines, {"many": with_versions(versions).build()}, "--allmatch")
    assert len(names["many"]) == len(lines)
