"""Which parts of the engine a database leaves switched on (`.cfg` files, ClamAV's "dconf").

A line replaces all switches of its category. All are on unless a database says otherwise, but for
a heuristic and a compiler that ClamAV leaves off. Parts that nacre does not have are listed too, so
that a line can be explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING

from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@unique
class Switch(Enum):
    """One part of the engine; the value is its category there, its bit, and what it is."""

    PARITE = ("PE", 0x1, "Parite.B heuristic")
    KRIZ = ("PE", 0x2, "Kriz heuristic")
    MAGISTR = ("PE", 0x4, "Magistr heuristics")
    POLIPOS = ("PE", 0x8, "Polipos.A heuristic")
    SECTION_HASHES = ("PE", 0x10, "section hashes")
    UPX = ("PE", 0x20, "UPX unpacker")
    FSG = ("PE", 0x40, "FSG unpacker")
    SWIZZOR = ("PE", 0x80, "Swizzor heuristic")
    PETITE = ("PE", 0x100, "Petite unpacker")
    PESPIN = ("PE", 0x200, "PESpin unpacker")
    YC = ("PE", 0x400, "yoda's Crypter unpacker")
    WWPACK = ("PE", 0x800, "WWPack32 unpacker")
    NSPACK = ("PE", 0x1000, "NsPack unpacker")
    MEW = ("PE", 0x2000, "MEW unpacker")
    UPACK = ("PE", 0x4000, "Upack unpacker")
    ASPACK = ("PE", 0x8000, "ASPack unpacker")
    CATALOGS = ("PE", 0x10000, "signed catalogs")
    CERTIFICATES = ("PE", 0x20000, "certificates of programs")
    ICONS = ("PE", 0x40000, "icon groups")
    IMPORT_HASHES = ("PE", 0x80000, "import hashes")
    ELF = ("ELF", 0x1, "ELF programs")
    MACHO = ("MACHO", 0x1, "Mach-O programs")
    RAR = ("ARCHIVE", 0x1, "RAR")
    ZIP = ("ARCHIVE", 0x2, "ZIP")
    GZIP = ("ARCHIVE", 0x4, "gzip")
    BZIP2 = ("ARCHIVE", 0x8, "bzip2")
    SZDD = ("ARCHIVE", 0x10, "compressed files of MS-DOS")
    CAB = ("ARCHIVE", 0x20, "cabinets")
    CHM = ("ARCHIVE", 0x40, "compiled help")
    OLE2 = ("ARCHIVE", 0x80, "OLE2 documents")
    TAR = ("ARCHIVE", 0x100, "tar")
    BINHEX = ("ARCHIVE", 0x200, "BinHex")
    SIS = ("ARCHIVE", 0x400, "SIS packages")
    NSIS = ("ARCHIVE", 0x800, "NSIS installers")
    ARJ = ("ARCHIVE", 0x1000, "ARJ")
    AUTOIT = ("ARCHIVE", 0x2000, "AutoIt scripts")
    CPIO = ("ARCHIVE", 0x4000, "cpio")
    INSTALLSHIELD = ("ARCHIVE", 0x8000, "InstallShield")
    SEVENZIP = ("ARCHIVE", 0x10000, "7-Zip")
    ISO9660 = ("ARCHIVE", 0x20000, "ISO 9660")
    DMG = ("ARCHIVE", 0x40000, "Apple disk images")
    XAR = ("ARCHIVE", 0x80000, "xar")
    HFSPLUS = ("ARCHIVE", 0x100000, "HFS+")
    XZ = ("ARCHIVE", 0x200000, "xz")
    PASSWORDS = ("ARCHIVE", 0x400000, "passwords for archives")
    MBR = ("ARCHIVE", 0x800000, "MBR partitions")
    GPT = ("ARCHIVE", 0x1000000, "GPT partitions")
    APM = ("ARCHIVE", 0x2000000, "Apple partitions")
    EGG = ("ARCHIVE", 0x4000000, "EGG")
    UDF = ("ARCHIVE", 0x8000000, "UDF")
    LHA = ("ARCHIVE", 0x10000000, "LHA")
    ALZ = ("ARCHIVE", 0x20000000, "ALZ")
    ZSTD = ("ARCHIVE", 0x40000000, "Zstandard")
    HTML = ("DOCUMENT", 0x1, "HTML")
    RTF = ("DOCUMENT", 0x2, "RTF")
    PDF = ("DOCUMENT", 0x4, "PDF")
    SCRIPT = ("DOCUMENT", 0x8, "normalised text")
    SKIP_RAW_HTML = ("DOCUMENT", 0x10, "not matching raw HTML")
    JAVASCRIPT = ("DOCUMENT", 0x20, "normalised JavaScript")
    SWF = ("DOCUMENT", 0x40, "Flash")
    OFFICE_XML = ("DOCUMENT", 0x80, "Office XML of 2003")
    OOXML = ("DOCUMENT", 0x100, "Office Open XML")
    HWP = ("DOCUMENT", 0x200, "Hangul documents")
    ONENOTE = ("DOCUMENT", 0x400, "OneNote")
    MAIL = ("MAIL", 0x1, "mail")
    TNEF = ("MAIL", 0x2, "TNEF")
    UUENCODE = ("OTHER", 0x1, "uuencoded files")
    SCRENC = ("OTHER", 0x2, "encoded scripts")
    RIFF = ("OTHER", 0x4, "RIFF")
    JPEG = ("OTHER", 0x8, "JPEG")
    CRYPTFF = ("OTHER", 0x10, "CryptFF")
    STRUCTURED_DATA = ("OTHER", 0x20, "structured data")
    PREFILTER = ("OTHER", 0x80, "the matcher's prefilter")
    PDF_NAMES = ("OTHER", 0x100, "obfuscated names in PDF")
    PARTITIONS = ("OTHER", 0x200, "overlapping partitions")
    LZW = ("OTHER", 0x400, "LZW")
    PNG = ("OTHER", 0x800, "PNG")
    GIF = ("OTHER", 0x1000, "GIF")
    TIFF = ("OTHER", 0x2000, "TIFF")
    FUZZY_HASHES = ("OTHER", 0x4000, "fuzzy hashes of pictures")
    PHISHING = ("PHISHING", 0x1, "phishing check")
    ENTITIES = ("PHISHING", 0x2, "conversion of HTML entities")
    INTERPRETER = ("BYTECODE", 0x1, "bytecode interpreter")
    JIT_X86 = ("BYTECODE", 0x2, "bytecode JIT, x86")
    JIT_PPC = ("BYTECODE", 0x4, "bytecode JIT, PowerPC")
    JIT_ARM = ("BYTECODE", 0x8, "bytecode JIT, ARM")
    PCRE = ("PCRE", 0x1, "regular expressions in signatures")
    PCRE_OPTIONS = ("PCRE", 0x2, "their options")
    PCRE_GLOBAL = ("PCRE", 0x4, "their global option")

    @property
    def category(self) -> str:
        """The category as `.cfg` files spell it."""
        return self.value[0]

    @property
    def bit(self) -> int:
        """The bit in the flags of the category."""
        return self.value[1]

    @property
    def words(self) -> str:
        """What is switched, for people."""
        return self.value[2]


_OFF = frozenset({Switch.SWIZZOR, Switch.JIT_ARM})
_OPENING: Mapping[FileType, Switch] = MappingProxyType(
    {
        FileType.ELF: Switch.ELF,
        FileType.MACHO: Switch.MACHO,
        FileType.MACHO_UNIBIN: Switch.MACHO,
        FileType.RAR: Switch.RAR,
        FileType.RARSFX: Switch.RAR,
        FileType.ZIP: Switch.ZIP,
        FileType.ZIPSFX: Switch.ZIP,
        FileType.GZ: Switch.GZIP,
        FileType.BZ: Switch.BZIP2,
        FileType.MSSZDD: Switch.SZDD,
        FileType.MSCAB: Switch.CAB,
        FileType.CABSFX: Switch.CAB,
        FileType.MSCHM: Switch.CHM,
        FileType.MSOLE2: Switch.OLE2,
        FileType.POSIX_TAR: Switch.TAR,
        FileType.OLD_TAR: Switch.TAR,
        FileType.BINHEX: Switch.BINHEX,
        FileType.SIS: Switch.SIS,
        FileType.NULSFT: Switch.NSIS,
        FileType.ARJ: Switch.ARJ,
        FileType.ARJSFX: Switch.ARJ,
        FileType.AUTOIT: Switch.AUTOIT,
        FileType.CPIO_OLD: Switch.CPIO,
        FileType.CPIO_ODC: Switch.CPIO,
        FileType.CPIO_NEWC: Switch.CPIO,
        FileType.CPIO_CRC: Switch.CPIO,
        FileType.ISHIELD_MSI: Switch.INSTALLSHIELD,
        FileType.SEVENZIP: Switch.SEVENZIP,
        FileType.SEVENZIP_SFX: Switch.SEVENZIP,
        FileType.ISO9660: Switch.ISO9660,
        FileType.DMG: Switch.DMG,
        FileType.XAR: Switch.XAR,
        FileType.PART_HFSPLUS: Switch.HFSPLUS,
        FileType.XZ: Switch.XZ,
        FileType.MBR: Switch.MBR,
        FileType.GPT: Switch.GPT,
        FileType.APM: Switch.APM,
        FileType.EGG: Switch.EGG,
        FileType.EGGSFX: Switch.EGG,
        FileType.UDF: Switch.UDF,
        FileType.LHA_LZH: Switch.LHA,
        FileType.ALZ: Switch.ALZ,
        FileType.ZSTD: Switch.ZSTD,
        FileType.HTML: Switch.HTML,
        FileType.HTML_UTF16: Switch.HTML,
        FileType.RTF: Switch.RTF,
        FileType.PDF: Switch.PDF,
        FileType.SWF: Switch.SWF,
        FileType.XML_WORD: Switch.OFFICE_XML,
        FileType.XML_XL: Switch.OFFICE_XML,
        FileType.OOXML_WORD: Switch.OOXML,
        FileType.OOXML_PPT: Switch.OOXML,
        FileType.OOXML_XL: Switch.OOXML,
        FileType.HWP3: Switch.HWP,
        FileType.XML_HWP: Switch.HWP,
        FileType.HWPOLE2: Switch.HWP,
        FileType.OOXML_HWP: Switch.HWP,
        FileType.ONENOTE: Switch.ONENOTE,
        FileType.MAIL: Switch.MAIL,
        FileType.MHTML: Switch.MAIL,
        FileType.TNEF: Switch.TNEF,
        FileType.UUENCODED: Switch.UUENCODE,
        FileType.SCRENC: Switch.SCRENC,
        FileType.RIFF: Switch.RIFF,
        FileType.JPEG: Switch.JPEG,
        FileType.CRYPTFF: Switch.CRYPTFF,
        FileType.PNG: Switch.PNG,
        FileType.GIF: Switch.GIF,
        FileType.TIFF: Switch.TIFF,
    }
)


def switches_of(category: str, flags: int) -> frozenset[Switch]:
    """The switches of `category` that `flags` leave on."""
    return frozenset(
        switch for switch in Switch if switch.category == category and flags & switch.bit
    )


@dataclass(frozen=True, slots=True)
class Switches:
    """What is switched off."""

    off: frozenset[Switch] = _OFF

    @classmethod
    def after(cls, settings: Iterable[tuple[str, int]]) -> Switches:
        """The switches after (category, flags) settings, of which the last of a category counts."""
        off = _OFF
        for category, flags in settings:
            everything = switches_of(category, ~0)
            off = (off - everything) | (everything - switches_of(category, flags))
        return cls(off)

    def has(self, switch: Switch) -> bool:
        """Whether `switch` is on."""
        return switch not in self.off

    def opens(self, file_type: FileType) -> bool:
        """Whether layers of `file_type` may be opened."""
        return _OPENING.get(file_type) not in self.off
