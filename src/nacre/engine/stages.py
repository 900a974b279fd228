"""What is done with one layer, in ClamAV's order: recognise, open, match, normalise.

A stage is a generator of the layers to be scanned before it goes on. Stages fail one by one: a zip
file with a damaged directory is still matched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from nacre.codecs.normalise import normalise_html, normalise_text
from nacre.engine.evidence import Trusted
from nacre.engine.links import suspicious_link
from nacre.engine.opening import Opening
from nacre.engine.picture import is_compared
from nacre.engine.program import facts_of, program_of
from nacre.filetype import embedded, opened_also, retype
from nacre.heuristics.registry import checks_for
from nacre.matching import Answer, Match, TypeHit, View
from nacre.model.filetype import HTML, TEXT, FileType, Target, target_of
from nacre.model.layer import Layer, Role
from nacre.model.switches import Switch
from nacre.parsers.html import with_readable_scripts
from nacre.parsers.links import links

if TYPE_CHECKING:
    from nacre.engine.evidence import Evidence
    from nacre.engine.setup import Setup
    from nacre.executables import Program
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

Stage = Callable[[Layer], Iterator[Layer]]

_NORMALISED = TEXT | {FileType.SCRIPT}
_WIN32 = 32
_OTHER_PASS = frozenset({FileType.BINARY_DATA, FileType.PYTHON_COMPILED, FileType.AI_MODEL})
_ONLY_OPENED = frozenset(
    {
        FileType.ZIPSFX,
        FileType.RARSFX,
        FileType.CABSFX,
        FileType.ARJSFX,
        FileType.SEVENZIP_SFX,
        FileType.EGGSFX,
        FileType.NULSFT,
        FileType.AUTOIT,
        FileType.ISHIELD_MSI,
        FileType.MHTML,
        FileType.XDP,
        FileType.XML_WORD,
        FileType.XML_XL,
        FileType.XML_HWP,
        FileType.DMG,
        FileType.ISO9660,
        FileType.UDF,
        FileType.MBR,
        FileType.GPT,
        FileType.APM,
    }
)
"""Embedded objects that are not matched once more: their container's bytes were."""
_MATCHED_AS_GIVEN = frozenset({Role.VIEW, Role.MACROS})
_MATCHED_FIRST = frozenset({FileType.MSEXE, FileType.PDF})
"""Taken apart only after they were matched, as ClamAV does."""
_VIEW_TARGETS: Mapping[FileType, tuple[Target, ...]] = {
    FileType.HTML: (Target.HTML,),
    FileType.SCRIPT: (Target.HTML, Target.TEXT),
}


class Stages:
    """The stages of one scan."""

    def __init__(self, setup: Setup, budget: Budget, evidence: Evidence) -> None:
        self._setup = setup
        self._budget = budget
        self._evidence = evidence
        self._opening = Opening(setup, budget, evidence)

    def plan(self, layer: Layer) -> tuple[Stage, ...]:
        """Name the layer's type and say what to do with it, in order."""
        if layer.role in _MATCHED_AS_GIVEN:
            macros = layer.role is Role.MACROS
            return (
                (self._match_view, self._match_rules)
                if macros
                else (self._opening.open, self._match_view)
            )
        setup = self._setup
        if layer.forced is None:
            layer.file_type = setup.detector.detect(layer.data, setup.search)
        elif layer.forced is FileType.PART_ANY:
            layer.file_type = setup.detector.detect_partition(layer.data, setup.search)
        elif layer.role is Role.EMBEDDED and (layer.forced in _ONLY_OPENED or _is_whole(layer)):
            return (self._opening.open,)
        elif layer.role is Role.EMBEDDED and layer.forced is FileType.MSEXE:
            return (self._carve,)
        if layer.file_type is FileType.IGNORED:
            return (self._open_others, self._look_inside, self._match_rules)
        steps = self._steps(layer)
        judged = setup.trust.judges and setup.switches.has(Switch.CERTIFICATES)
        if judged and layer.file_type is FileType.MSEXE:
            return (self._believe, *steps)
        return steps

    def _steps(self, layer: Layer) -> tuple[Stage, ...]:
        match = (self._match, self._match_rules)
        opens = (self._opening.open_own, self._opening.open, self._open_others)
        if self._setup.match_first or layer.file_type in _MATCHED_FIRST:
            steps: tuple[Stage, ...] = (*match, *opens)
        else:
            steps = (*opens, *match)
        steps += (self._match_parts, self._normalise, self._check)
        if layer.file_type in HTML:
            steps = (*match, self._normalise, *opens, self._check)  # the copies come first
        if self._setup.options.gen_json:
            steps = (self._opening.describe, *steps)
        return steps

    def _carve(self, layer: Layer) -> Iterator[Layer]:
        """Scan an embedded program, which is two levels in ClamAV, as if it were a file."""
        yield Layer(layer.data, layer, role=Role.CARVED)

    def _open_others(self, layer: Layer) -> Iterator[Layer]:
        """Open a layer also as what other magics say that it is."""
        if layer.forced is not None:
            return
        for file_type in self._setup.detector.others(layer.data):
            yield Layer(layer.data, layer, forced=file_type, role=Role.EMBEDDED)

    def _believe(self, layer: Layer) -> Iterator[Layer]:
        """Ask a program's signature: a blocked one alerts, a trusted one ends the layer."""
        program = program_of(layer)
        judgement = self._setup.trust.judge(layer.data, program) if program else None
        if judgement is None:
            return
        for name in judgement.blocked:
            self._evidence.indicate(layer, name)
        if judgement.trusted:
            layer.trusted = True
            raise Trusted(layer)
        yield from ()

    def _match(self, layer: Layer) -> Iterator[Layer]:
        if self._is_html(layer):
            yield from self._look_inside(layer)
            return
        was = layer.file_type
        searched = layer.role is not Role.EMBEDDED
        answer = self._scan(layer, self._view(layer, target_of(was), types=searched))
        if answer.matches:
            if was in _OTHER_PASS:
                yield from self._match_other(layer)
            else:
                yield from self._take(layer, answer.matches)
        if answer.types:
            yield from self._follow(layer, answer.types)
        if was is FileType.TEXT_ASCII and FileType.MAIL in (layer.file_type, *layer.ancestors[-1:]):
            yield from self._take(layer, self._matches(layer, Target.MAIL, retyped=True))
        if layer.file_type is not was and not self._setup.match_first:
            yield from self._opening.extract(layer, layer.file_type)

    def _match_rules(self, layer: Layer) -> Iterator[Layer]:
        """Match the rules outside of the database, which know nothing of types.

        They are not for copies of what they see anyway; the text of macros is seen nowhere else.
        """
        rules = self._setup.rules
        if rules is None or layer.role is Role.RETYPED:
            return
        self._budget.check_time()
        answer = rules.match(layer.data, self._budget.remaining_time())
        if answer.problem is not None:
            self._evidence.incident(layer, answer.problem)
        for name in answer.names:
            self._evidence.indicate(layer, name)
        yield from ()

    def _match_other(self, layer: Layer) -> Iterator[Layer]:
        """Match untyped data again, target 0 first and then, in a pass of its own, target 14.

        Both ran in one pass before, because nearly always nothing matches.
        """
        generic = self._matches(layer, Target.ANY)
        yield from self._take(layer, generic)
        seen = {match.name for match in generic if match.handler is None}
        other = self._matches(layer, Target.OTHER, retyped=True)
        yield from self._take(layer, [match for match in other if match.name not in seen])

    def _match_parts(self, layer: Layer) -> Iterator[Layer]:
        """Match the sections and the imports of a program."""
        setup = self._setup
        if layer.file_type is not FileType.MSEXE or not setup.options.scan_pe:
            return
        program = program_of(layer)
        if program is None or not program.parts:
            return
        self._budget.check_time()
        if setup.switches.has(Switch.SECTION_HASHES):
            yield from self._take(layer, self._matched_sections(layer, program))
        # ClamAV is done with 64-bit programs by now.
        if program.bits == _WIN32 and setup.switches.has(Switch.IMPORT_HASHES) and setup.imports:
            text = program.import_text()
            if text is not None:
                yield from self._take(layer, setup.image.import_matches(text, setup.selection))

    def _matched_sections(self, layer: Layer, program: Program) -> tuple[Match, ...]:
        setup = self._setup
        answer = setup.image.section_matches(layer.data, program.places, setup.selection)
        for problem in answer.problems:
            self._evidence.incident(layer, problem)
        return answer.matches

    def _look_inside(self, layer: Layer) -> Iterator[Layer]:
        """Act on the same in a layer that is not matched as it is: an archive may be behind it."""
        yield from self._follow(layer, tuple(self._setup.search(layer.data)))

    def _follow(self, layer: Layer, hits: tuple[TypeHit, ...]) -> Iterator[Layer]:
        """Act on the formats that matching found inside the layer."""
        setup = self._setup
        fits = self._budget.fits
        for file_type, offset in embedded(layer.file_type, hits, layer.data, setup.limits, fits):
            if file_type in setup.opened or file_type not in _ONLY_OPENED:
                rest = layer.data.slice(offset, layer.size - offset)
                yield Layer(rest, layer, forced=file_type, role=Role.EMBEDDED)
        for file_type in opened_also(layer.file_type, hits):
            if file_type in setup.opened:
                yield Layer(layer.data, layer, forced=file_type, role=Role.EMBEDDED)
        layer.file_type = retype(layer.file_type, hits) or layer.file_type

    def _normalise(self, layer: Layer) -> Iterator[Layer]:
        options, limits = self._setup.options, self._setup.limits
        if not (options.normalize and options.scan_html):
            return
        switches = self._setup.switches
        if layer.file_type in HTML and switches.has(Switch.HTML):
            if limits.max_html_normalize and layer.size > limits.max_html_normalize:
                self._evidence.limit(layer, "MaxHTMLNormalize", "MaxHTMLNormalize exceeded")
                return
            yield from self._html_views(layer)
        elif layer.file_type in _NORMALISED and switches.has(Switch.SCRIPT):
            if limits.max_script_normalize and layer.size > limits.max_script_normalize:
                self._evidence.limit(layer, "MaxScriptNormalize", "MaxScriptNormalize exceeded")
                return
            copy = normalise_text(layer.data, self._setup.directory)
            view = self._view(layer, Target.TEXT, hashes=False, retyped=True)
            yield from self._take(layer, self._scan(layer, view, copy).matches)

    def _check(self, layer: Layer) -> Iterator[Layer]:
        """Ask what no signature says."""
        options = self._setup.options
        for check in checks_for(layer.file_type, options):
            for finding in check.check(layer.data, options, self._budget):
                self._opening.note(layer, finding)
        if layer.shown and layer.file_type in HTML:
            self._judge_links(layer)
        yield from ()

    def _judge_links(self, layer: Layer) -> None:
        """Compare what the links of a mail show with where they go."""
        if self._setup.judge is None:
            return
        judge = self._setup.judge()
        alerts = set()
        for link in links(layer.data, self._budget):
            found = judge.judge(link.real, link.shown, picture=link.picture)
            if found is None:
                continue
            self._evidence.fact(layer, suspicious_link(found.real, found.shown))
            if found.alert not in alerts:
                alerts.add(found.alert)
                self._evidence.indicate(layer, found.alert)

    def _html_views(self, layer: Layer) -> Iterator[Layer]:
        page = layer.data
        if self._setup.switches.has(Switch.SCRENC):
            page = with_readable_scripts(page, self._budget)
        if layer.file_type is FileType.HTML_UTF16 and page is layer.data:
            yield from self._copies(layer, page, wide=True)
        yield from self._copies(layer, page, wide=False)  # of UTF-16 too: a page may only begin so

    def _copies(
        self, layer: Layer, page: Fmap, *, wide: bool, plain: bool = False
    ) -> Iterator[Layer]:
        most, directory = self._setup.limits.max_html_no_tags, self._setup.directory
        views = normalise_html(page, most, directory, wide=wide, plain=plain)
        copies = (
            (views.no_comment, FileType.HTML),
            (views.no_tags, FileType.HTML),
            (views.script, FileType.SCRIPT),
        )
        for data, file_type in copies:
            if data is not None:
                yield Layer(data, layer, forced=file_type, role=Role.VIEW)
        if views.misread and not plain:
            yield from self._copies(layer, page, wide=wide, plain=True)

    def _match_view(self, layer: Layer) -> Iterator[Layer]:
        # Sources of macros are not hashed, the text of their project is.
        hashes = layer.role is Role.VIEW or layer.file_type is not FileType.MSOLE2
        for target in _VIEW_TARGETS.get(layer.file_type, (target_of(layer.file_type),)):
            view = self._view(layer, target, hashes=hashes, retyped=True)
            yield from self._take(layer, self._scan(layer, view).matches)

    def _is_html(self, layer: Layer) -> bool:
        """True when only normalised copies of the layer are matched."""
        options, limits = self._setup.options, self._setup.limits
        return (
            layer.file_type is FileType.HTML
            and self._setup.switches.has(Switch.SKIP_RAW_HTML)
            and options.normalize
            and options.scan_html
            and not (limits.max_html_normalize and layer.size > limits.max_html_normalize)
        )

    def _view(
        self,
        layer: Layer,
        target: Target,
        *,
        hashes: bool = True,
        types: bool = False,
        retyped: bool = False,
    ) -> View:
        setup = self._setup
        program = program_of(layer) if setup.switches.has(Switch.ICONS) else None
        return View(
            target,
            layer.size,
            layer.ancestors,
            facts_of(layer),
            picture=is_compared(layer, setup.options, setup.switches),
            hashes=hashes,
            types=types,
            retyped=retyped or layer.role is Role.RETYPED,
            program=program.native if program else None,
        )

    def _scan(self, layer: Layer, view: View, copy: Fmap | None = None) -> Answer:
        image, selection = self._setup.image, self._setup.selection
        if copy is None:
            answer = image.scan(layer.data, view, selection)
        else:
            answer = image.scan(copy, view, selection, whole=layer.data)
        for problem in answer.problems:
            self._evidence.incident(layer, problem)
        return answer

    def _matches(self, layer: Layer, target: Target, *, retyped: bool = False) -> tuple[Match, ...]:
        return self._scan(layer, self._view(layer, target, retyped=retyped)).matches

    def _take(self, layer: Layer, matches: Iterable[Match]) -> Iterator[Layer]:
        for match in matches:
            if match.handler is None:
                self._evidence.indicate(layer, match.name)
            else:
                yield Layer(layer.data, layer, forced=match.handler, role=Role.RETYPED)


def _is_whole(layer: Layer) -> bool:
    """Whether a layer is its container read as another format: its bytes were matched there.

    Of a page not they are matched, but its copies.
    """
    if layer.forced is FileType.HTML:
        return False
    return layer.parent is not None and layer.size == layer.parent.size
