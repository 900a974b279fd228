"""Signatures about programs: every offset form and condition, on real and on damaged ones."""
