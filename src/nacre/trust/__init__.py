"""Reasons to believe a program: Authenticode signatures, and catalogs of digests.

`authenticode` looks at the signature inside a program: at certificates that a rule (`.crb`) blocks,
and whether signer, digest and time lead to one that a rule trusts. `catalog` reads signed lists of
digests (`.cat`) when a database is compiled. Signatures are RSA with PKCS#1 v1.5 padding, which is
all that rules can name.

Specifications: Windows Authenticode Portable Executable Signature Format (Microsoft, 2008), PKCS#7
(RFC 2315), X.509 (RFC 5280), PKCS#1 (RFC 8017). As in ClamAV RFC 3161 time stamps are not looked
at, and nested signatures trust nothing. What differs is in docs/design/differences.md.

Imports nothing: a scanner that meets no signed program loads nothing of it.
"""
