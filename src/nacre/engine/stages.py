"""What is done with one layer, in ClamAV's order: recognise, open, match, normalise.

A stage is a generator of the layers to be scanned before it goes on. Stages fail one by one: a zip file
with a damaged directory is still matched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from nacre.codecs.normalise import normalise_html, normalise_text
from nacre.engine.evidence import Evidence
from nacre.filetype import Detector, embedded, retype
from nacre.formats.base import Handler
from nacre.matching import Answer, Image, Match, Selection, TypeHit, View
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Finding, Problem
from nacre.model.filetype import TEXT, FileType, Target, target_of
from nacre.model.fmap import Fmap
from nacre.model.layer import Layer, Role
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions

Stage = Callable[[Layer], Iterator[Layer]]

HEAD = 1024
"""Bytes that type recognition looks at."""

_HTML = frozenset({FileType.HTML, FileType.HTML_UTF16})
_NORMALISED = TEXT | {FileType.SCRIPT}
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
    }
)
"""Embedded objects that are not matched once more: their container's bytes were."""
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
    openers: Mapping[FileType, Handler]
    """Handlers of the file types that the options allow to be opened."""
    options: ScanOptions
    limits: Limits
    directory: str
    """Where large normalised copies go."""


class Stages:
    """The stages of one scan."""

    def __init__(self, setup: Setup, budget: Budget, evidence: Evidence) -> None:
        self._setup = setup
        self._budget = budget
        self._evidence = evidence

    def plan(self, layer: Layer) -> tuple[Stage, ...]:
        """Name the layer's type and say what to do with it, in order."""
        if layer.role is Role.VIEW:
            return (self._match_view,)
        if layer.forced is None:
            layer.file_type = self._recognise(layer.data, layer.size)
        elif layer.role is Role.EMBEDDED and layer.forced in _ONLY_OPENED:
            return (self._open,)
        if layer.file_type is FileType.IGNORED:
            return ()
        return (self._open, self._match, self._normalise)

    def _recognise(self, data: Fmap, size: int) -> FileType:
        setup = self._setup
        return setup.detector.detect(
            data.read(0, HEAD), size, lambda: setup.image.type_hits(data.slice(0, HEAD))
        )

    def _open(self, layer: Layer) -> Iterator[Layer]:
        handler = self._setup.openers.get(layer.file_type)
        if handler is None:
            return
        for event in handler.extract(layer.data, self._budget):
            if isinstance(event, Child):
                role = Role.VIEW if event.view else Role.MEMBER
                yield Layer(event.data, layer, event.name, event.file_type, role)
            else:
                self._note(layer, event)

    def _note(self, layer: Layer, event: Event) -> None:
        if isinstance(event, Finding):
            if event.option is None or getattr(self._setup.options, event.option):
                self._evidence.indicate(layer, event.name)
        elif isinstance(event, Problem):
            if event.limit is None:
                self._evidence.incident(layer, event.reason)
            else:
                self._evidence.limit(layer, event.limit, event.reason)

    def _match(self, layer: Layer) -> Iterator[Layer]:
        if self._is_html(layer):
            return
        target = target_of(layer.file_type)
        answer = self._scan(layer, target, types=layer.role is not Role.EMBEDDED)
        if answer.matches:
            if layer.file_type in _OTHER_PASS:
                yield from self._match_other(layer, answer.matches)
            else:
                yield from self._take(layer, answer.matches)
        if layer.file_type is FileType.TEXT_ASCII and FileType.MAIL in layer.ancestors[-1:]:
            yield from self._take(layer, self._scan(layer, Target.MAIL, retyped=True).matches)
        if answer.types:
            yield from self._follow(layer, answer.types)

    def _match_other(self, layer: Layer, matches: tuple[Match, ...]) -> Iterator[Layer]:
        """Sort the matches of untyped data: target 0 first, target 14 in a pass of its own after it.

        Both ran in one pass, because nearly always nothing matches.
        """
        generic = self._scan(layer, Target.ANY).matches
        yield from self._take(layer, generic)
        seen = {match.name for match in generic if match.handler is None}
        again = self._scan(layer, Target.OTHER, retyped=True).matches if seen else matches
        yield from self._take(layer, [match for match in again if match.name not in seen])

    def _follow(self, layer: Layer, hits: tuple[TypeHit, ...]) -> Iterator[Layer]:
        """Act on the formats that matching found inside the layer."""
        for file_type, offset in embedded(layer.file_type, hits, layer.size, self._setup.limits):
            rest = layer.data.slice(offset, layer.size - offset)
            yield Layer(rest, layer, forced=file_type, role=Role.EMBEDDED)
        file_type = retype(layer.file_type, hits, layer.size)
        if file_type is not None and file_type is not layer.file_type:
            layer.file_type = file_type
            yield from self._open(layer)

    def _normalise(self, layer: Layer) -> Iterator[Layer]:
        options, limits = self._setup.options, self._setup.limits
        if not (options.normalize and options.scan_html):
            return
        if layer.file_type in _HTML:
            if limits.max_html_normalize and layer.size > limits.max_html_normalize:
                self._evidence.limit(layer, "MaxHTMLNormalize", "MaxHTMLNormalize exceeded")
                return
            yield from self._html_views(layer)
        elif layer.file_type in _NORMALISED:
            if limits.max_script_normalize and layer.size > limits.max_script_normalize:
                self._evidence.limit(layer, "MaxScriptNormalize", "MaxScriptNormalize exceeded")
                return
            copy = normalise_text(layer.data, self._setup.directory)
            yield from self._take(
                layer, self._scan(layer, Target.TEXT, copy, hashes=False, retyped=True).matches
            )

    def _html_views(self, layer: Layer) -> Iterator[Layer]:
        views = normalise_html(
            layer.data, self._setup.limits.max_html_no_tags, self._setup.directory
        )
        copies = (
            (views.no_comment, FileType.HTML),
            (views.no_tags, FileType.HTML),
            (views.script, FileType.SCRIPT),
        )
        for data, file_type in copies:
            if data is not None:
                yield Layer(data, layer, forced=file_type, role=Role.VIEW)

    def _match_view(self, layer: Layer) -> Iterator[Layer]:
        for target in _VIEW_TARGETS.get(layer.file_type, (target_of(layer.file_type),)):
            yield from self._take(layer, self._scan(layer, target, retyped=True).matches)

    def _is_html(self, layer: Layer) -> bool:
        """True when only normalised copies of the layer are matched."""
        options, limits = self._setup.options, self._setup.limits
        return (
            layer.file_type in _HTML
            and options.normalize
            and options.scan_html
            and not (limits.max_html_normalize and layer.size > limits.max_html_normalize)
        )

    def _scan(
        self,
        layer: Layer,
        target: Target,
        data: Fmap | None = None,
        *,
        hashes: bool = True,
        types: bool = False,
        retyped: bool = False,
    ) -> Answer:
        view = View(
            target,
            layer.size,
            layer.ancestors,
            hashes=hashes,
            types=types,
            retyped=retyped or layer.role is Role.RETYPED,
            first=not self._setup.options.all_match,
        )
        answer = self._setup.image.scan(
            layer.data if data is None else data, view, self._setup.selection
        )
        if answer.uncacheable:
            layer.cacheable = False
        for problem in answer.problems:
            self._evidence.incident(layer, problem)
        return answer

    def _take(self, layer: Layer, matches: Iterable[Match]) -> Iterator[Layer]:
        for match in matches:
            if match.handler is None:
                self._evidence.indicate(layer, match.name)
            else:
                yield Layer(layer.data, layer, forced=match.handler, role=Role.RETYPED)
