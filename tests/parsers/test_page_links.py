from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.model.budget import Budget
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers.links import Link, links


def seen(page: str | bytes) -> list[Link]:
    data = page if isinstance(page, bytes) else page.encode("latin-1")
    return list(links(Fmap.from_bytes(data), Budget(Limits())))


@pytest.mark.parametrize(
    "page",
    [
        '<a href="R">S</a>',
        "<A\nHREF = 'R' class=x>S</A>",
        "<a href=R>S",
        "<a x=y href=R>S<a>",
        '<a href="R" href="other">S</a>',
        '<a href="R"><b>S</b></a> behind',
        '<a href="R"><!-- no > S</a>'.replace(" S", "S"),
        "<a href=&#82;>&#x53;</a>",
        '<style>a<b</style><script>x = "<a href=q>";</SCRIPT><a href="R">S</a>',
    ],
)
def test_pairs(page: str) -> None:
    assert seen(page) == [Link("R", "S")]


def test_other_things_that_are_shown() -> None:
    assert seen('<a href="R" title="T">S</a>') == [Link("R", "T"), Link("R", "S")]
    assert seen('<a href="R"><img src="S"></a>') == [Link("R", "S", picture=True), Link("R", "")]
    assert seen('<form action="R"><a href="S"></a></form><a href="Q"></a>') == [
        Link("R", "S"),
        Link("S", ""),
        Link("Q", ""),
    ]


@pytest.mark.parametrize(
    "page", ["", "text", "<img src=R>", "<area href=R>S", "<a name=R>S</a>", "<a href=R", "<>< >"]
)
def test_none(page: str) -> None:
    assert seen(page) == []


def test_wide_page() -> None:
    assert seen('<a href="R">S</a>'.encode("utf-16")) == [Link("R", "S")]


@given(st.text("<>a/ hrefimgscript=\"'&#;!-", max_size=200))
def test_any_text(page: str) -> None:
    seen(page)
