from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import Build, binary, ldb, ndb, zipped

from nacre.engine.cache import CleanCache, _Recent
from nacre.model.fmap import Fmap
from nacre.model.layer import Layer
from nacre.model.limits import Limits
from nacre.model.verdict import Verdict

SAMPLES = Path(__file__).parents[2] / "samples"

CLEAN = binary(b"nothing here" * 20)


def _layer(data: bytes) -> Layer:
    return Layer(Fmap.from_bytes(data))


def test_content_is_found_from_the_third_time_on() -> None:
    cache = CleanCache(100)
    assert cache.key_of(_layer(CLEAN)) is None, "no digest for what was never seen"
    key = cache.key_of(_layer(CLEAN))
    assert key is not None
    assert key not in cache
    cache.add(key)
    again = cache.key_of(_layer(CLEAN))
    assert again is not None
    assert again in cache


def test_equal_samples_are_not_equal_content() -> None:
    cache = CleanCache(100)
    one, other = (bytes(100) + middle + bytes(100) for middle in (b"a", b"b"))
    cache.key_of(_layer(one))
    key = cache.key_of(_layer(one))
    assert key is not None
    cache.add(key)
    different = cache.key_of(_layer(other))
    assert different is not None
    assert different not in cache


@given(st.integers(1, 50), st.lists(st.binary(min_size=1, max_size=3), max_size=300))
def test_memory_is_bounded(capacity: int, contents: list[bytes]) -> None:
    cache = CleanCache(capacity)
    for content in contents:
        key = cache.key_of(_layer(content)) or cache.key_of(_layer(content))
        assert key is not None
        cache.add(key)
        assert key in cache
    for memory in (cache._seen, cache._clean):
        assert isinstance(memory, _Recent)
        assert len(memory._young) <= max(1, capacity // 2)
        assert len(memory._old) <= max(1, capacity // 2)


def test_brotli_by_its_name_is_found_whatever_was_clean_before(build: Build) -> None:
    packed = (SAMPLES / "compression/brotli/one.in").read_bytes()
    scanner = build({"x.ndb": ndb(Found="line 7 of a short text")})
    for _ in range(4):
        assert scanner.scan_bytes(packed, "page").verdict is Verdict.NOTHING_FOUND
    for name in ("page.br", "other.br"):
        assert scanner.scan_bytes(packed, name).verdict is Verdict.STRONG


@given(st.integers(1, 50), st.lists(st.binary(min_size=1, max_size=3), max_size=100))
def test_shared_memory_finds_what_was_added_last(capacity: int, contents: list[bytes]) -> None:
    cache = CleanCache.shared(capacity)
    for content in contents:
        key = cache.key_of(_layer(content)) or cache.key_of(_layer(content))
        assert key is not None
        cache.add(key)
        assert key in cache


def test_forked_processes_remember_together() -> None:
    cache = CleanCache.shared(100)
    for _ in range(2):
        pid = os.fork()
        if not pid:
            key = cache.key_of(_layer(CLEAN))
            if key is not None:
                cache.add(key)
            os._exit(0)
        os.waitpid(pid, 0)
    key = cache.key_of(_layer(CLEAN))
    assert key is not None
    assert key in cache
    other = CleanCache.shared(100)
    assert other.key_of(_layer(CLEAN)) is None, "and nobody else"


def test_no_cache_no_key() -> None:
    cache = CleanCache(0)
    for _ in range(3):
        assert cache.key_of(_layer(CLEAN)) is None


def test_repeated_members_are_scanned_twice_only(build: Build) -> None:
    inner = zipped({"m": CLEAN})
    data = zipped({f"z{number}": inner for number in range(50)})
    report = build({"x.ndb": ndb(Evil="EVIL")}).scan_bytes(data)
    assert report.layers == 1 + 50 + 2


@pytest.mark.parametrize("content", [b"EVIL", b"PUAX", b"WEAK"])
def test_alerts_are_never_forgotten(build: Build, content: bytes) -> None:
    scanner = build({"x.ndb": ndb(Evil="EVIL", PUA_X="PUAX", Weak_W="WEAK")})
    data = zipped({"in": zipped({"m": binary(content)})})
    first = scanner.scan_bytes(data)
    for _ in range(4):
        assert scanner.scan_bytes(data) == first


def test_what_was_not_fully_scanned_is_never_clean(build: Build) -> None:
    scanner = build({"x.ndb": ndb(Evil="EVIL")}, Limits(max_recursion=2))
    data = zipped({"a": zipped({"b": CLEAN})})
    for _ in range(4):
        assert scanner.scan_bytes(data).incomplete
    cut = zipped({"a": bytes(range(256)) * 50})[:-150]
    for _ in range(4):
        assert scanner.scan_bytes(cut).incomplete


def test_clean_in_one_container_may_alert_in_another(build: Build) -> None:
    scanner = build({"x.ldb": ldb("InZip", "Target:0,Container:CL_TYPE_ZIP", "MARK")})
    data = binary(b"MARK")
    for _ in range(4):
        assert not scanner.scan_bytes(data).alerts
    assert scanner.scan_bytes(zipped({"m": data})).alerts
