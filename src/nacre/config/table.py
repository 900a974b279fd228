"""Every option of clamscan and clamd.conf (ClamAV 1.4 and 1.5) and of nacre.conf: pure data.

A key that stands in two rows is one setting with two spellings. Windows-only options (`--memory`,
`--kill`, `--unload`, service installation) are not known here, as they are not known to ClamAV on
Unix. Another program's options are added by naming it in `programs`, or by further rows.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from nacre.config.freshclam import UPDATES
from nacre.config.option import Kind, Option, Program, Status, Value
from nacre.config.row import number, size, switch, text
from nacre.config.sigtool import SIGNATURES
from nacre.model.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCAN = Program.CLAMSCAN
_BOTH = Program.CLAMSCAN | Program.CLAMD
_DAEMON = Program.CLAMD
_CLIENT = Program.CLAMDSCAN
_SCANS = Program.CLAMSCAN | Program.CLAMDSCAN
_UPDATER = Program.FRESHCLAM
_SCANNERS = _BOTH | Program.CLAMDSCAN
_TOOL = Program.SIGTOOL
_WATCH = Program.CLAMONACC
_ASKING = _CLIENT | _WATCH
_EVERY = _SCANNERS | _UPDATER | Program.CLAMCONF | Program.CLAMDTOP | _TOOL | _WATCH


def _alias(key: str, name: str, long: str, *, on: bool = False) -> Option:
    return Option(key, Kind.BOOL, _BOTH, name=name, long=long, default=on, status=Status.ALIAS)


def _hidden(option: Option) -> Option:
    return replace(option, status=Status.HIDDEN)


def _ignored(
    long: str, kind: Kind = Kind.BOOL, short: str = "", default: Value | None = None
) -> Option:
    return Option(
        f"ignored_{long.replace('-', '_')}",
        kind,
        _SCAN,
        long=long,
        short=short,
        default=default,
        optional=kind is Kind.STRING,
        status=Status.IGNORED,
    )


def _ignored_name(name: str) -> Option:
    return Option(f"ignored_{name}", Kind.STRING, _DAEMON, name=name, status=Status.IGNORED)


# By the headings of help and manual. A row should look like a row:
# fmt: off
SECTIONS: tuple[tuple[str, tuple[Option, ...]], ...] = (
    ("General", (
        switch("help", "", "help", "Show this help.", short="h", to=_EVERY),
        switch("version", "", "version", "Print the version of program and database.", short="V",
               to=_EVERY),
    )),
    ("Output", (
        switch("verbose", "", "verbose",
               "Say which file is being scanned, and which pattern excluded a path.", short="v",
               to=_SCANS),
        switch("verbose", "", "verbose", "Say more.", short="v", to=_UPDATER | _TOOL | _WATCH),
        switch("archive_verbose", "", "archive-verbose",
               "Show the member of an archive that alerted.", short="a", to=_SCAN),
        switch("debug", "Debug", "debug", "Write debug messages to standard error.",
               to=_BOTH | _UPDATER | _TOOL),
        switch("quiet", "", "quiet", "Print warnings and errors only.",
               to=_SCANS | _UPDATER | _TOOL | _WATCH),
        switch("stdout", "", "stdout", "Write warnings and errors to standard output.",
               to=_SCANS | _UPDATER | _TOOL | _WATCH),
        switch("no_summary", "", "no-summary", "Leave out the summary at the end.", to=_SCANS),
        switch("infected", "", "infected", "Print files that alert, and nothing about others.",
               short="i", to=_SCANS | _WATCH),
        switch("suppress_ok_results", "", "suppress-ok-results",
               "Do not print files that are OK.", short="o", to=_SCAN),
        switch("bell", "", "bell", "Ring the terminal bell at every alert.", to=_SCAN),
        text("log_file", "LogFile", "log", "Append the report to FILE.", short="l",
             metavar="FILE", to=_SCANNERS | _WATCH),
        switch("log_hash", "", "log-hash", "Print the digest of every file scanned.", to=_SCAN,
               since="1.5"),
        switch("log_file_type", "", "log-file-type", "Print the file type of every file scanned.",
               to=_SCAN, since="1.5"),
        switch("gen_json", "GenerateMetadataJson", "gen-json",
               "Make JSON metadata: printed with --debug, kept with --leave-temps.",
               to=_BOTH | _TOOL),
        switch("json_store_html_uris", "JsonStoreHTMLURIs", "json-store-html-uris",
               "Keep URIs found in HTML in the metadata.", on=True, since="1.5"),
        switch("json_store_pdf_uris", "JsonStorePDFURIs", "json-store-pdf-uris",
               "Keep URIs found in PDF in the metadata.", on=True, since="1.5"),
        switch("json_store_extra_hashes", "JsonStoreExtraHashes", "json-store-extra-hashes",
               "Keep MD5 and SHA-1 in the metadata as well.", since="1.5"),
        _hidden(text("statistics", "", "statistics", "No effect here.", default="none",
                     metavar="KIND", to=_SCAN, multiple=True,
                     choices=("none", "bytecode", "pcre"))),
    )),
    ("Files", (
        switch("recursive", "", "recursive", "Scan sub-directories as well.", short="r", to=_SCAN),
        text("file_list", "", "file-list", "Scan the files that FILE lists, one path per line.",
             short="f", metavar="FILE", to=_SCANS),
        switch("cross_filesystems", "CrossFilesystems", "cross-fs",
               "Go on into other file systems.", on=True),
        number("follow_dir_symlinks", "", "follow-dir-symlinks", 1,
               "Follow links to directories: 0 never, 1 those named as arguments, 2 always.",
               to=_SCAN),
        number("follow_file_symlinks", "", "follow-file-symlinks", 1,
               "Follow links to files: 0 never, 1 those named as arguments, 2 always.", to=_SCAN),
        number("max_directory_recursion", "MaxDirectoryRecursion", "max-dir-recursion", 15,
               "Levels of directories to visit; 1 is the directory named alone."),
        text("exclude", "", "exclude", "Do not scan files whose path matches REGEX.",
             metavar="REGEX", to=_SCAN, multiple=True),
        text("exclude_dir", "", "exclude-dir",
             "Do not visit directories whose path matches REGEX.", metavar="REGEX", to=_SCAN,
             multiple=True),
        text("include", "", "include", "Scan only files whose path matches REGEX.",
             metavar="REGEX", to=_SCAN, multiple=True),
        text("include_dir", "", "include-dir", "Visit only directories whose path matches REGEX.",
             metavar="REGEX", to=_SCAN, multiple=True),
        text("exclude_path", "ExcludePath", "", "Leave out paths that match REGEX.",
             metavar="REGEX", to=_DAEMON, multiple=True),
        switch("follow_directory_symlinks", "FollowDirectorySymlinks", "",
               "Follow links to directories.", to=_DAEMON),
        switch("follow_regular_symlinks", "FollowFileSymlinks", "", "Follow links to files.",
               to=_DAEMON),
        text("hash_hint", "", "hash-hint", "Digest of the file, if already known.", metavar="HEX",
             to=_SCAN, since="1.5"),
        text("hash_alg", "", "hash-alg",
             "Which digest --log-hash prints: md5, sha1, sha2-256.", metavar="NAME", to=_SCAN,
             since="1.5", default="sha2-256",
             choices=("md5", "sha1", "sha2-256", "sha256")),
        text("file_type_hint", "", "file-type-hint",
             "File type to begin with, such as CL_TYPE_ZIP.", metavar="TYPE", to=_SCAN,
             since="1.5"),
    )),
    ("How the daemon gets files", (
        switch("fdpass", "", "fdpass", "Open files here and pass descriptors.", to=_ASKING),
        switch("stream", "", "stream", "Send the content of files.", to=_ASKING),
        switch("multiscan", "", "multiscan", "Have several files scanned at the same time.",
               short="m", to=_ASKING),
    )),
    ("Questions to the daemon", (
        text("ping", "", "ping",
             "Ask up to A times, every I seconds, until it answers; then end.", short="p",
             metavar="A[:I]", to=_ASKING),
        switch("wait", "", "wait", "Wait up to 30 seconds for it to start.", short="w",
               to=_ASKING),
        switch("reload", "", "reload", "Have it load the database again.", to=_CLIENT),
    )),
    ("Actions on files that alert", (
        switch("remove", "", "remove", "Remove them. Be careful.", to=_SCANS | _WATCH),
        text("move", "", "move", "Move them into DIRECTORY.", metavar="DIRECTORY",
             to=_SCANS | _WATCH),
        text("copy", "", "copy", "Copy them into DIRECTORY.", metavar="DIRECTORY",
             to=_SCANS | _WATCH),
    )),
    ("Database", (
        text("database", "", "database",
             "Load signatures from FILE, or all that are in DIRECTORY.", short="d",
             metavar="PATH", to=_SCAN, multiple=True),
        text("database_directory", "DatabaseDirectory", "datadir",
             "Where the signature databases are.", metavar="DIRECTORY",
             to=_DAEMON | Program.NACRE | _UPDATER),
        text("yara_rules", "YaraRules", "",
             "YARA rules of the whole language: a file, or a folder of them (needs nacre[yara]).",
             metavar="PATH", to=Program.NACRE, multiple=True),
        text("certificates_directory", "CVDCertsDirectory", "cvdcertsdir",
             "Where the certificates that sign databases are.", metavar="DIRECTORY", since="1.5",
             to=_BOTH | _UPDATER | _TOOL),
        switch("official_only", "OfficialDatabaseOnly", "official-db-only",
               "Use official signatures only."),
        number("fail_if_cvd_older_than", "FailIfCvdOlderThan", "fail-if-cvd-older-than", None,
               "Refuse to work with a database older than N days."),
        switch("fips_limits", "FIPSCryptoHashLimits", "fips-limits",
               "Do not rely on MD5 and SHA-1 for trust.", since="1.5",
               to=_BOTH | _UPDATER | _TOOL | _WATCH),
        _hidden(text("yara_rules", "", "yara-rules", "Load YARA rules from PATH.",
                     metavar="PATH", to=_SCAN)),
        switch("detect_pua", "DetectPUA", "detect-pua",
               "Use signatures of possibly unwanted applications."),
        text("exclude_pua", "ExcludePUA", "exclude-pua", "Leave out this category of them.",
             metavar="CATEGORY", multiple=True),
        text("include_pua", "IncludePUA", "include-pua", "Use only this category of them.",
             metavar="CATEGORY", multiple=True),
        switch("bytecode", "Bytecode", "bytecode", "Use bytecode signatures.", on=True,
               to=_BOTH | _UPDATER),
        text("bytecode_security", "BytecodeSecurity", "", "Which bytecode is trusted.",
             default="TrustSigned", to=_DAEMON, choices=("TrustSigned", "Paranoid")),
        switch("bytecode_unsigned", "BytecodeUnsigned", "bytecode-unsigned",
               "Use bytecode signatures that nobody signed."),
        number("bytecode_timeout", "BytecodeTimeout", "bytecode-timeout", 10_000,
               "Milliseconds that one bytecode signature may run."),
        text("bytecode_mode", "BytecodeMode", "bytecode-mode", "How bytecode runs.",
             default="Auto", metavar="MODE",
             choices=("Auto", "ForceJIT", "ForceInterpreter", "Test")),
    )),
    ("What is scanned", (
        switch("all_match", "", "allmatch", "Go on within a file after the first alert.",
               short="z", to=_SCANS | _WATCH),
        switch("normalize", "", "normalize", "Scan normalised copies of text, scripts and HTML.",
               on=True, to=_SCAN),
        switch("scan_pe", "ScanPE", "scan-pe", "Look into PE programs.", on=True),
        switch("scan_elf", "ScanELF", "scan-elf", "Look into ELF programs.", on=True),
        switch("scan_mail", "ScanMail", "scan-mail", "Look into mail.", on=True),
        switch("scan_partial_messages", "ScanPartialMessages", "",
               "Join RFC 1341 partial messages.", to=_DAEMON),
        switch("scan_html", "ScanHTML", "scan-html", "Look into HTML.", on=True),
        switch("scan_ole2", "ScanOLE2", "scan-ole2", "Look into OLE2 documents.", on=True),
        switch("scan_pdf", "ScanPDF", "scan-pdf", "Look into PDF.", on=True),
        switch("scan_swf", "ScanSWF", "scan-swf", "Look into Flash.", on=True),
        switch("scan_xmldocs", "ScanXMLDOCS", "scan-xmldocs", "Look into XML documents.", on=True),
        switch("scan_hwp3", "ScanHWP3", "scan-hwp3", "Look into HWP 3 documents.", on=True),
        switch("scan_onenote", "ScanOneNote", "scan-onenote", "Look into OneNote files.", on=True),
        switch("scan_archive", "ScanArchive", "scan-archive", "Look into archives.", on=True),
        switch("scan_image", "ScanImage", "scan-image", "Look into pictures.", on=True),
        switch("scan_image_fuzzy_hash", "ScanImageFuzzyHash", "scan-image-fuzzy-hash",
               "Compare pictures by their fuzzy hash.", on=True),
        switch("force_to_disk", "ForceToDisk", "force-to-disk",
               "Keep every extracted object in a file."),
        switch("leave_temporary_files", "LeaveTemporaryFiles", "leave-temps",
               "Keep what is extracted, and the metadata of --gen-json."),
        text("temporary_directory", "TemporaryDirectory", "tempdir",
             "Where temporary files are made.", metavar="DIRECTORY", to=_BOTH | Program.NACRE),
        switch("disable_cert_check", "DisableCertCheck", "nocerts",
               "Do not look at Authenticode signatures of programs."),
        switch("dump_certificates", "", "dumpcerts", "Print Authenticode signatures of programs.",
               to=_SCAN),
        switch("disable_cache", "DisableCache", "disable-cache",
               "Scan again what was found clean before."),
        number("cache_size", "CacheSize", "cache-size", 65_536,
               "Files that are remembered as clean."),
        _hidden(switch("gen_mdb", "", "gen-mdb", "Print section digests of programs.", to=_SCAN)),
    )),
    ("What alerts", (
        switch("heuristic_alerts", "HeuristicAlerts", "heuristic-alerts", "Heuristic alerts.",
               on=True),
        switch("heuristic_scan_precedence", "HeuristicScanPrecedence",
               "heuristic-scan-precedence",
               "Let the first heuristic alert end the scan of a file."),
        switch("phishing_signatures", "PhishingSignatures", "phishing-sigs",
               "Use phishing signatures.", on=True),
        switch("phishing_scan_urls", "PhishingScanURLs", "phishing-scan-urls",
               "Compare shown and real addresses of links.", on=True),
        switch("alert_phishing_ssl", "AlertPhishingSSLMismatch", "alert-phishing-ssl",
               "Alert on links that pretend to be SSL."),
        switch("alert_phishing_cloak", "AlertPhishingCloak", "alert-phishing-cloak",
               "Alert on cloaked links."),
        switch("alert_exceeds_max", "AlertExceedsMax", "alert-exceeds-max",
               "Alert on files that a limit kept from being scanned fully."),
        switch("alert_broken_executables", "AlertBrokenExecutables", "alert-broken",
               "Alert on broken programs."),
        switch("alert_broken_media", "AlertBrokenMedia", "alert-broken-media",
               "Alert on broken pictures."),
        switch("alert_encrypted", "AlertEncrypted", "alert-encrypted",
               "Alert on encrypted archives and documents."),
        switch("alert_encrypted_archive", "AlertEncryptedArchive", "alert-encrypted-archive",
               "Alert on encrypted archives."),
        switch("alert_encrypted_doc", "AlertEncryptedDoc", "alert-encrypted-doc",
               "Alert on encrypted documents."),
        switch("alert_ole2_macros", "AlertOLE2Macros", "alert-macros",
               "Alert on documents with macros."),
        switch("alert_partition_intersection", "AlertPartitionIntersection",
               "alert-partition-intersection", "Alert on disk images whose partitions overlap."),
        switch("structured_data_detection", "StructuredDataDetection", "detect-structured",
               "Alert on card and social security numbers."),
        number("structured_cc_count", "StructuredMinCreditCardCount", "structured-cc-count", 3,
               "Card numbers that make an alert."),
        switch("structured_cc_only", "StructuredCCOnly", "structured-cc-mode",
               "Count credit cards only."),
        number("structured_ssn_count", "StructuredMinSSNCount", "structured-ssn-count", 3,
               "Social security numbers that make an alert."),
        number("structured_ssn_format", "", "structured-ssn-format", 0,
               "How they are written: 0 with hyphens, 1 without, 2 both.", to=_SCAN),
        switch("structured_ssn_normal", "StructuredSSNFormatNormal", "",
               "Count social security numbers with hyphens.", on=True, to=_DAEMON),
        switch("structured_ssn_stripped", "StructuredSSNFormatStripped", "",
               "Count social security numbers without hyphens.", to=_DAEMON),
    )),
    ("Limits", (
        number("max_scan_time", "MaxScanTime", "max-scantime", 120_000,
               "Milliseconds for one file, then the rest is skipped; 0 is no limit."),
        size("max_scan_size", "MaxScanSize", "max-scansize", 400 * MIB,
             "Data scanned for one file with all that is inside."),
        size("max_file_size", "MaxFileSize", "max-filesize", 100 * MIB,
             "Larger files are skipped."),
        number("max_recursion", "MaxRecursion", "max-recursion", 17,
               "Levels of containers in containers."),
        number("max_files", "MaxFiles", "max-files", 10_000, "Files scanned inside one file."),
        size("max_embedded_pe", "MaxEmbeddedPE", "max-embeddedpe", 40 * MIB,
             "Larger files are not searched for programs inside."),
        size("max_html_normalize", "MaxHTMLNormalize", "max-htmlnormalize", 40 * MIB,
             "Larger HTML is not normalised."),
        size("max_html_no_tags", "MaxHTMLNoTags", "max-htmlnotags", 8 * MIB,
             "Larger HTML is not scanned without its tags."),
        size("max_script_normalize", "MaxScriptNormalize", "max-scriptnormalize", 20 * MIB,
             "Larger scripts are not normalised."),
        size("max_zip_type_rcg", "MaxZipTypeRcg", "max-ziptypercg", MIB,
             "Larger zips found inside files are not typed again."),
        number("max_partitions", "MaxPartitions", "max-partitions", 50,
               "Partitions of a disk image."),
        number("max_icons_pe", "MaxIconsPE", "max-iconspe", 100, "Icons of a program."),
        number("max_rec_hwp3", "MaxRecHWP3", "max-rechwp3", 16, "Levels in HWP 3 documents."),
        number("pcre_match_limit", "PCREMatchLimit", "pcre-match-limit", 100_000,
               "Steps of one regular expression."),
        number("pcre_rec_match_limit", "PCRERecMatchLimit", "pcre-recmatch-limit", 2000,
               "Depth of one regular expression."),
        size("pcre_max_file_size", "PCREMaxFileSize", "pcre-max-filesize", 100 * MIB,
             "Larger files are not matched with regular expressions."),
    )),
    ("Daemon", (
        text("local_socket", "LocalSocket", "", "Path of the local socket.", to=_DAEMON),
        text("local_socket_group", "LocalSocketGroup", "", "Group that owns it.", to=_DAEMON),
        text("local_socket_mode", "LocalSocketMode", "", "Its permissions, in octal.", to=_DAEMON),
        switch("fix_stale_socket", "FixStaleSocket", "", "Remove a socket left by a crash.",
               on=True, to=_DAEMON),
        number("tcp_socket", "TCPSocket", "", None, "TCP port to listen on.", to=_DAEMON),
        text("tcp_address", "TCPAddr", "", "Address to listen on.", to=_DAEMON, multiple=True),
        number("max_connection_queue_length", "MaxConnectionQueueLength", "", 200,
               "Connections waiting to be accepted.", to=_DAEMON),
        size("stream_max_length", "StreamMaxLength", "", 100 * MIB, "Data taken from one stream.",
             to=_DAEMON),
        number("stream_min_port", "StreamMinPort", "", 1024, "No longer used.", to=_DAEMON),
        number("stream_max_port", "StreamMaxPort", "", 2048, "No longer used.", to=_DAEMON),
        number("max_threads", "MaxThreads", "", 10, "Scans at the same time.", to=_DAEMON),
        number("read_timeout", "ReadTimeout", "", 120, "Seconds to wait for a client's data.",
               to=_DAEMON),
        number("command_read_timeout", "CommandReadTimeout", "", 30,
               "Seconds to wait for a client's first command.", to=_DAEMON),
        number("send_buf_timeout", "SendBufTimeout", "", 500,
               "Milliseconds to wait for a client that does not read.", to=_DAEMON),
        number("max_queue", "MaxQueue", "", 100, "Jobs waiting or running.", to=_DAEMON),
        number("idle_timeout", "IdleTimeout", "", 30, "Seconds an idle worker lives.", to=_DAEMON),
        *(
            Option(f"enable_{word.lower()}_command", Kind.BOOL, _DAEMON,
                   name=f"Enable{word}Command", default=True, since="1.5",
                   help=f"Answer the command {verb}.")
            for word, verb in (
                ("Shutdown", "SHUTDOWN"), ("Reload", "RELOAD"), ("SelfCheck", "SELFCHECK"),
                ("Version", "VERSION"), ("Stats", "STATS"),
            )
        ),
        switch("allow_all_match_scan", "AllowAllMatchScan", "", "Answer ALLMATCHSCAN.", on=True,
               to=_DAEMON),
        text("user", "User", "", "Account to run as.", to=_DAEMON),
        text("config_file", "", "config-file", "Read settings from FILE.", short="c",
             metavar="FILE", to=_DAEMON | _ASKING | Program.CLAMDTOP),
        text("config_file", "", "config-file", "Read settings from FILE.", metavar="FILE",
             to=_UPDATER),
        switch("foreground", "Foreground", "foreground", "Stay in the foreground.", short="F",
               to=_DAEMON | _UPDATER | _WATCH),
        text("pid_file", "PidFile", "pid", "File for the process number.", short="p",
             metavar="FILE", to=_DAEMON | _UPDATER),
        switch("exit_on_oom", "ExitOnOOM", "", "End when memory runs out.", to=_DAEMON),
        text("virus_event", "VirusEvent", "", "Command to run at an alert.", to=_DAEMON),
        number("self_check", "SelfCheck", "", 600, "Seconds between looks at the database.",
               to=_DAEMON),
        switch("concurrent_database_reload", "ConcurrentDatabaseReload", "",
               "Go on scanning while a new database is loaded.", on=True, to=_DAEMON),
    )),
    ("Updates", UPDATES),
    ("Signatures", SIGNATURES),
    ("Configuration", (
        text("config_directory", "", "config-dir", "Read the files in DIRECTORY.", short="c",
             metavar="DIRECTORY", default="/etc/clamav", to=Program.CLAMCONF),
        switch("non_default", "", "non-default", "Show only what differs from the defaults.",
               short="n", to=Program.CLAMCONF),
        text("generate_config", "", "generate-config",
             "Print a file to begin with: clamd.conf, freshclam.conf or nacre.conf.", short="g",
             metavar="NAME", to=Program.CLAMCONF),
        switch("default_colors", "", "defaultcolors", "Use the terminal's own colours.", short="d",
               to=Program.CLAMDTOP),
    )),
    ("Logging", (
        switch("log_file_unlock", "LogFileUnlock", "", "Do not lock the log file.", to=_DAEMON),
        size("log_file_max_size", "LogFileMaxSize", "", MIB,
             "Size at which the log ends or is rotated.", to=_DAEMON | _UPDATER),
        switch("log_time", "LogTime", "", "Write the time into every line.", to=_DAEMON | _UPDATER),
        switch("log_clean", "LogClean", "", "Log clean files as well.", to=_DAEMON),
        switch("log_syslog", "LogSyslog", "", "Log to syslog.", to=_DAEMON | _UPDATER),
        text("log_facility", "LogFacility", "", "Facility of syslog.", default="LOG_LOCAL6",
             to=_DAEMON | _UPDATER),
        switch("log_verbose", "LogVerbose", "", "Log more.", to=_DAEMON | _UPDATER),
        switch("log_rotate", "LogRotate", "log-rotate", "Rotate the log at LogFileMaxSize.",
               to=_DAEMON | _UPDATER),
        switch("extended_detection_info", "ExtendedDetectionInfo", "",
               "Log size and digest of files that alert.", to=_DAEMON),
        switch("prelude_enable", "PreludeEnable", "prelude-enable", "Report to Prelude.",
               to=_DAEMON),
        text("prelude_analyzer_name", "PreludeAnalyzerName", "prelude-analyzer-name",
             "Name shown in Prelude.", to=_DAEMON),
    )),
    ("On-access scanning", (
        text("watch_list", "", "watch-list", "Watch the directories that FILE lists, too.",
             short="W", metavar="FILE", to=_WATCH),
        text("exclude_list", "", "exclude-list", "Leave out the directories that FILE lists.",
             short="e", metavar="FILE", to=_WATCH),
        text("on_access_mount_path", "OnAccessMountPath", "", "Watch this mount.", to=_DAEMON,
             multiple=True),
        text("on_access_include_path", "OnAccessIncludePath", "", "Watch this directory.",
             to=_DAEMON, multiple=True),
        text("on_access_exclude_path", "OnAccessExcludePath", "", "Do not watch this directory.",
             to=_DAEMON, multiple=True),
        switch("on_access_exclude_root_uid", "OnAccessExcludeRootUID", "", "Leave root alone.",
               to=_DAEMON),
        Option("on_access_exclude_uid", Kind.NUMBER, _DAEMON, name="OnAccessExcludeUID",
               multiple=True, metavar="UID", help="Leave this user number alone."),
        text("on_access_exclude_uname", "OnAccessExcludeUname", "", "Leave this user alone.",
             to=_DAEMON, multiple=True),
        size("on_access_max_file_size", "OnAccessMaxFileSize", "", 5 * MIB,
             "Larger files are let through.", to=_DAEMON),
        switch("on_access_disable_ddd", "OnAccessDisableDDD", "",
               "Do not follow new directories.", to=_DAEMON),
        switch("on_access_prevention", "OnAccessPrevention", "",
               "Deny access to files that alert.", to=_DAEMON),
        switch("on_access_extra_scanning", "OnAccessExtraScanning", "",
               "Scan files that are created or moved.", to=_DAEMON),
        number("on_access_curl_timeout", "OnAccessCurlTimeout", "", 5000,
               "Milliseconds to wait for the daemon.", to=_DAEMON),
        number("on_access_max_threads", "OnAccessMaxThreads", "", 5, "Scans at the same time.",
               to=_DAEMON),
        number("on_access_retry_attempts", "OnAccessRetryAttempts", "", 0, "Times to try again.",
               to=_DAEMON),
        switch("on_access_deny_on_error", "OnAccessDenyOnError", "",
               "Deny access when a scan fails.", to=_DAEMON),
    )),
    ("nacre", (
        switch("strict", "Strict", "", "Refuse a database with a malformed signature; otherwise"
               " clamd skips and counts it.", to=Program.NACRE),
        replace(switch("strict", "strict", "", "", to=Program.NACRE), status=Status.ALIAS),
        text("mirror_key", "MirrorKey", "", "Public key that the listings of the mirrors must be"
             " signed with.", metavar="FILE", to=Program.NACRE),
        number("match_steps", "MatchSteps", "", 2_000_000_000,
               "Elementary steps of the matcher for one view of a file.", to=Program.NACRE),
    )),
    ("Development", (
        _hidden(switch("dev_ac_only", "DevACOnly", "dev-ac-only", "No effect here.")),
        _hidden(number("dev_ac_depth", "DevACDepth", "dev-ac-depth", None, "No effect here.")),
        _hidden(switch("dev_performance", "DevPerformance", "dev-performance", "No effect here.")),
        _hidden(switch("dev_liblog", "DevLiblog", "dev-liblog", "No effect here.", to=_DAEMON)),
    )),
    ("Older spellings", (
        _alias("heuristic_alerts", "AlgorithmicDetection", "algorithmic-detection", on=True),
        _alias("alert_exceeds_max", "BlockMax", "block-max"),
        _alias("alert_phishing_ssl", "PhishingAlwaysBlockSSLMismatch", "phishing-ssl"),
        _alias("alert_phishing_cloak", "PhishingAlwaysBlockCloak", "phishing-cloak"),
        _alias("alert_partition_intersection", "PartitionIntersection", "partition-intersection"),
        _alias("alert_ole2_macros", "OLE2BlockMacros", "block-macros"),
        _alias("alert_encrypted", "ArchiveBlockEncrypted", "block-encrypted"),
    )),
    ("Accepted and ignored", (
        _ignored("bytecode-trust-all", short="t"),
        *(
            _ignored(long)
            for long in (
                "force", "disable-summary", "disable-archive", "no-archive", "no-pe", "no-elf",
                "no-ole2", "no-pdf", "no-html", "no-mail", "no-phishing-sigs",
                "no-phishing-scan-urls", "no-algorithmic", "no-phishing-restrictedscan",
                "detect-broken", "mail-follow-urls",
            )
        ),
        _ignored("max-ratio", Kind.NUMBER),
        _ignored("timelimit", Kind.NUMBER),
        _ignored("max-space", Kind.SIZE),
        *(
            _ignored(long, Kind.STRING, default="foo")
            for long in (
                "unzip", "unrar", "arj", "unzoo", "lha", "jar", "tar", "tgz", "deb",
            )
        ),
        *(
            _ignored_name(name)
            for name in (
                "DetectBrokenExecutables", "MailMaxRecursion", "ArchiveMaxScanSize",
                "ArchiveMaxRecursion", "ArchiveMaxFiles", "ArchiveMaxCompressionRatio",
                "ArchiveBlockMax", "ArchiveLimitMemoryUsage", "ArchiveMaxFileSize",
                "MailFollowURLs", "ScanOnAccess", "AllowSupplementaryGroups", "StatsEnabled",
                "StatsPEDisabled", "StatsHostID", "StatsTimeout",
            )
        ),
    )),
)
# fmt: on

OPTIONS: tuple[Option, ...] = tuple(option for _, options in SECTIONS for option in options)


def options_of(program: Program) -> Iterator[Option]:
    """All options that `program` takes, in the order of its manual."""
    return (option for option in OPTIONS if program in option.programs)


@cache
def long_names(program: Program) -> dict[str, Option]:
    """Options of `program` by long name."""
    return {option.long: option for option in options_of(program) if option.long}


@cache
def short_names(program: Program) -> dict[str, Option]:
    """Options of `program` by short letter."""
    return {option.short: option for option in options_of(program) if option.short}


@cache
def file_names(program: Program) -> dict[str, Option]:
    """Options of `program` by their name in a configuration file."""
    return {option.name: option for option in options_of(program) if option.name}
