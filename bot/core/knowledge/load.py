"""Read a directory of YAML into a `KnowledgeBase`, or say all that is wrong with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import yaml

from bot.core.knowledge import model
from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.problems import KnowledgeError, Problem
from bot.yaml_file import SafeLoader, parse

MAX_FILE_BYTES: Final = 2_000_000
"""A larger file is refused: no human reviews it, and a parser can be made to choke on it."""

_LISTS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "concepts": model.Concept,
    "questions": model.Question,
    "misconceptions": model.Misconception,
    "corrections": model.Correction,
    "sources": model.Source,
}
"""Folders whose files are lists of entries."""

_FILES: Final[Mapping[str, type[msgspec.Struct]]] = {
    "homonyms.yaml": model.Homonym,
    "words.yaml": model.Word,
    "glossary.yaml": model.GlossaryTerm,
}
"""Single files at the top that are lists."""

_COMPARISONS: Final = "comparisons"
"""A folder whose files are one entry each."""
_BASE: Final = "base.yaml"
_RELATIONS: Final = "relations.yaml"

MAX_DEPTH: Final = 60
"""Nesting from which a file is refused: the parser recurses, and runs out of stack long before memory."""

_T = TypeVar("_T")
_Path = tuple[str | int, ...]


@dataclass
class Document:
    """One parsed file; `line` finds the place of a value when there is something to say about it."""

    name: str
    text: str
    data: Any
    _root: yaml.Node | None = field(default=None, repr=False)

    def line(self, path: _Path = ()) -> int:
        """The 1-based line of the value at `path`, or of its nearest parent."""
        if self._root is None:
            self._root = yaml.compose(self.text, Loader=SafeLoader)
        node, line = self._root, 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        return line

    def repeated_keys(self) -> Iterator[tuple[str, int]]:
        """Keys that stand twice in one mapping (YAML silently keeps the last)."""
        stack = [yaml.compose(self.text, Loader=SafeLoader)]
        while stack:
            node = stack.pop()
            if isinstance(node, yaml.MappingNode):
                seen: set[str] = set()
                for key, value in node.value:
                    if key.value in seen:
                        yield key.value, key.start_mark.line + 1
                    seen.add(key.value)
                    stack.append(value)
            elif isinstance(node, yaml.SequenceNode):
                stack.extend(node.value)


@dataclass
class Reading:
    """What was read: entries that have the right shape, where they stand, and what went wrong."""

    root: Path
    documents: list[Document] = field(default_factory=list)
    entries: dict[type, dict[str, Any]] = field(default_factory=dict)
    places: dict[tuple[type, str], tuple[Document, _Path]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def report(
        self, rule: str, message: str, document: Document | None, path: _Path = (), *, warning: bool = False
    ) -> None:
        """Note a problem at a place of a file."""
        name, line = (document.name, document.line(path)) if document else (str(self.root), 1)
        self.problems.append(Problem(name, line, rule, message, "warning" if warning else "error"))

    def report_at(self, rule: str, message: str, entry: Any, *path: str | int, warning: bool = False) -> None:
        """Note a problem of an entry."""
        document, start = self.places[type(entry), key_of(entry)]
        self.report(rule, message, document, start + path, warning=warning)

    def of(self, kind: type[_T]) -> dict[str, _T]:
        """All entries of one kind by id."""
        return self.entries.get(kind, {})


def default_directory() -> Path:
    """The base that comes with the bot: inside the installed package, else beside it."""
    package = Path(__file__).resolve().parents[2]
    inside = package / "knowledge"
    return inside if inside.is_dir() else package.parent / "knowledge"


def load(directory: Path | None = None) -> KnowledgeBase:
    """Load and validate a base.

    Raises:
        KnowledgeError: with every problem that keeps the base from being used.
    """
    reading = read(directory or default_directory())
    base = build(reading)
    errors = [p for p in reading.problems if p.severity == "error"]
    if errors or base is None:
        raise KnowledgeError(errors)
    return base


def read(directory: Path) -> Reading:
    """Parse every file and check every entry's shape and references."""
    reading = Reading(directory)
    if not directory.is_dir():
        reading.report("KB001", "there is no such directory of knowledge", None)
        return reading
    for folder, kind in _LISTS.items():
        for path in _inside(directory / folder):
            _read_list(reading, path, kind)
    for path in _inside(directory / _COMPARISONS):
        if document := _parse(reading, path):
            _convert(reading, document, (), document.data, model.Comparison)
    for name, kind in _FILES.items():
        if (directory / name).exists():
            _read_list(reading, directory / name, kind)
    if document := _parse(reading, directory / _BASE):
        _convert(reading, document, (), document.data, model.Base)
    if document := _parse(reading, directory / _RELATIONS):
        _read_relations(reading, document)
    _check_references(reading)
    return reading


def files(directory: Path) -> tuple[Path, ...]:
    """Every file that a reading looks at now; single ones may be missing."""
    inside = [path for folder in (*_LISTS, _COMPARISONS) for path in _inside(directory / folder)]
    return (*inside, *(directory / name for name in (*_FILES, _BASE, _RELATIONS)))


def _inside(folder: Path) -> list[Path]:
    """The YAML files of a folder that may be missing, or go while one looks; links are followed."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".yaml")
    except OSError:
        return []


def build(reading: Reading) -> KnowledgeBase | None:
    """The base from what was read; None without its `base.yaml`."""
    about = next(iter(reading.of(model.Base).values()), None)
    if about is None:
        return None
    return KnowledgeBase(
        about=about,
        concepts=reading.of(model.Concept),
        questions=reading.of(model.Question),
        misconceptions=reading.of(model.Misconception),
        corrections=reading.of(model.Correction),
        comparisons=reading.of(model.Comparison),
        sources=reading.of(model.Source),
        relation_types=reading.of(model.RelationType),
        forbidden=tuple(reading.of(model.ForbiddenEdge).values()),
        homonyms=reading.of(model.Homonym),
        words=reading.of(model.Word),
        glossary=tuple(reading.of(model.GlossaryTerm).values()),
    )


def key_of(entry: Any) -> str:
    """What an entry is known by within its kind."""
    match entry:
        case model.ForbiddenEdge():
            return f"{entry.subject} {entry.type} {entry.to}"
        case model.GlossaryTerm():
            return entry.term
        case model.Base():
            return "base"
        case _:
            return str(entry.id)


def meant(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """' (did you mean "x"?)' where something similar exists, else ''."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""


def _parse(reading: Reading, path: Path) -> Document | None:
    name = str(path.relative_to(reading.root))
    try:
        if not path.is_file():
            reading.report("KB001", f"{name} is missing", None)
            return None
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"larger than {MAX_FILE_BYTES} bytes")
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        reading.problems.append(Problem(name, 1, "KB001", f"can not be read: {error}"))
        return None
    return document(reading, name, text)


def document(reading: Reading, name: str, text: str) -> Document | None:
    """Parse the text of a file, safely; what is wrong with it is noted."""
    try:
        _harmless(text)
        made = Document(name, text, parse(text))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = " ".join(filter(None, (error.problem, error.context)))
        reading.problems.append(Problem(name, line, "KB001", f"not valid YAML: {said}"))
        return None
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reading.problems.append(Problem(name, 1, "KB001", f"can not be read: {error}"))
        return None
    reading.documents.append(made)
    return made


def _harmless(text: str) -> None:
    """See that nothing in a text can hurt whoever builds its data; reading its events never does.

    Raises:
        yaml.YAMLError: the text is not YAML.
        ValueError: what is wrong with it.
    """
    depth = 0
    for event in yaml.parse(text, Loader=SafeLoader):
        # An alias repeats what was written elsewhere; nested ones can blow up to any size.
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("YAML aliases (*name) are not used here: write the value out")
        if getattr(event, "tag", None) is not None:
            raise ValueError("YAML tags (!name) are not used here: write the value as it is")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth >= MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def _read_list(reading: Reading, path: Path, kind: type[msgspec.Struct]) -> None:
    document = _parse(reading, path)
    if document is None or document.data is None:
        return
    if not isinstance(document.data, list):
        reading.report("KB002", "the file must be a list of entries (lines that start with '- id:')", document)
        return
    for index, item in enumerate(document.data):
        _convert(reading, document, (index,), item, kind)


def _read_relations(reading: Reading, document: Document) -> None:
    read_sections(reading, document, {"types": model.RelationType, "forbidden": model.ForbiddenEdge})


def read_sections(reading: Reading, document: Document, kinds: Mapping[str, type[msgspec.Struct]]) -> None:
    """Take the entries of a file that is several lists under headings."""
    if not isinstance(document.data, dict):
        reading.report("KB002", "the file must be a mapping with the lists: " + ", ".join(kinds), document)
        return
    for name, items in document.data.items():
        if name not in kinds:
            reading.report("KB002", f'unknown field "{name}"{meant(str(name), kinds)}', document, (name,))
        elif not isinstance(items, list | None):
            reading.report("KB002", f"{name}: expected a list, found {type(items).__name__}", document, (name,))
    for name, kind in kinds.items():
        items = document.data.get(name)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            _convert(reading, document, (name, index), item, kind)


def _convert(reading: Reading, document: Document, path: _Path, item: Any, kind: type[msgspec.Struct]) -> None:
    try:
        entry = msgspec.convert(item, kind)
    except msgspec.ValidationError as error:
        _explain(reading, document, path, item, kind, error)
        return
    key = key_of(entry)
    if (kind, key) in reading.places:
        other = reading.places[kind, key][0].name
        reading.report("KB003", f'the id "{key}" is taken: it stands in {other} too', document, path)
        return
    reading.entries.setdefault(kind, {})[key] = entry
    reading.places[kind, key] = (document, path)


_AT = re.compile(r" - at `\$(.*)`$")


def _explain(
    reading: Reading, document: Document, path: _Path, item: Any, kind: type[msgspec.Struct], error: Exception
) -> None:
    """Report every field that is wrong, not only the first."""
    if not isinstance(item, dict):
        reading.report("KB002", f"expected a mapping, found {type(item).__name__}", document, path)
        return
    who = f"{item['id']}: " if isinstance(item.get("id"), str) else ""
    fields = {f.encode_name: f for f in msgspec.structs.fields(kind)}
    before = len(reading.problems)
    for name in item:
        if name not in fields:
            reading.report("KB002", f'{who}unknown field "{name}"{meant(str(name), fields)}', document, (*path, name))
    for name, wanted in fields.items():
        if name not in item:
            if wanted.required:
                reading.report("KB002", f'{who}the field "{name}" is missing', document, path)
            continue
        try:
            msgspec.convert(item[name], wanted.type)
        except msgspec.ValidationError as wrong:
            inner = _AT.search(str(wrong))
            message = _AT.sub("", str(wrong))
            where = (*path, name, *_steps(inner[1] if inner else ""))
            reading.report("KB002", f"{who}{'.'.join(map(str, where[len(path) :]))}: {message}", document, where)
    if len(reading.problems) == before:
        reading.report("KB002", f"{who}{error}", document, path)


def _steps(path: str) -> _Path:
    """Path of a msgspec message, as in `.en` or `[2].to`."""
    parts = re.findall(r"\.([\w-]+)|\[(\d+)\]", path)
    return tuple(name or int(index) for name, index in parts)


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _check_references(reading: Reading) -> None:
    """Every id that an entry names must exist: the core relies on it."""
    kinds: Mapping[type, tuple[tuple[str, type], ...]] = {
        model.Concept: (("corrections", model.Correction), ("sources", model.Source)),
        model.Question: (
            ("concepts", model.Concept),
            ("corrections", model.Correction),
            ("comparison", model.Concept),
            ("related", model.Question),
            ("sources", model.Source),
        ),
        model.Misconception: (("concepts", model.Concept), ("sources", model.Source)),
        model.Correction: (("sources", model.Source),),
    }
    for kind, references in kinds.items():
        found: dict[str, Any] = reading.of(kind)
        for entry in found.values():
            for name, target in (*references, ("recheck", model.Concept)):
                _resolve(reading, entry, getattr(entry, name), target, name)
    for concept in reading.of(model.Concept).values():
        for index, relation in enumerate(concept.relations):
            _resolve(reading, concept, [relation.to], model.Concept, "relations", index)
            _resolve(reading, concept, [relation.type], model.RelationType, "relations", index)
    for comparison in reading.of(model.Comparison).values():
        for index, row in enumerate(comparison.dimensions):
            _resolve(reading, comparison, list(row.cells), model.Concept, "dimensions", index)
            _resolve(reading, comparison, row.sources, model.Source, "dimensions", index)
        for index, pair in enumerate(comparison.pairs):
            _resolve(reading, comparison, pair.of, model.Concept, "pairs", index)
            _resolve(reading, comparison, pair.sources, model.Source, "pairs", index)
            _resolve(reading, comparison, pair.corrections, model.Correction, "pairs", index)
    for question in reading.of(model.Question).values():
        if question.holds_for:
            _resolve(reading, question, [question.holds_for.of], model.Concept, "holds_for", "of")
    for wrong in reading.of(model.ForbiddenEdge).values():
        _resolve(reading, wrong, [wrong.subject, wrong.to], model.Concept)
        _resolve(reading, wrong, [wrong.type], model.RelationType)
    for homonym in reading.of(model.Homonym).values():
        _resolve(reading, homonym, [homonym.concept], model.Concept, "concept")


def _resolve(reading: Reading, entry: Any, ids: Sequence[str], target: type, *path: str | int) -> None:
    known: dict[str, Any] = reading.of(target)
    for id in ids:
        if id not in known:
            message = f'{key_of(entry)}: there is no {target.__name__.lower()} "{id}"{meant(id, known)}'
            reading.report_at("KB004", message, entry, *path)
