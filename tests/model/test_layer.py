from __future__ import annotations

from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.layer import Layer, Role

DATA = Fmap.from_bytes(b"0123456789")


def _inside(parent: Layer, name: bytes, file_type: FileType, role: Role = Role.MEMBER) -> Layer:
    return Layer(DATA, parent, name, file_type, role)


def test_ancestors_are_the_containers_outermost_first() -> None:
    root = Layer(DATA, forced=FileType.ZIP)
    assert root.ancestors == ()
    tar = _inside(root, b"a.tar", FileType.POSIX_TAR)
    page = _inside(tar, b"page", FileType.HTML)
    assert page.ancestors == (FileType.ZIP, FileType.POSIX_TAR)
    view = _inside(page, b"", FileType.HTML, Role.VIEW)
    assert view.ancestors == page.ancestors
    assert view.depth == 4


def test_the_path_names_members_only_and_keeps_every_byte() -> None:
    root = Layer(DATA, name=b"outermost")
    embedded = Layer(DATA, root, forced=FileType.ZIPSFX, role=Role.EMBEDDED)
    member = _inside(embedded, b"caf\xe9/\xc3\xa9", FileType.HTML)
    view = _inside(member, b"", FileType.HTML, Role.VIEW)
    assert view.path() == ("caf\udce9/é",)
    assert root.path() == ()
