"""What the manual of each program says besides its options: pure text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """What a manual says besides the options."""

    name: str
    usage: str
    summary: str
    description: tuple[str, ...]
    exit_codes: tuple[tuple[int, str], ...]
    files: tuple[tuple[str, str], ...]
    examples: tuple[tuple[str, str], ...]
    section: int = 1
    """Of the manual."""
    hint: str = "Pass - as the file name for standard input. A star marks the default."
    """The last line of help."""


CLAMSCAN = About(
    name="clamscan",
    usage="clamscan [options] [file/directory/-]",
    summary="scan files and directories for malware",
    description=(
        (
            "clamscan scans the files it is given, and the files in the directories it is given, "
            "with the signatures of a ClamAV database. Without an argument it scans the current "
            "directory; - is standard input."
        ),
        (
            "Options, output and exit codes are ClamAV's. A switch marked [=yes/no] is switched on "
            "by itself and takes a value after =; the star marks the default. Long names may be "
            "cut short while they stay unique. When an option is given more than once, the first "
            "counts, unless it may repeat."
        ),
        (
            "A file that was not fully scanned is told by a warning with the reason, and counted "
            "in the summary; it changes the exit code only with --alert-exceeds-max."
        ),
    ),
    exit_codes=(
        (0, "Nothing was found."),
        (1, "At least one file alerted."),
        (2, "Something failed, and no file alerted."),
        (54, "The list of --file-list cannot be opened."),
    ),
    files=(
        ("/var/lib/clamav", "The signature databases."),
        ("/etc/clamav/nacre.conf", "Settings that ClamAV does not have."),
    ),
    examples=(
        ("clamscan -r -i /home", "Scan a tree and print what alerts."),
        ("clamscan -d extra.ndb file", "Scan a file with one's own signatures."),
        ("cat message | clamscan -", "Scan standard input."),
        ("clamscan -r --exclude-dir='^/(proc|sys)' /", "Leave out directories."),
    ),
)


CLAMDSCAN = About(
    name="clamdscan",
    usage="clamdscan [options] [file/directory/-]",
    summary="have clamd scan files and directories",
    description=(
        (
            "clamdscan asks the clamd that clamd.conf tells of, nacre's or ClamAV's, and prints "
            "what it answers. The daemon opens the files, unless --fdpass or --stream is given."
        ),
        (
            "With --fdpass, --stream and --allmatch the walk is done here, and leaves out what "
            "ExcludePath, CrossFilesystems and the options about links in clamd.conf leave out."
        ),
        (
            "A file that alerts is moved, copied or removed only if it is still the one that was "
            "scanned."
        ),
    ),
    exit_codes=(
        (0, "Nothing was found."),
        (1, "At least one file alerted."),
        (2, "Something failed, and no file alerted."),
        (21, "No answer to --ping or --wait."),
    ),
    files=(("/etc/clamav/clamd.conf", "Where the daemon listens, and what it leaves out."),),
    examples=(
        ("clamdscan --fdpass --multiscan /home", "Scan a tree that the daemon may not read."),
        ("clamdscan --ping 5:2 --wait", "Wait until the daemon is there."),
        ("cat message | clamdscan -", "Scan standard input."),
    ),
)


CLAMD = About(
    name="clamd",
    usage="clamd [options]",
    summary="scan for mail servers, file servers and others, over a socket",
    description=(
        (
            "clamd answers the protocol of ClamAV's daemon, on a Unix socket, on TCP ports, or on "
            "sockets that systemd hands over. One process talks to clients; files are opened and "
            "scanned by others, which are confined, stopped at their deadline and replaced."
        ),
        (
            "Its settings come from clamd.conf; what the command line says counts more. SIGTERM "
            "ends it when what was begun is done, SIGHUP opens the log again, SIGUSR2 loads the "
            "database again."
        ),
        (
            "A file that was not fully scanned is answered OK, as ClamAV does, unless "
            "AlertExceedsMax is set; the log has a warning with the reason, and STATS counts it."
        ),
    ),
    exit_codes=(
        (0, "It was told to stop."),
        (1, "It could not start."),
    ),
    files=(
        ("/etc/clamav/clamd.conf", "Its settings."),
        ("/var/lib/clamav", "The signature databases."),
    ),
    examples=(
        ("clamd --foreground --config-file=clamd.conf", "Serve until Ctrl-C."),
        ("clamd --version", "The version of ClamAV and of the daily database."),
    ),
    section=8,
)


CLAMCONF = About(
    name="clamconf",
    usage="clamconf [options]",
    summary="show the configuration of clamd and freshclam",
    description=(
        (
            "clamconf prints every option of clamd.conf and freshclam.conf with its value, the "
            "databases, and facts about this program and this host, in ClamAV's form. With "
            "--non-default it prints only what the files change; with --generate-config it prints "
            "a file of comments to begin with."
        ),
        "nacre config check says what is wrong with the files, line by line.",
    ),
    exit_codes=(
        (0, "It was printed; errors in a file are told and do not count."),
        (1, "An option of clamconf is wrong."),
    ),
    files=(("/etc/clamav", "Where the files are, unless --config-dir says otherwise."),),
    examples=(
        ("clamconf -n", "What differs from the defaults."),
        ("clamconf -g clamd.conf", "A new clamd.conf."),
    ),
    hint="A star marks the default.",
)


CLAMDTOP = About(
    name="clamdtop",
    usage="clamdtop [options] [host[:port] | /path/of/socket]...",
    summary="watch what clamd is doing",
    description=(
        (
            "clamdtop asks one daemon or several, nacre's or ClamAV's, every second what they are "
            "doing, and shows it: threads, queue, what is being scanned for how long, memory. "
            "Without an argument it watches the daemon that clamd.conf tells of."
        ),
        (
            "Keys: q ends it, 1 to 9 show one daemon, 0 all of them, the arrows go from one to the "
            "next, r forgets the largest queue, h shows the keys."
        ),
        "When standard output is no terminal it prints what it sees once, and ends.",
    ),
    exit_codes=(
        (0, "It was told to end, or has printed once."),
        (1, "An option is wrong, or no daemon answers and there is no terminal."),
    ),
    files=(("/etc/clamav/clamd.conf", "Where the daemon listens."),),
    examples=(
        ("clamdtop mail1 mail2:3311", "Watch two daemons over TCP, the first on port 3310."),
        ("clamdtop | head", "Print once."),
    ),
    hint="A star marks the default.",
)

FRESHCLAM = About(
    name="freshclam",
    usage="freshclam [options]",
    summary="bring signature databases up to date",
    description=(
        (
            "freshclam fetches the databases that freshclam.conf asks for: differences where there "
            "are some, whole files otherwise. Everything is verified, compiled and tried by "
            "another process before it is used, and then put into use at once; the databases "
            "before are kept."
        ),
        (
            "A damaged database is found at every run and replaced, by the one before or by "
            "download. A mirror that offers less than was here before is not believed. One that "
            "refuses (403) or wants to be left alone (429) is left alone for as long as it says, "
            "by later runs too."
        ),
        (
            "Commands of On...Execute are run without a shell; EXIT_n in their place is the exit "
            "code."
        ),
    ),
    exit_codes=(
        (0, "Everything is up to date, or a mirror wants to be asked later."),
        (2, "An option or the configuration file is wrong."),
        (5, "A connection failed."),
        (7, "A database or its signature is damaged."),
        (8, "New databases did not stand the test and are not used."),
        (9, "What is asked for makes no sense."),
        (10, "The database directory cannot be used."),
        (11, "A mirror does not have a database."),
        (12, "A mirror has an older database than it says."),
        (13, "The log cannot be written."),
        (17, "The mirrors refuse this host."),
        (19, "Another updater is at work."),
    ),
    files=(
        ("/etc/clamav/freshclam.conf", "What is fetched, and from where."),
        ("/var/lib/clamav", "The databases."),
        ("/var/lib/clamav/.nacre", "The databases before, and what the updater remembers."),
    ),
    examples=(
        ("freshclam", "Update once."),
        ("freshclam -d -c 24", "Stay, and look every hour."),
        ("freshclam --update-db=daily", "Update one database."),
    ),
    hint="A star marks the default.",
)


SIGTOOL = About(
    name="sigtool",
    usage="sigtool [options] [file...]",
    summary="make, read and try signatures and databases",
    description=(
        (
            "sigtool does one thing at a time. Its options and output are those of ClamAV's; "
            "signatures of files are printed as they stand in databases."
        ),
        (
            "--list-sigs takes its value after = or, in the short form, in the same word; without "
            "one it lists what is in the database folder."
        ),
        (
            "--build takes the files of the database's name in the current folder, and COPYING. "
            "SIGNDUSER names the builder; SIGNDPASS is for --server. CVD_CERTS_DIR stands for "
            "--cvdcertsdir."
        ),
    ),
    exit_codes=(
        (0, "It was done."),
        (1, "Something failed, or nothing was asked for."),
    ),
    files=(("/var/lib/clamav", "The databases, unless --datadir says otherwise."),),
    examples=(
        ("sigtool --sha2-256 sample >> own.hsb", "A signature of a whole file."),
        (
            "sigtool --find-sigs=Win.Test | sed 's/^[^ ]* //' | sigtool --decode-sigs",
            "What signatures look for.",
        ),
        ("sigtool --test-sigs own.ldb sample", "Where their patterns stand in a file."),
        ("sigtool --build own.cud --unsigned --cvd-version=1", "A database of own.ndb and others."),
        (
            "sigtool --build own.cvd --datadir . --key own.key --cert own.crt",
            "The next version of one that is signed, and the cdiff to it.",
        ),
    ),
    hint="A star marks the default.",
)


CLAMONACC = About(
    name="clamonacc",
    section=8,
    usage="clamonacc [options]",
    summary="scan files when they are opened, by clamd",
    description=(
        (
            "clamonacc has the kernel ask before anything is opened below the paths that "
            "OnAccessIncludePath and OnAccessMountPath of clamd.conf name, and asks the clamd that "
            "the same file tells of, nacre's or ClamAV's, what is in it. With OnAccessPrevention "
            "what alerts cannot be opened, read or run; without, it is only told."
        ),
        (
            "A whole file system gets one mark, so that new folders are protected from the start, "
            "however many there are. Nobody waits longer than two seconds, nor for a clamd that "
            "is gone: OnAccessDenyOnError says what is done then. A place that cannot be "
            "protected ends it with an error."
        ),
        "It needs root. nacre onaccess does the same without a clamd.",
    ),
    exit_codes=(
        (0, "Ended as told."),
        (2, "Something cannot be protected, or the configuration is wrong."),
        (21, "No answer to --ping or --wait."),
    ),
    files=(("/etc/clamav/clamd.conf", "What is protected, and where the daemon listens."),),
    examples=(
        ("clamonacc --fdpass", "Protect what clamd.conf says, in the background."),
        ("clamonacc -F --fdpass --log=/var/log/clamav/clamonacc.log", "In the foreground."),
        ("clamonacc --ping 10:2 --fdpass", "Only ask whether clamd is there."),
    ),
)
