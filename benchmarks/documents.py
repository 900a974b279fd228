"""Time nacre and ClamAV side by side on a thousand small documents.

    python benchmarks/documents.py -d DATABASE [--runs 3]

Makes 400 PDF, 300 OLE2 documents (half of them with VBA), 150 docx and 150 xlsx, each another, of
5 to 60 kB, and has both clamscan commands scan each kind and all together, in turn. Figures are
medians, net of a scan of one tiny file: what starting costs is measured elsewhere.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from compound import compound_file, compress, vba_directory

WORDS = Path(__file__).parents[1] / "docs" / "design" / "differences.md"


class Author:
    """Writes text that is never twice the same."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._words = WORDS.read_text().split()

    def text(self, count: int) -> str:
        return " ".join(self._draw.choices(self._words, k=count)).replace("&", "").replace("<", "")

    def between(self, low: int, high: int) -> int:
        return self._draw.randint(low, high)


def pdf(path: Path, author: Author) -> None:
    """Some pages, each a deflated stream; information, and a link."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    objects.append(b"<</Title(%b)/Producer(x)>>" % author.text(5).encode("latin-1", "replace")[:60])
    objects.append(
        b"<</Type/Annot/A<</S/URI/URI(http://example.org/%d)>>>>" % author.between(0, 9999)
    )
    for _ in range(author.between(2, 8)):
        lines = (f"BT /F1 12 Tf ({author.text(8)}) Tj ET" for _ in range(60))
        data = zlib.compress("\n".join(lines).encode("latin-1", "replace"))
        head = b"<</Length %d/Filter/FlateDecode>>stream\n" % len(data)
        objects.append(head + data + b"\nendstream")
    body = b"".join(b"%d 0 obj\n%b\nendobj\n" % row for row in enumerate(objects, start=1))
    path.write_bytes(b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF\n")


def ole2(path: Path, author: Author, *, macros: bool) -> None:
    """A Word document of the old kind, with some streams, half of them with a module of VBA."""
    tree = {
        "WordDocument": author.text(author.between(1000, 4000)).encode(),
        "1Table": author.text(800).encode(),
        "\5SummaryInformation": author.text(100).encode(),
    }
    if macros:
        source = "\r\n".join(f"' {author.text(9)}" for _ in range(60))
        code = f'Attribute VB_Name = "Module1"\r\nSub Run()\r\n{source}\r\nEnd Sub\r\n'
        project = {"dir": compress(vba_directory(["Module1"])), "Module1": compress(code.encode())}
        tree["Macros"] = {"VBA": project}
    path.write_bytes(compound_file(tree))


def package(path: Path, author: Author, folder: str, main: str) -> None:
    """An Office Open XML document: a large part, some small ones."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        part = f"/{folder}/{main}.xml"
        kinds = f'<Types><Override PartName="{part}" ContentType="x.main+xml"/></Types>'
        archive.writestr("[Content_Types].xml", kinds)
        archive.writestr(
            "_rels/.rels", f'<Relationships><Relationship Target="{part}"/></Relationships>'
        )
        core = f"<cp:coreProperties><dc:title>{author.text(6)}</dc:title></cp:coreProperties>"
        archive.writestr("docProps/core.xml", core)
        archive.writestr(
            "docProps/app.xml", f"<Properties><Company>{author.text(2)}</Company></Properties>"
        )
        runs = "".join(
            f"<w:r><w:t>{author.text(12)}</w:t></w:r>" for _ in range(author.between(80, 400))
        )
        archive.writestr(part[1:], f"<w:document>{runs}</w:document>")
        for name in ("styles", "settings", "fontTable", "theme/theme1"):
            text = "".join(f"<w:style w:val='{author.text(3)}'/>" for _ in range(80))
            archive.writestr(f"{folder}/{name}.xml", f"<w:styles>{text}</w:styles>")


def make(folder: Path) -> dict[str, Path]:
    """The documents, by kind."""
    author = Author(1)
    kinds = {name: folder / name for name in ("pdf", "ole2", "docx", "xlsx")}
    for kind in kinds.values():
        kind.mkdir(parents=True)
    for number in range(400):
        pdf(kinds["pdf"] / f"{number}.pdf", author)
    for number in range(300):
        ole2(kinds["ole2"] / f"{number}.doc", author, macros=number % 2 == 1)
    for number in range(150):
        package(kinds["docx"] / f"{number}.docx", author, "word", "document")
        package(kinds["xlsx"] / f"{number}.xlsx", author, "xl", "workbook")
    return kinds


def cost(command: str, database: Path, target: Path) -> tuple[float, float]:
    """Wall and processor seconds of one scan."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    words = [command, "--no-summary", "-r", "-d", str(database), str(target)]
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > 1:
        sys.exit(f"{command} failed: {done.returncode}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-d", "--database", type=Path, required=True)
    parser.add_argument(
        "--nacre", default=shutil.which("clamscan", path=Path(sys.executable).parent)
    )
    parser.add_argument("--peer", default="/usr/bin/clamscan")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="documents-") as name:
        folder = Path(name)
        kinds = make(folder / "all")
        tiny = folder / "tiny"
        tiny.write_bytes(b"hello there")
        cost(arguments.nacre, arguments.database, tiny)  # which compiles the database
        print(f"{'':8} {'nacre':>16} {'ClamAV':>16}  times: wall, processor")
        for kind, target in {**kinds, "all": folder / "all"}.items():
            figures = []
            for command in (arguments.nacre, arguments.peer):
                runs = [
                    (
                        cost(command, arguments.database, tiny),
                        cost(command, arguments.database, target),
                    )
                    for _ in range(arguments.runs)
                ]
                figures.append(
                    [
                        statistics.median(whole[at] - start[at] for start, whole in runs)
                        for at in (0, 1)
                    ]
                )
            (wall, processor), (peer_wall, peer_processor) = figures
            ratios = f"{peer_wall / wall:6.1f} {peer_processor / processor:6.1f}"
            shown = (
                f"{wall:6.2f} s {processor:6.2f} s",
                f"{peer_wall:6.2f} s {peer_processor:6.2f} s",
            )
            print(f"{kind:8} {shown[0]:>16} {shown[1]:>16}  {ratios}", flush=True)


if __name__ == "__main__":
    main()
