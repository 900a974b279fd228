"""Whatever the bytes, a handler gives events or a known error, within its budget."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.formats.walk import walk
from nacre.model.budget import Budget
from nacre.model.errors import FormatError, LimitExceeded
from nacre.model.event import Child, Event
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from nacre.formats.base import Handler

SAMPLES = Path(__file__).parents[2] / "samples"
BY_FOLDER = {
    "/".join(type(handler).__module__.split(".")[-2:]): handler for handler in walk().values()
}
SEEDS = [
    (BY_FOLDER["/".join(sample.parts[-3:-1])], sample.read_bytes())
    for sample in sorted(SAMPLES.glob("*/*/*.in"))
]
LIMITS = Limits(max_file_size=20_000, max_scan_size=60_000, max_files=30)


def run(handler: Handler, data: bytes, limits: Limits = LIMITS) -> list[Event]:
    """Charge children as the engine does, and check what the handler promises."""
    budget = Budget(limits)
    events: list[Event] = []
    try:
        budget.charge(0)
        for event in handler.extract(Fmap.from_bytes(data), budget):
            events.append(event)
            if isinstance(event, Child):
                assert len(event.data) <= limits.max_file_size
                budget.charge(len(event.data))
    except (FormatError, LimitExceeded):
        pass
    return events


@pytest.mark.parametrize("handler", BY_FOLDER.values(), ids=lambda handler: type(handler).__name__)
@given(data=st.binary(max_size=2000))
@settings(deadline=None, max_examples=60)
def test_any_bytes(handler: Handler, data: bytes) -> None:
    run(handler, data)


@given(
    seed=st.sampled_from(SEEDS),
    cut=st.floats(0, 1),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), max_size=8
    ),
)
@settings(deadline=None, max_examples=400)
def test_damaged_samples(
    seed: tuple[Handler, bytes], cut: float, changes: list[tuple[float, bytes]]
) -> None:
    handler, sample = seed
    data = bytearray(sample[: max(1, int(len(sample) * cut))])
    for place, change in changes:
        at = int(len(data) * place)
        data[at : at + len(change)] = change
    run(handler, bytes(data))


@pytest.mark.parametrize("part", range(8))
def test_every_sample_with_many_single_flips(part: int) -> None:
    # The fields of headers are few among the bytes, so go through all of them once.
    dice = random.Random(2)  # noqa: S311  repeatable, no secret
    # To derive the key of a locked document takes longer, and is the same each time.
    limits = replace(LIMITS, max_scan_time=10)
    for handler, sample in SEEDS[part::8]:
        for at in range(0, len(sample), max(7, len(sample) // 250)):
            data = bytearray(sample)
            data[at] = dice.choice((0, 0xFF, data[at] ^ 1 << dice.randrange(8)))
            run(handler, bytes(data), limits)


def test_the_same_in_pieces_from_a_file(tmp_path: Path) -> None:
    # A layer behind a descriptor reads as one in memory does; 16 MiB is where that begins.
    path = tmp_path / "large"
    sample = (SAMPLES / "archive/zip/deflate.in").read_bytes()
    path.write_bytes(bytes(17 << 20) + sample)
    with path.open("rb") as file:
        data = Fmap.from_fd(file.fileno(), path.stat().st_size)
    children = [
        event.data.digest("md5")
        for event in BY_FOLDER["archive/zip"].extract(data, Budget(Limits()))
        if isinstance(event, Child)
    ]
    whole = Fmap.from_bytes(sample)
    assert children == [
        event.data.digest("md5")
        for event in BY_FOLDER["archive/zip"].extract(whole, Budget(Limits()))
        if isinstance(event, Child)
    ]
    assert len(children) == 2
