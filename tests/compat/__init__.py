"""Debian's real ClamAV beside nacre: the same databases, the same files, the same answers."""
