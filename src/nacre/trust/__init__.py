"""Reasons to believe a program: Authenticode signatures, and catalogs of digests.

`judge` looks at the signature inside a program: a certificate that a rule (`.crb`) blocks, and
whether signer, digest and time lead to one that a rule trusts. `members` reads a signed catalog
(`.cat`) when a database is compiled. Signatures are RSA with PKCS#1 v1.5 padding, which is all that
rules can name.

Specifications: Windows Authenticode Portable Executable Signature Format (Microsoft, 2008), PKCS#7
(RFC 2315), X.509 (RFC 5280), PKCS#1 (RFC 8017). Nested signatures and RFC 3161 time stamps are not
looked at, as in ClamAV. Where nacre is stricter is in docs/design/differences.md.
"""

from __future__ import annotations

from nacre.trust.authenticode import Judgement, judge
from nacre.trust.catalog import members
from nacre.trust.program import signed_parts
from nacre.trust.rules import Rules

__all__ = ["Judgement", "Rules", "judge", "members", "signed_parts"]
