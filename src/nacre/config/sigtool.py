"""What only sigtool knows (ClamAV 1.4 and 1.5): pure data, as `table`."""

from __future__ import annotations

from dataclasses import replace

from nacre.config.option import Option, Program, Status
from nacre.config.row import number, switch, text

_TO = Program.SIGTOOL

# A row should look like a row:
# fmt: off
SIGNATURES: tuple[Option, ...] = (
    switch("hex_dump", "", "hex-dump", "Print standard input in hex.", to=_TO),
    switch("md5", "", "md5", "Print the MD5 of standard input, or hash signatures of files.",
           to=_TO),
    switch("sha1", "", "sha1", "The same with SHA-1.", to=_TO),
    switch("sha256", "", "sha2-256", "The same with SHA-256.", to=_TO, since="1.5"),
    replace(switch("sha256", "", "sha256", "", to=_TO), status=Status.ALIAS),
    switch("mdb", "", "mdb", "Print hash signatures of the sections of PE files.", to=_TO),
    switch("imp", "", "imp", "Print hash signatures of the imports of PE files.", to=_TO),
    switch("fuzzy_img", "", "fuzzy-img", "Print the perceptual hashes of pictures.", to=_TO),
    text("print_certs", "", "print-certs", "Show the Authenticode certificates of a PE file.",
         metavar="FILE", to=_TO),
    text("html_normalise", "", "html-normalise",
         "Write what signatures see of a page to nocomment.html, notags.html and javascript.",
         metavar="FILE", to=_TO),
    text("ascii_normalise", "", "ascii-normalise",
         "Write what signatures see of a text to normalised_text.", metavar="FILE", to=_TO),
    text("utf16_decode", "", "utf16-decode", "Write a text in UTF-16 as FILE.ascii.",
         metavar="FILE", to=_TO),
    text("vba", "", "vba", "Print the macros in an office document.", metavar="FILE", to=_TO),
    text("vba_hex", "", "vba-hex", "The same; those of Word 6 in hex.", metavar="FILE", to=_TO),
    text("list_sigs", "", "list-sigs", "Print the names of the signatures in a file or folder.",
         short="l", metavar="PATH", to=_TO, optional=True),
    text("find_sigs", "", "find-sigs", "Print the lines of the databases that match REGEX.",
         short="f", metavar="REGEX", to=_TO),
    switch("decode_sigs", "", "decode-sigs", "Say what the signatures on standard input mean.",
           to=_TO),
    text("test_sigs", "", "test-sigs",
         "Show where the patterns of a signature file stand in another file.", metavar="DATABASE",
         to=_TO),
    text("build", "", "build",
         "Build a database of the signature files of its name in the current folder.", short="b",
         metavar="FILE", to=_TO),
    number("max_bad_sigs", "", "max-bad-sigs", 3000,
           "Most signatures that --build may find not to count.", to=_TO),
    number("flevel", "", "flevel", None, "Functionality level of what is built.", to=_TO),
    number("cvd_version", "", "cvd-version", 0,
           "Version of what is built where the database folder has none before it.", to=_TO),
    switch("unsigned", "", "unsigned", "Build a database without signature (.cud).", to=_TO),
    switch("no_cdiff", "", "no-cdiff", "Build no script and cdiff from the version before.",
           to=_TO),
    switch("hybrid", "", "hybrid", "Put bytecode programs into what is built as well.", to=_TO),
    text("server", "", "server", "Signing service that signs what is built.", metavar="HOST",
         to=_TO),
    text("sign", "", "sign", "Sign a file: write FILE.sign.", metavar="FILE", to=_TO, since="1.5"),
    text("verify", "", "verify", "Say who signed a file.", metavar="FILE", to=_TO, since="1.5"),
    text("key", "", "key", "Private key that signs, in PEM.", metavar="FILE", to=_TO, since="1.5"),
    text("cert", "", "cert", "Certificate of the key, or one on the way to the root; in PEM.",
         metavar="FILE", to=_TO, multiple=True, since="1.5"),
    switch("append", "", "append", "Add to a signature file that is there.", to=_TO, since="1.5"),
    text("info", "", "info", "Print what a container says of itself, and verify it.", short="i",
         metavar="FILE", to=_TO),
    text("unpack", "", "unpack", "Write the members of a container into the current folder.",
         short="u", metavar="FILE", to=_TO),
    text("unpack_current", "", "unpack-current",
         "The same with the database of this name in the database folder.", metavar="NAME", to=_TO),
    text("diff", "", "diff", "Write the script from container OLD to the one named after it.",
         short="d", metavar="OLD", to=_TO),
    text("compare", "", "compare", "Print the script from file OLD to the one named after it.",
         short="c", metavar="OLD", to=_TO),
    text("run_cdiff", "", "run-cdiff",
         "Change the unpacked container in the current folder by a script or cdiff.", short="r",
         metavar="FILE", to=_TO),
    text("verify_cdiff", "", "verify-cdiff",
         "Say whether a script or cdiff fits the container named after it.", metavar="FILE",
         to=_TO),
    text("data_directory", "", "datadir", "Where the databases are.", metavar="DIR", to=_TO),
    text("temporary_directory", "", "tempdir", "Where temporary files go.", metavar="DIR", to=_TO),
    switch("leave_temps", "", "leave-temps", "Keep temporary files.", to=_TO),
)
# fmt: on
