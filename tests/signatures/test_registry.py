from __future__ import annotations

import pytest

from nacre.signatures import BY_SUFFIX, CONTAINERS, LineKind, Status, suffix_of, type_of

# Every suffix that ClamAV's folder loader accepts, and the one that is only read in containers.
ACCEPTED = """\
db hdb hdu fp mdb mdu hsb hsu sfp msb msu ndb ndu ldb ldu sdb zmd rmd pdb gdb wdb cbc ftm cfg cvd \
cld cud cdb cat crb idb ioc yar yara pwdb ign ign2 imp"""


def test_every_suffix_of_clamav_is_known_and_no_other() -> None:
    assert set(BY_SUFFIX) | CONTAINERS == {*ACCEPTED.split(), "info"}


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("main.hdb", "hdb"), ("MAIN.HDB", "hdb"), (".hdb", "hdb"), ("hdb", ""), ("a.hdb.bak", "bak")],
)
def test_the_suffix_decides_whatever_its_case(name: str, suffix: str) -> None:
    assert suffix_of(name) == suffix
    assert (type_of(name) is not None) == (suffix == "hdb")


def test_what_the_image_builder_reads_is_used_or_stored_and_nothing_else() -> None:
    for signature_type in BY_SUFFIX.values():
        assert (signature_type.kind is None) == (signature_type.status is Status.UNUSED)
    kinds = {signature_type.kind for signature_type in BY_SUFFIX.values()}
    assert kinds == {*LineKind, None}


def test_pua_files_are_those_with_a_u() -> None:
    pua = {suffix for suffix, found in BY_SUFFIX.items() if found.is_pua(suffix)}
    assert pua == {"hdu", "hsu", "mdu", "msu", "ndu", "ldu"}
