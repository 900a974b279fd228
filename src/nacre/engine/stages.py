"""What is done with one layer, in ClamAV's order: recognise, open, match, normalise.

A stage is a generator of the layers to be scanned before it goes on. Stages fail one by one: a zip
file with a damaged directory is still matched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nacre.codecs.normalise import normalise_html, normalise_text
from nacre.engine.evidence import Trusted
from nacre.engine.members import alerts
from nacre.engine.picture import hash_fact, is_compared
from nacre.engine.program import facts_of, program_of
from nacre.filetype import (
    Detector,
    embedded,
    is_convincing,
    is_partitioned,
    opened_also,
    own_type,
    retype,
)
from nacre.formats.base import BROKEN_EXECUTABLE, Describer
from nacre.formats.registry import handler_for
from nacre.heuristics.registry import checks_for
from nacre.matching import Answer, Image, Match, Selection, TypeHit, View
from nacre.model.event import Child, Event, Finding, Member, Metadata, Problem
from nacre.model.filetype import TEXT, FileType, Target, target_of
from nacre.model.layer import Layer, Role
from nacre.model.switches import Switch
from nacre.parsers.html import with_readable_scripts
from nacre.parsers.links import links

if TYPE_CHECKING:
    from nacre.engine.evidence import Evidence
    from nacre.engine.rules import RuleMatcher
    from nacre.engine.trust import Trust
    from nacre.executables import Program
    from nacre.heuristics.links import LinkJudge
    from nacre.model.budget import Budget, Passwords
    from nacre.model.fmap import Fmap
    from nacre.model.limits import Limits
    from nacre.model.options import ScanOptions
    from nacre.model.switches import Switches

Stage = Callable[[Layer], Iterator[Layer]]

_HTML = frozenset({FileType.HTML, FileType.HTML_UTF16})
_NORMALISED = TEXT | {FileType.SCRIPT}
_WIN32 = 32
_UNTYPED = TEXT | {FileType.BINARY_DATA}
_MAY_BE_OWN = _UNTYPED | {
    FileType.MBR, FileType.HTML, FileType.MAIL, FileType.UUENCODED, FileType.MSEXE
}  # fmt: skip
"""What ClamAV takes a layer for that may be one of nacre's own formats."""
_LEFT_TO_CONTENT = frozenset({None, FileType.PART_ANY})
"""How a layer's type was forced if its content decides."""
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
_SWITCHED: Mapping[str, Switch] = {
    "Heuristics.PDF.ObfuscatedNameObject": Switch.PDF_NAMES,
    "Heuristics.APMPartitionIntersection": Switch.PARTITIONS,
    "Heuristics.GPTPartitionIntersection": Switch.PARTITIONS,
    "Heuristics.MBRPartitionnIntersect": Switch.PARTITIONS,
    "Heuristics.Structured.CreditCardNumber": Switch.STRUCTURED_DATA,
    "Heuristics.Structured.SSN": Switch.STRUCTURED_DATA,
}
"""Findings that a database may switch off."""
_VIEW_TARGETS: Mapping[FileType, tuple[Target, ...]] = {
    FileType.HTML: (Target.HTML,),
    FileType.SCRIPT: (Target.HTML, Target.TEXT),
}


@dataclass(frozen=True, slots=True)
class Setup:
    """What all scans of one scanner share."""

    image: Image
    selection: Selection
    detector: Detector
    search: Callable[[Fmap], tuple[TypeHit, ...]]
    """Finds the type patterns in a piece of data."""
    opened: frozenset[FileType]
    """File types that have a handler which the options and the database allow."""
    switches: Switches
    options: ScanOptions
    limits: Limits
    directory: str
    """Where large normalised copies go."""
    imports: bool
    """Whether there are signatures of imports."""
    trust: Trust
    passwords: Passwords
    """What encrypted archives are tried with."""
    match_first: bool
    """Match a layer before it is opened, as ClamAV does once any `.sdb` is loaded."""
    rules: RuleMatcher | None = None
    """Rules outside of the database."""
    judge: Callable[[], LinkJudge] | None = None
    """Makes the judge of links in mails, unless they are not looked at."""


class Stages:
    """The stages of one scan."""

    def __init__(self, setup: Setup, budget: Budget, evidence: Evidence) -> None:
        self._setup = setup
        self._budget = budget
        self._evidence = evidence

    def plan(self, layer: Layer) -> tuple[Stage, ...]:
        """Name the layer's type and say what to do with it, in order."""
        if layer.role in _MATCHED_AS_GIVEN:
            macros = layer.role is Role.MACROS
            return (
                (self._match_view, self._match_rules) if macros else (self._open, self._match_view)
            )
        setup = self._setup
        if layer.forced is None:
            layer.file_type = setup.detector.detect(layer.data, setup.search)
        elif layer.forced is FileType.PART_ANY:
            layer.file_type = setup.detector.detect_partition(layer.data, setup.search)
        elif layer.role is Role.EMBEDDED and layer.forced in _ONLY_OPENED:
            return (self._open,)
        elif layer.role is Role.EMBEDDED and layer.forced is FileType.MSEXE:
            return (self._carve,)
        if layer.file_type is FileType.IGNORED:
            return (self._match_rules,)
        steps = self._steps(layer)
        judged = setup.trust.judges and setup.switches.has(Switch.CERTIFICATES)
        if judged and layer.file_type is FileType.MSEXE:
            return (self._believe, *steps)
        return steps

    def _steps(self, layer: Layer) -> tuple[Stage, ...]:
        match = (self._match, self._match_rules)
        opens = (self._open_own, self._open)
        if self._setup.match_first or layer.file_type in _MATCHED_FIRST:
            steps: tuple[Stage, ...] = (*match, *opens)
        else:
            steps = (*opens, *match)
        steps += (self._match_parts, self._normalise, self._check)
        if layer.file_type in _HTML:
            steps = (*match, self._normalise, *opens, self._check)  # the copies come first
        if self._setup.options.gen_json:
            steps = (self._describe, *steps)
        return steps

    def _carve(self, layer: Layer) -> Iterator[Layer]:
        """Scan an embedded program, which is two levels in ClamAV, as if it were a file."""
        yield Layer(layer.data, layer, role=Role.CARVED)

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

    def _open_own(self, layer: Layer) -> Iterator[Layer]:
        """A stage of its own: what fails here must not keep the layer's own type from opening."""
        own = self._own_type(layer)
        if own is not None:
            yield from self._extract(layer, own)

    def _open(self, layer: Layer) -> Iterator[Layer]:
        if self._is_opened_besides(layer, self._own_type(layer)):
            yield from self._extract(layer, layer.file_type)

    def _extract(self, layer: Layer, file_type: FileType) -> Iterator[Layer]:
        handler = handler_for(file_type) if file_type in self._setup.opened else None
        if handler is None or (file_type in _HTML and not self._opens_html(layer)):
            return
        # What a format found by chance seems to hold is not missed until something comes out of it.
        doubtful = (
            layer.forced is not None
            and layer.role is Role.EMBEDDED
            and not is_convincing(layer.forced, layer.data)
        )
        for event in handler.extract(layer.data, self._budget):
            if isinstance(event, Child):
                doubtful = False
                inner = Layer(event.data, layer, event.name, event.file_type, _role(event))
                inner.rebuilt, inner.shown = event.rebuilt, event.shown
                yield inner
            elif isinstance(event, Member):
                for name in alerts(event, layer, self._setup.image, self._setup.selection):
                    self._evidence.indicate(layer, name)
            elif not doubtful:
                self._note(layer, event)

    def _describe(self, layer: Layer) -> Iterator[Layer]:
        """Tell what is known about the layer besides what is inside: ask the handler."""
        if is_compared(layer, self._setup.options, self._setup.switches):
            self._evidence.fact(layer, hash_fact(layer))
        file_type = self._own_type(layer) or layer.file_type
        handler = handler_for(file_type) if file_type in self._setup.opened else None
        if isinstance(handler, Describer):
            for fact in handler.describe(layer.data, self._budget):
                if fact.key != "URIs" or self._keeps_addresses(file_type):
                    self._evidence.fact(layer, fact)
        yield from ()

    def _keeps_addresses(self, file_type: FileType) -> bool:
        options = self._setup.options
        page = file_type in _HTML
        return options.json_store_html_uris if page else options.json_store_pdf_uris

    def _opens_html(self, layer: Layer) -> bool:
        """A page is opened where it is normalised; its copies hold nothing that it does not."""
        return self._setup.options.normalize and layer.role is not Role.VIEW

    def _own_type(self, layer: Layer) -> FileType | None:
        """What ClamAV knows no type for stays to signatures what it takes it for, yet is opened."""
        if layer.file_type not in _MAY_BE_OWN or layer.forced not in _LEFT_TO_CONTENT:
            return None
        return own_type(layer.data, layer.name)

    def _is_opened_besides(self, layer: Layer, own: FileType | None) -> bool:
        """Whether a layer is opened as what ClamAV takes it for: not a table that is none."""
        return own is None or layer.file_type is not FileType.MBR or is_partitioned(layer.data)

    def _note(self, layer: Layer, event: Event) -> None:
        if isinstance(event, Finding):
            switch = _SWITCHED.get(event.name)
            if switch is not None and not self._setup.switches.has(switch):
                return
            if event == BROKEN_EXECUTABLE and layer.rebuilt:
                return
            if event.option is None or getattr(self._setup.options, event.option):
                self._evidence.indicate(layer, event.name)
        elif isinstance(event, Metadata):
            if self._setup.options.gen_json:
                self._evidence.fact(layer, event)
        elif isinstance(event, Problem):
            if event.limit is None:
                self._evidence.incident(layer, event.reason)
            else:
                self._evidence.limit(layer, event.limit, event.reason)

    def _match(self, layer: Layer) -> Iterator[Layer]:
        if self._is_html(layer):
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
            yield from self._extract(layer, layer.file_type)

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
        if layer.file_type in _HTML and switches.has(Switch.HTML):
            if limits.max_html_normalize and layer.size > limits.max_html_normalize:
                self._evidence.limit(layer, "MaxHTMLNormalize", "MaxHTMLNormalize exceeded")
                return
            yield from self._html_views(layer)
        elif layer.file_type in _NORMALISED and switches.has(Switch.SCRIPT):
            if limits.max_script_normalize and layer.size > limits.max_script_normalize:
                self._evidence.limit(layer, "MaxScriptNormalize", "MaxScriptNormalize exceeded")
                return
            copy = normalise_text(layer.data, self._setup.directory)
            view = replace(
                self._view(layer, Target.TEXT, hashes=False, retyped=True), whole=layer.data
            )
            yield from self._take(layer, self._scan(layer, view, copy).matches)

    def _check(self, layer: Layer) -> Iterator[Layer]:
        """Ask what no signature says."""
        options = self._setup.options
        for check in checks_for(layer.file_type, options):
            for finding in check.check(layer.data, options, self._budget):
                self._note(layer, finding)
        if layer.shown and layer.file_type in _HTML:
            self._judge_links(layer)
        yield from ()

    def _judge_links(self, layer: Layer) -> None:
        """Compare what the links of a mail show with where they go."""
        if self._setup.judge is None:
            return
        judge = self._setup.judge()
        for link in links(layer.data, self._budget):
            alert = judge.judge(link.real, link.shown, picture=link.picture)
            if alert is not None:
                self._evidence.indicate(layer, alert)
                return

    def _html_views(self, layer: Layer) -> Iterator[Layer]:
        page = layer.data
        if self._setup.switches.has(Switch.SCRENC):
            page = with_readable_scripts(page, self._budget)
        views = normalise_html(page, self._setup.limits.max_html_no_tags, self._setup.directory)
        copies = (
            (views.no_comment, FileType.HTML),
            (views.no_tags, FileType.HTML),
            (views.script, FileType.SCRIPT),
        )
        for data, file_type in copies:
            if data is not None:
                yield Layer(data, layer, forced=file_type, role=Role.VIEW)

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
            first=not setup.options.all_match,
        )

    def _scan(self, layer: Layer, view: View, data: Fmap | None = None) -> Answer:
        answer = self._setup.image.scan(
            layer.data if data is None else data, view, self._setup.selection
        )
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


def _role(child: Child) -> Role:
    if child.macros:
        return Role.MACROS
    return Role.VIEW if child.view else Role.MEMBER
