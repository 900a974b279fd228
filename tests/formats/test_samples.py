"""Every sample gives the events beside it.

`python tests/formats/test_samples.py` writes them anew; read the difference before keeping it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nacre.formats.walk import walk
from nacre.model.budget import Budget
from nacre.model.errors import FormatError, LimitExceeded
from nacre.model.event import Child, Event, Finding, Member, Metadata, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples"
CASES = sorted(SAMPLES.glob("*/*/*.in"))
BY_FOLDER = {
    "/".join(type(handler).__module__.split(".")[-2:]): handler for handler in walk().values()
}


def told(event: Event) -> dict[str, object]:
    match event:
        case Child(data, name):
            return {
                "child": name.decode("latin-1"),
                "size": len(data),
                "sha256": data.digest("sha256").hex(),
            }
        case Member():
            return {
                "member": event.name.decode("latin-1"),
                "stored": event.stored_size,
                "size": event.size,
                "position": event.position,
                "encrypted": event.encrypted,
                "crc": event.crc,
            }
        case Finding(name, option):
            return {"finding": name, "option": option}
        case Problem(reason, limit):
            return {"problem": reason, "limit": limit} if limit else {"problem": reason}
        case Metadata(key, value):
            return {"metadata": key, "value": value}


def events_of(sample: Path) -> list[dict[str, object]]:
    handler = BY_FOLDER["/".join(sample.parts[-3:-1])]
    found: list[dict[str, object]] = []
    try:
        data = Fmap.from_bytes(sample.read_bytes())
        for event in handler.extract(data, Budget(Limits())):
            found.append(told(event))  # noqa: PERF401 what came before an error counts
    except (FormatError, LimitExceeded) as error:
        found.append({"error": type(error).__name__, "reason": str(error)})
    return found


def expected(sample: Path) -> Path:
    return sample.with_suffix(".events.json")


@pytest.mark.parametrize("sample", CASES, ids=lambda sample: "/".join(sample.parts[-2:]))
def test_sample(sample: Path) -> None:
    assert events_of(sample) == json.loads(expected(sample).read_text())


def test_no_expectation_without_a_sample() -> None:
    assert {expected(sample) for sample in CASES} == set(SAMPLES.glob("*/*/*.events.json"))


if __name__ == "__main__":
    for case in CASES:
        lines = ",\n  ".join(json.dumps(event) for event in events_of(case))
        expected(case).write_text(f"[\n  {lines}\n]\n" if lines else "[]\n")
