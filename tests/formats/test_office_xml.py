"""Binary data in documents in XML: what readers make of base64 that is not as it should be."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from nacre.formats.document.hwpml import HwpmlHandler
from nacre.formats.document.office_xml import OfficeXmlHandler
from nacre.formats.document.xdp import XdpHandler
from nacre.model.budget import Budget
from nacre.model.event import Child
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from nacre.formats.base import Handler

CONTENT = bytes(range(200))


@pytest.mark.parametrize(
    ("handler", "name"),
    [(OfficeXmlHandler(), b"binData"), (XdpHandler(), b"chunk"), (HwpmlHandler(), b"BINDATA")],
)
def test_a_line_with_a_letter_too_many(handler: Handler, name: bytes) -> None:
    text = base64.encodebytes(CONTENT)
    for lines, expected in ((text, [CONTENT]), (text[:70] + b"A" + text[70:], None)):
        document = Fmap.from_bytes(b"<a><x:%b>%b</x:%b></a>" % (name, lines, name))
        events = handler.extract(document, Budget(Limits()))
        found = [event.data.read(0, 999) for event in events if isinstance(event, Child)]
        if expected:
            assert found == expected
        else:
            assert len(found) == 2
            assert found[1].endswith(CONTENT[60:])
