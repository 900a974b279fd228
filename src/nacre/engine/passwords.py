"""Passwords that the database has for encrypted archives, by type of archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.model.filetype import FileType
from nacre.model.switches import Switch

if TYPE_CHECKING:
    from nacre.matching import Image
    from nacre.model.budget import Passwords
    from nacre.model.switches import Switches


def passwords_of(image: Image, switches: Switches, *, official_only: bool) -> Passwords:
    """The passwords of the `.pwdb` databases; those loaded last come first, as ClamAV tries them.

    The ones for any archive stand under each type that has its own, in their places.
    """
    if not switches.has(Switch.PASSWORDS):
        return {}
    lines = [line for line in image.kept("pwdb") if line.official or not official_only]
    if not lines:
        return {}
    from nacre.signatures.types.pwdb import password  # noqa: PLC0415 - hardly any database has them

    passwords = [password(line.text) for line in reversed(lines)]
    return {
        container: tuple(
            dict.fromkeys(
                password.secret
                for password in passwords
                if password.container in {container, FileType.ANY}
            )
        )
        for container in {FileType.ANY, *(password.container for password in passwords)}
    }
