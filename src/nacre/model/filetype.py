"""Every file type that ClamAV's databases may name, and the targets of signatures.

The order is part of the image: a type's position is its number there. New types go to the end.
Types after `ERROR` are nacre's own: no signature can name them.
"""

from __future__ import annotations

from enum import Enum, IntEnum, unique


@unique
class FileType(Enum):
    """A file type; the value is ClamAV's name without ``CL_TYPE_``."""

    ANY = "ANY"
    BINARY_DATA = "BINARY_DATA"
    TEXT_ASCII = "TEXT_ASCII"
    TEXT_UTF8 = "TEXT_UTF8"
    TEXT_UTF16LE = "TEXT_UTF16LE"
    TEXT_UTF16BE = "TEXT_UTF16BE"
    IGNORED = "IGNORED"
    MSEXE = "MSEXE"
    ELF = "ELF"
    MACHO = "MACHO"
    MACHO_UNIBIN = "MACHO_UNIBIN"
    POSIX_TAR = "POSIX_TAR"
    OLD_TAR = "OLD_TAR"
    CPIO_OLD = "CPIO_OLD"
    CPIO_ODC = "CPIO_ODC"
    CPIO_NEWC = "CPIO_NEWC"
    CPIO_CRC = "CPIO_CRC"
    GZ = "GZ"
    ZIP = "ZIP"
    BZ = "BZ"
    RAR = "RAR"
    ARJ = "ARJ"
    MSSZDD = "MSSZDD"
    MSOLE2 = "MSOLE2"
    MSCAB = "MSCAB"
    MSCHM = "MSCHM"
    SIS = "SIS"
    SCRENC = "SCRENC"
    GRAPHICS = "GRAPHICS"
    GIF = "GIF"
    PNG = "PNG"
    JPEG = "JPEG"
    TIFF = "TIFF"
    RIFF = "RIFF"
    BINHEX = "BINHEX"
    TNEF = "TNEF"
    CRYPTFF = "CRYPTFF"
    PDF = "PDF"
    UUENCODED = "UUENCODED"
    HTML_UTF16 = "HTML_UTF16"
    SCRIPT = "SCRIPT"
    RTF = "RTF"
    HTML = "HTML"
    MAIL = "MAIL"
    SFX = "SFX"
    ZIPSFX = "ZIPSFX"
    RARSFX = "RARSFX"
    CABSFX = "CABSFX"
    ARJSFX = "ARJSFX"
    NULSFT = "NULSFT"
    AUTOIT = "AUTOIT"
    ISHIELD_MSI = "ISHIELD_MSI"
    SEVENZIP = "7Z"
    SEVENZIP_SFX = "7ZSFX"
    SWF = "SWF"
    ISO9660 = "ISO9660"
    JAVA = "JAVA"
    DMG = "DMG"
    MBR = "MBR"
    GPT = "GPT"
    APM = "APM"
    XAR = "XAR"
    PART_ANY = "PART_ANY"
    PART_HFSPLUS = "PART_HFSPLUS"
    XZ = "XZ"
    OOXML_WORD = "OOXML_WORD"
    OOXML_PPT = "OOXML_PPT"
    OOXML_XL = "OOXML_XL"
    INTERNAL = "INTERNAL"
    XDP = "XDP"
    XML_WORD = "XML_WORD"
    XML_XL = "XML_XL"
    HWP3 = "HWP3"
    XML_HWP = "XML_HWP"
    HWPOLE2 = "HWPOLE2"
    OOXML_HWP = "OOXML_HWP"
    PS = "PS"
    MHTML = "MHTML"
    LNK = "LNK"
    EGG = "EGG"
    EGGSFX = "EGGSFX"
    UDF = "UDF"
    ALZ = "ALZ"
    ONENOTE = "ONENOTE"
    PYTHON_COMPILED = "PYTHON_COMPILED"
    LHA_LZH = "LHA_LZH"
    AI_MODEL = "AI_MODEL"
    ZSTD = "ZSTD"
    OTHER = "OTHER"
    ERROR = "ERROR"
    LZMA = "LZMA"
    AR = "AR"
    RPM = "RPM"
    KWAJ = "KWAJ"
    COMPRESS = "COMPRESS"
    LZIP = "LZIP"
    LZOP = "LZOP"
    LZ4 = "LZ4"
    BROTLI = "BROTLI"
    ACTIVEMIME = "ACTIVEMIME"
    FLAT_OFFICE = "FLAT_OFFICE"
    ISHIELD_CABINET = "ISHIELD_CABINET"
    FAT = "FAT"
    EXT = "EXT"
    SQUASHFS = "SQUASHFS"
    SHAR = "SHAR"
    WARC = "WARC"
    ARC = "ARC"
    ZOO = "ZOO"
    WIM = "WIM"
    INNO = "INNO"
    ACE = "ACE"
    VHD = "VHD"
    VHDX = "VHDX"
    VDI = "VDI"
    QCOW = "QCOW"
    VMDK = "VMDK"
    ZISOFS = "ZISOFS"
    NTFS = "NTFS"
    LITERAL = "LITERAL"
    SCRIPT_SFX = "SCRIPTSFX"
    EXFAT = "EXFAT"
    ENCRYPTED = "ENCRYPTED"

    # A layer's type is looked up some thirty times; Enum's own hash is a call of Python each time.
    __hash__ = object.__hash__

    @property
    def clamav_name(self) -> str:
        """The name as signatures and users write it, such as ``CL_TYPE_ZIP``."""
        return f"CL_TYPE_{self.value}"

    @property
    def number(self) -> int:
        """The type's number in a signature image."""
        return NUMBER[self]


NUMBER: dict[FileType, int] = {file_type: number for number, file_type in enumerate(FileType)}
BY_NUMBER: tuple[FileType, ...] = tuple(FileType)
BY_NAME: dict[str, FileType] = {file_type.clamav_name: file_type for file_type in FileType}

UNNAMED: frozenset[FileType] = frozenset(
    {
        FileType.OTHER, FileType.ERROR, FileType.LZMA, FileType.AR, FileType.RPM, FileType.KWAJ,
        FileType.COMPRESS, FileType.LZIP, FileType.LZOP, FileType.LZ4, FileType.BROTLI,
        FileType.ACTIVEMIME, FileType.FLAT_OFFICE, FileType.ISHIELD_CABINET,
        FileType.FAT, FileType.EXT, FileType.SQUASHFS, FileType.SHAR, FileType.WARC,
        FileType.ARC, FileType.ZOO, FileType.WIM, FileType.INNO,
        FileType.ACE, FileType.VHD, FileType.VHDX, FileType.VDI, FileType.QCOW, FileType.VMDK,
        FileType.ZISOFS, FileType.NTFS, FileType.LITERAL,
        FileType.SCRIPT_SFX, FileType.EXFAT, FileType.ENCRYPTED,
    }
)  # fmt: skip
"""Types that signatures cannot name."""

PLAIN: dict[FileType, FileType] = {
    FileType.ZIPSFX: FileType.ZIP,
    FileType.RARSFX: FileType.RAR,
    FileType.SEVENZIP_SFX: FileType.SEVENZIP,
    FileType.CABSFX: FileType.MSCAB,
    FileType.ARJSFX: FileType.ARJ,
    FileType.EGGSFX: FileType.EGG,
}
"""The type of an archive that was found behind other data."""

TEXT: frozenset[FileType] = frozenset(
    {FileType.TEXT_ASCII, FileType.TEXT_UTF8, FileType.TEXT_UTF16LE, FileType.TEXT_UTF16BE}
)

HTML: frozenset[FileType] = frozenset({FileType.HTML, FileType.HTML_UTF16})


class Target(IntEnum):
    """What a signature is about: the number in its ``Target`` field."""

    ANY = 0
    PE = 1
    OLE2 = 2
    HTML = 3
    MAIL = 4
    GRAPHICS = 5
    ELF = 6
    TEXT = 7
    MACHO = 9
    PDF = 10
    FLASH = 11
    JAVA = 12
    INTERNAL = 13
    OTHER = 14


TARGET: dict[FileType, Target] = {
    FileType.MSEXE: Target.PE,
    FileType.MSOLE2: Target.OLE2,
    FileType.HTML: Target.HTML,
    FileType.MAIL: Target.MAIL,
    FileType.GRAPHICS: Target.GRAPHICS,
    FileType.GIF: Target.GRAPHICS,
    FileType.PNG: Target.GRAPHICS,
    FileType.JPEG: Target.GRAPHICS,
    FileType.TIFF: Target.GRAPHICS,
    FileType.ELF: Target.ELF,
    FileType.MACHO: Target.MACHO,
    FileType.MACHO_UNIBIN: Target.MACHO,
    FileType.PDF: Target.PDF,
    FileType.SWF: Target.FLASH,
    FileType.JAVA: Target.JAVA,
    FileType.INTERNAL: Target.INTERNAL,
    FileType.BINARY_DATA: Target.OTHER,
}


def target_of(file_type: FileType) -> Target:
    """The target whose signatures run on raw bytes of `file_type`, besides those of target 0."""
    return TARGET.get(file_type, Target.ANY)
