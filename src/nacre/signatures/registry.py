"""All signature types, found by walking `nacre.signatures.types`; frozen at import."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from nacre.signatures import types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nacre.signatures.base import SignatureType

CONTAINERS = frozenset({"cvd", "cld", "cud"})
"""Suffixes of files that hold other signature files."""


def _walk() -> Mapping[str, SignatureType]:
    found: dict[str, SignatureType] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(types.__path__)):
        signature_type: SignatureType = import_module(f"{types.__name__}.{name}").TYPE
        for suffix in signature_type.suffixes + signature_type.pua_suffixes:
            if suffix in found or suffix in CONTAINERS:
                raise ImportError(f"two signature types for .{suffix}")
            found[suffix] = signature_type
    return MappingProxyType(found)


BY_SUFFIX = _walk()
"""Lower-case suffix without dot to signature type."""


def suffix_of(name: str) -> str:
    """The lower-case suffix of a file name, without its dot; empty when there is none."""
    _, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot else ""


def type_of(name: str) -> SignatureType | None:
    """The signature type of a file called `name`; None when no type has its suffix."""
    return BY_SUFFIX.get(suffix_of(name))
