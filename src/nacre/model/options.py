"""What a scan looks at and alerts on, under ClamAV's names in snake case."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """Switches of one scanner. Defaults are ClamAV's."""

    all_match: bool = False
    normalize: bool = True
    # Which layers are opened.
    scan_archive: bool = True
    scan_pe: bool = True
    scan_elf: bool = True
    scan_mail: bool = True
    scan_html: bool = True
    scan_ole2: bool = True
    scan_pdf: bool = True
    scan_swf: bool = True
    scan_xmldocs: bool = True
    scan_hwp3: bool = True
    scan_onenote: bool = True
    scan_image: bool = True
    scan_image_fuzzy_hash: bool = True
    # Which signatures count; selected at scan time from one image.
    detect_pua: bool = False
    include_pua: tuple[str, ...] = ()
    exclude_pua: tuple[str, ...] = ()
    official_only: bool = False
    phishing_signatures: bool = True
    canaries: bool = False
    """Whether those count that an image can be compiled with, to try it."""
    disable_cert_check: bool = False
    """Neither `.crb` nor `.cat` count, and no program is trusted for its signature."""
    dump_certificates: bool = False
    """Write the certificates of signed programs to the debug log."""
    # What alerts.
    heuristic_alerts: bool = True
    heuristic_scan_precedence: bool = False
    alert_exceeds_max: bool = False
    alert_broken_executables: bool = False
    alert_broken_media: bool = False
    alert_encrypted_archive: bool = False
    alert_encrypted_doc: bool = False
    alert_ole2_macros: bool = False
    alert_partition_intersection: bool = False
    phishing_scan_urls: bool = True
    alert_phishing_ssl: bool = False
    alert_phishing_cloak: bool = False
    structured_data_detection: bool = False
    structured_cc_count: int = 3
    structured_cc_only: bool = False
    structured_ssn_count: int = 3
    structured_ssn_normal: bool = True
    structured_ssn_stripped: bool = False
    # What is told.
    gen_json: bool = False
    """Collect facts about layers for whoever watches the scan."""
    json_store_html_uris: bool = True
    json_store_pdf_uris: bool = True
    # How the scan runs.
    cache_size: int = 65_536
    """Entries of the clean cache; 0 switches it off."""
    temporary_directory: str | None = None
    """Where large children are kept; None is the system's choice."""
    strict: bool = False
    """Raise on an unexpected exception of a handler instead of recording a problem (tests)."""
