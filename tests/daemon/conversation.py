"""What clients say to clamd, and a tree for it to scan: used here and beside ClamAV's clamd."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from serving import EVIL, chunk

if TYPE_CHECKING:
    from pathlib import Path

    from serving import Packet


def make_tree(root: Path) -> Path:
    """Files that alert, that do not, and that are no files."""
    (root / "below").mkdir(parents=True)
    (root / "evil").write_bytes(EVIL)
    (root / "clean").write_bytes(b"nothing of interest")
    (root / "empty").touch()
    (root / "below/evil two").write_bytes(b"text before " + EVIL)
    os.mkfifo(root / "fifo")
    (root / "link").symlink_to("evil")
    (root / "dangling").symlink_to("nowhere")
    return root


def single(root: Path) -> dict[str, list[Packet]]:
    """Conversations whose answers are told in one order only."""
    tree = str(root).encode()
    evil, clean = (os.open(root / name, os.O_RDONLY) for name in ("evil", "clean"))
    folder = os.open(root, os.O_RDONLY)
    return {
        "bare": [b"PING"],
        "bare line": [b"PING\n"],
        "bare carriage return": [b"PING\r\n"],
        "bare two": [b"PING\nVERSION\n"],
        "bare in two packets": [b"PI", b"NG\n"],
        "line": [b"nPING\n"],
        "line in two packets": [b"nPI", b"NG\n"],
        "line with carriage return": [b"nPING\r\n"],
        "NUL": [b"zPING\0"],
        "NUL twice": [b"zPING\0zPING\0"],
        "NUL in a line": [b"nPING\0\n"],
        "small letters": [b"zping\0"],
        "longer verb": [b"zPINGX\0"],
        "no verb": [b"z\0"],
        "no verb in a line": [b"n\n"],
        "empty line": [b"\n"],
        "only NUL": [b"\0"],
        "blank before": [b" PING\n"],
        "bare longer verb": [b"PINGX\n"],
        "SCAN without argument": [b"nSCAN\n"],
        "SCAN with an empty one": [b"nSCAN \n"],
        "SCAN with a tab": [b"nSCAN\t" + tree + b"/clean\n"],
        "SCAN without a blank": [b"nSCAN" + tree + b"/clean\n"],
        "SCAN with two blanks": [b"nSCAN  " + tree + b"/clean\n"],
        "SCAN clean": [b"zSCAN " + tree + b"/clean\0"],
        "SCAN evil": [b"zSCAN " + tree + b"/evil\0"],
        "SCAN bare": [b"SCAN " + tree + b"/evil\n"],
        "SCAN bare without end": [b"SCAN " + tree + b"/evil"],
        "SCAN link": [b"nSCAN " + tree + b"/link\n"],
        "SCAN dangling link": [b"nSCAN " + tree + b"/dangling\n"],
        "SCAN FIFO": [b"nSCAN " + tree + b"/fifo\n"],
        "SCAN empty": [b"nSCAN " + tree + b"/empty\n"],
        "SCAN missing": [b"nSCAN " + tree + b"/missing\n"],
        "SCAN line feed in name": [b"zSCAN " + tree + b"/clean\n\0"],
        "SCAN folder below": [b"nSCAN " + tree + b"/below/\n"],
        "CONTSCAN back and forth": [b"nCONTSCAN " + tree + b"/below/../below\n"],
        "CONTSCAN missing": [b"nCONTSCAN " + tree + b"/missing\n"],
        "MULTISCAN file": [b"nMULTISCAN " + tree + b"/evil\n"],
        "MULTISCAN missing": [b"nMULTISCAN " + tree + b"/missing\n"],
        "ALLMATCHSCAN file": [b"nALLMATCHSCAN " + tree + b"/evil\n"],
        "ALLMATCHSCAN bare": [b"ALLMATCHSCAN " + tree + b"/evil\n"],
        "VERSIONCOMMANDS bare": [b"VERSIONCOMMANDS\n"],
        "STATS bare": [b"STATS\n"],
        "END": [b"zEND\0"],
        "END bare": [b"END\n"],
        "IDSESSION bare": [b"IDSESSION\n"],
        "DETSTATS": [b"nDETSTATS\n"],
        "DETSTATSCLEAR": [b"zDETSTATSCLEAR\0"],
        "STREAM": [b"nSTREAM\n"],
        "SESSION": [b"nSESSION\n"],
        "RAWSCAN": [b"nRAWSCAN " + tree + b"\n"],
        "FD": [b"nFD\n"],
        "INSTREAM clean": [b"zINSTREAM\0" + chunk(b"hello world") + chunk(b"")],
        "INSTREAM evil": [b"nINSTREAM\n", chunk(EVIL), chunk(b"")],
        "INSTREAM in pieces": [
            b"nINSTREAM\n" + chunk(EVIL)[:2],
            chunk(EVIL)[2:9],
            chunk(EVIL)[9:] + b"\0\0",
            b"\0\0",
        ],
        "INSTREAM in chunks": [b"zINSTREAM\0" + chunk(EVIL[:5]) + chunk(EVIL[5:]) + chunk(b"")],
        "INSTREAM empty": [b"nINSTREAM\n" + chunk(b"")],
        "INSTREAM tiny": [b"nINSTREAM\n" + chunk(b"abc") + chunk(b"")],
        "INSTREAM too long": [b"nINSTREAM\n" + b"\xff\xff\xff\xff"],
        "INSTREAM and more": [b"nINSTREAM\n" + chunk(EVIL) + chunk(b"") + b"nPING\n"],
        "INSTREAM bare": [b"INSTREAM\n" + chunk(b"")],
        "FILDES without": [b"nFILDES\n", b"x"],
        "FILDES evil": [b"nFILDES\n", (b"\0", [evil])],
        "FILDES clean": [b"zFILDES\0", (b"\0", [clean])],
        "FILDES in one packet": [(b"nFILDES\n\0", [evil])],
        "FILDES bare": [b"FILDES\n", (b"\0", [evil])],
        "FILDES folder": [b"nFILDES\n", (b"\0", [folder])],
        "FILDES two": [b"zFILDES\0", (b"\0", [clean, evil])],
        "descriptor without FILDES": [(b"nPING\n", [evil])],
        "session": [b"nIDSESSION\n", b"nPING\nzPING\0nEND\n"],
        "session in one packet": [b"zIDSESSION\0zPING\0zEND\0"],
        "session SCAN": [b"nIDSESSION\nnSCAN " + tree + b"/evil\nnEND\n"],
        "session SCAN clean": [b"nIDSESSION\nnSCAN " + tree + b"/clean\nnEND\n"],
        "session INSTREAM": [b"zIDSESSION\0zINSTREAM\0" + chunk(EVIL) + chunk(b"") + b"zEND\0"],
        "session FILDES": [b"zIDSESSION\0", b"zFILDES\0", (b"\0", [evil]), b"zEND\0"],
        "session unknown": [b"nIDSESSION\nnFOO\nnPING\n"],
        "session CONTSCAN": [b"nIDSESSION\nnCONTSCAN " + tree + b"\nnEND\n"],
        "session RELOAD": [b"nIDSESSION\nnRELOAD\nnPING\n"],
        "session ALLMATCHSCAN": [b"nIDSESSION\nnALLMATCHSCAN " + tree + b"/evil\nnEND\n"],
        "session bare": [b"nIDSESSION\n", b"PING\n"],
        "session in session": [b"nIDSESSION\nnIDSESSION\nnPING\nnEND\n"],
        "session END first": [b"nIDSESSION\nnEND\nnPING\n"],
        "session too long": [b"nIDSESSION\nnINSTREAM\n\xff\xff\xff\xff"],
        "session SCAN without argument": [b"nIDSESSION\nnSCAN\nnPING\nnEND\n"],
        "session small letters": [b"nIDSESSION\nnping\n"],
        "session DETSTATS": [b"nIDSESSION\nnDETSTATS\nnPING\nnEND\n"],
    }


def several(root: Path) -> dict[str, list[Packet]]:
    """Conversations whose answers may come in any order."""
    tree = str(root).encode()
    return {
        "CONTSCAN": [b"nCONTSCAN " + tree + b"\n"],
        "CONTSCAN bare": [b"CONTSCAN " + tree + b"/\n"],
        "MULTISCAN": [b"nMULTISCAN " + tree + b"\n"],
        "session": [
            b"nIDSESSION\nnSCAN " + tree + b"/evil\nnPING\nnSCAN " + tree + b"/clean\nnEND\n"
        ],
    }
