"""Which class opens a file type, and the option it needs.

Made by ``python -m nacre.formats.walk``.
"""

from __future__ import annotations

INDEX: dict[str, tuple[str, str]] = {
    "ACTIVEMIME": ("document.activemime.ActiveMimeHandler", "scan_ole2"),
    "APM": ("filesystem.apm.ApmHandler", "scan_archive"),
    "AR": ("archive.ar.ArHandler", "scan_archive"),
    "BZ": ("compression.bzip2.Bzip2Handler", "scan_archive"),
    "CPIO_CRC": ("archive.cpio.CpioHandler", "scan_archive"),
    "CPIO_NEWC": ("archive.cpio.CpioHandler", "scan_archive"),
    "CPIO_ODC": ("archive.cpio.CpioHandler", "scan_archive"),
    "CPIO_OLD": ("archive.cpio.CpioHandler", "scan_archive"),
    "ELF": ("executable.elf.ElfHandler", "scan_elf"),
    "FLAT_OFFICE": ("document.office_xml.OfficeXmlHandler", "scan_xmldocs"),
    "GPT": ("filesystem.gpt.GptHandler", "scan_archive"),
    "GZ": ("compression.gzip.GzipHandler", "scan_archive"),
    "HWP3": ("document.hwp3.Hwp3Handler", "scan_hwp3"),
    "HWPOLE2": ("document.hwpole2.HwpOle2Handler", "scan_ole2"),
    "ISO9660": ("filesystem.iso9660.Iso9660Handler", "scan_archive"),
    "LZMA": ("compression.lzma.LzmaHandler", "scan_archive"),
    "MACHO": ("executable.macho.MachoHandler", ""),
    "MACHO_UNIBIN": ("executable.universal.UniversalHandler", ""),
    "MAIL": ("mail.mail.MailHandler", "scan_mail"),
    "MBR": ("filesystem.mbr.MbrHandler", "scan_archive"),
    "MHTML": ("mail.mail.MailHandler", "scan_mail"),
    "MSEXE": ("executable.pe.PeHandler", "scan_pe"),
    "MSOLE2": ("document.ole2.Ole2Handler", "scan_ole2"),
    "OLD_TAR": ("archive.tar.TarHandler", "scan_archive"),
    "OOXML_HWP": ("archive.zip.ZipHandler", "scan_archive"),
    "OOXML_PPT": ("archive.zip.ZipHandler", "scan_archive"),
    "OOXML_WORD": ("archive.zip.ZipHandler", "scan_archive"),
    "OOXML_XL": ("archive.zip.ZipHandler", "scan_archive"),
    "POSIX_TAR": ("archive.tar.TarHandler", "scan_archive"),
    "RPM": ("archive.rpm.RpmHandler", "scan_archive"),
    "XDP": ("document.xdp.XdpHandler", "scan_pdf"),
    "XML_HWP": ("document.hwpml.HwpmlHandler", "scan_xmldocs"),
    "XML_WORD": ("document.office_xml.OfficeXmlHandler", "scan_xmldocs"),
    "XML_XL": ("document.office_xml.OfficeXmlHandler", "scan_xmldocs"),
    "XZ": ("compression.xz.XzHandler", "scan_archive"),
    "ZIP": ("archive.zip.ZipHandler", "scan_archive"),
    "ZIPSFX": ("archive.zip.ZipHandler", "scan_archive"),
    "ZSTD": ("compression.zstd.ZstdHandler", "scan_archive"),
}
