"""Which class opens a file type, and the option it needs.

Made by ``python -m nacre.formats.walk``.
"""

from __future__ import annotations

INDEX: dict[str, tuple[str, str]] = {
    "BZ": ("compression.bzip2.Bzip2Handler", "scan_archive"),
    "GZ": ("compression.gzip.GzipHandler", "scan_archive"),
    "LZMA": ("compression.lzma.LzmaHandler", "scan_archive"),
    "OLD_TAR": ("archive.tar.TarHandler", "scan_archive"),
    "OOXML_HWP": ("archive.zip.ZipHandler", "scan_archive"),
    "OOXML_PPT": ("archive.zip.ZipHandler", "scan_archive"),
    "OOXML_WORD": ("archive.zip.ZipHandler", "scan_archive"),
    "OOXML_XL": ("archive.zip.ZipHandler", "scan_archive"),
    "POSIX_TAR": ("archive.tar.TarHandler", "scan_archive"),
    "XZ": ("compression.xz.XzHandler", "scan_archive"),
    "ZIP": ("archive.zip.ZipHandler", "scan_archive"),
    "ZIPSFX": ("archive.zip.ZipHandler", "scan_archive"),
    "ZSTD": ("compression.zstd.ZstdHandler", "scan_archive"),
}
