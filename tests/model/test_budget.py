from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.model.budget import Budget
from nacre.model.errors import LimitExceeded
from nacre.model.limits import Limits

counts = st.integers(0, 50)


@given(
    st.builds(Limits, max_scan_size=counts, max_file_size=counts, max_files=counts),
    st.lists(counts, max_size=30),
)
def test_what_is_charged_never_exceeds_the_limits(limits: Limits, sizes: list[int]) -> None:
    budget = Budget(limits)
    charged: list[int] = []
    for size in sizes:
        allowance = budget.allowance()
        try:
            budget.charge(size)
        except LimitExceeded as error:
            refused = error.option
            over_count = bool(limits.max_files) and len(charged) >= limits.max_files
            assert size > allowance or (over_count and refused == "MaxFiles")
        else:
            charged.append(size)
            assert size <= allowance
    assert budget.files == len(charged)
    assert budget.bytes == sum(charged)
    assert not limits.max_scan_size or sum(charged) <= limits.max_scan_size


def test_the_first_limit_in_the_peers_order_is_named() -> None:
    # clamscan 1.4.6 names them in this order when several are exceeded at once.
    everything = Limits(max_scan_size=10, max_file_size=5, max_files=1, max_recursion=1)
    budget = Budget(everything)
    budget.charge(1)
    for size, option in ((10, "MaxScanSize"), (6, "MaxFileSize"), (5, "MaxFiles")):
        with pytest.raises(LimitExceeded) as raised:
            budget.charge(size, 2)
        assert raised.value.option == option
    with pytest.raises(LimitExceeded) as raised:
        Budget(everything).charge(11)
    assert raised.value.option == "MaxFileSize", "the outermost is refused for its own size first"
    deep = Budget(Limits(max_recursion=1))
    with pytest.raises(LimitExceeded) as raised:
        deep.charge(5, 2)
    assert raised.value.option == "MaxRecursion"
    assert deep.files == 0


def test_uncounted_layers_are_checked_but_cost_nothing() -> None:
    budget = Budget(Limits(max_scan_size=10))
    budget.charge(6)
    budget.charge(4, counted=False)
    budget.charge(4, counted=False)
    assert (budget.files, budget.bytes) == (1, 6)
    with pytest.raises(LimitExceeded):
        budget.charge(5, counted=False)


def test_time_runs_out() -> None:
    budget = Budget(Limits(max_scan_time=1))
    time.sleep(0.002)
    assert budget.remaining_time() == 0.0
    with pytest.raises(LimitExceeded, match="MaxScanTime"):
        budget.check_child(1)
    assert Budget(Limits(max_scan_time=0)).remaining_time() == float("inf")
