from __future__ import annotations

from nacre.mirror import gate
from nacre.mirror.gate import Gate


def test_a_full_bucket_then_one_at_a_time() -> None:
    bucket = Gate(per_minute=60, burst=3)
    assert [bucket.wait("a", 100.0) for _ in range(4)] == [0, 0, 0, 1]
    assert bucket.wait("b", 100.0) == 0
    assert bucket.wait("a", 101.0) == 0
    assert bucket.wait("a", 101.0) == 1
    assert [bucket.wait("a", 10_000.0) for _ in range(4)] == [0, 0, 0, 1]


def test_slow_rates_say_how_long() -> None:
    bucket = Gate(per_minute=1, burst=1)
    assert bucket.wait("a", 0.0) == 0
    assert bucket.wait("a", 0.0) == 60
    assert bucket.wait("a", 45.0) == 15
    assert bucket.wait("a", 60.0) == 0


def test_memory_has_a_bound() -> None:
    bucket = Gate(per_minute=1, burst=1)
    for number in range(gate.MAX_ADDRESSES + 10):
        bucket.wait(str(number), 0.0)
    assert len(bucket._buckets) == gate.MAX_ADDRESSES
    assert bucket.wait("0", 0.0) == 0  # forgotten
