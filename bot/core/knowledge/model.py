"""The shape of a knowledge base: what the YAML files may say, and nothing else.

Every class is frozen.  The JSON schemas that editors use are generated from these
classes, so the loader, the lint and the editor can not disagree.
"""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""A kebab-case name that never changes once it is published."""

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Prose = Annotated[str, msgspec.Meta(min_length=1, max_length=1800)]


class Intent(StrEnum):
    """What a question wants to be told."""

    DIFFERENCE = "difference"
    DEFINITION = "definition"
    HOW_TO = "how-to"
    WHY = "why"
    TROUBLESHOOT = "troubleshoot"
    PERFORMANCE = "performance"
    SECURITY = "security"
    CAN_I = "can-i"
    CHOICE = "choice"
    RELATION = "relation"


class Scope(StrEnum):
    """How far the base speaks for a concept."""

    SUBJECT = "subject"
    """Everything about it is welcome."""
    GENERAL = "general"
    """An idea of no product in particular: welcome, unless a neighbour's product is what it is about."""
    NEIGHBOUR = "neighbour"
    """What it is and how it compares is welcome; running and mending it is not."""


class Verdict(StrEnum):
    """How a statement fails."""

    WRONG = "wrong"
    DATED = "dated"
    PARTLY = "partly"
    NUANCE = "nuance"


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class LineText(_Strict, frozen=True, kw_only=True):
    """One short line in both languages."""

    en: Line
    hi: Line


class ProseText(_Strict, frozen=True, kw_only=True):
    """A few sentences in both languages.

    The markup is plain text with `code` in backticks, blank lines between paragraphs, and
    commands on lines of their own that start with "$ ".  Renderers escape all the rest.
    """

    en: Prose
    hi: Prose


class Phrasings(_Strict, frozen=True, kw_only=True):
    """Ways in which people ask; the keys are the three ways of writing."""

    en: tuple[Line, ...] = ()
    hi: tuple[Line, ...] = ()
    hi_latn: tuple[Line, ...] = msgspec.field(default=(), name="hi-Latn")

    def all(self) -> tuple[str, ...]:
        """Every phrasing."""
        return (*self.en, *self.hi, *self.hi_latn)

    def items(self) -> tuple[tuple[str, str], ...]:
        """(language, phrasing) pairs in file order."""
        return (
            *(("en", p) for p in self.en),
            *(("hi", p) for p in self.hi),
            *(("hi-Latn", p) for p in self.hi_latn),
        )


class Source(_Strict, frozen=True, kw_only=True):
    """A document that somebody looked at."""

    id: Id
    title: Line
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s]+$", max_length=300)]
    version: Line | None = None
    """The release, revision or date of the document that was read."""
    reviewed: datetime.date


class Relation(_Strict, frozen=True, kw_only=True):
    """An edge to another concept, in the direction *owner type to*."""

    type: Id
    to: Id


class Concept(_Strict, frozen=True, kw_only=True):
    """A thing that people ask about."""

    id: Id
    name: LineText
    aliases: tuple[Line, ...] = ()
    """Other spellings in any script, abbreviations, real misspellings.  Each names it alone."""
    weak: tuple[Line, ...] = ()
    """Everyday words that mean it only beside other words of the subject."""
    scope: Scope = Scope.SUBJECT
    summary: LineText
    """One line that could stand in a list."""
    explanation: ProseText
    """Two to five short sentences: plain words first."""
    relations: tuple[Relation, ...] = ()
    corrections: tuple[Id, ...] = ()
    sources: tuple[Id, ...]
    recheck: tuple[Id, ...] = ()
    """Projects whose next release may make this untrue."""
    reviewed: datetime.date


class RelationType(_Strict, frozen=True, kw_only=True):
    """A kind of edge and how it is read aloud; {a} and {b} stand for the two names."""

    id: Id
    sentence: LineText
    inverse: LineText
    """The same fact told from b's side."""
    arrow: LineText | None = None
    """What stands beside an arrow from a to b: a few words without the names, told of a."""
    arrow_inverse: LineText | None = msgspec.field(default=None, name="arrow-inverse")
    """The same beside an arrow from b to a, told of b."""
    symmetric: bool = False
    acyclic: bool = False


class ForbiddenEdge(_Strict, frozen=True, kw_only=True):
    """A mistake that is easy to make in the graph."""

    subject: Id = msgspec.field(name="from")
    type: Id
    to: Id
    why: Line


class Versions(_Strict, frozen=True, kw_only=True):
    """The releases for which an entry holds."""

    of: Id
    since: Line | None = None
    until: Line | None = None


class Question(_Strict, frozen=True, kw_only=True):
    """A question with its answer."""

    id: Id
    title: LineText
    intent: Intent
    concepts: tuple[Id, ...]
    """What it is about, most important first."""
    phrasings: Phrasings
    errors: tuple[Line, ...] = ()
    """Messages that programs print, in their own words, without the parts that vary."""
    answer: ProseText
    """The layman's answer: two to five short sentences."""
    detail: ProseText | None = None
    """What an expert would add: the exact words, the commands, when it flips."""
    corrections: tuple[Id, ...] = ()
    """What the usual answer gets wrong."""
    comparison: tuple[Id, ...] = ()
    """Concepts to put side by side under the answer."""
    holds_for: Versions | None = None
    related: tuple[Id, ...] = ()
    """Other questions worth offering."""
    sources: tuple[Id, ...]
    recheck: tuple[Id, ...] = ()
    reviewed: datetime.date


class Misconception(_Strict, frozen=True, kw_only=True):
    """A belief that a question can carry, and what is true."""

    id: Id
    belief: LineText
    concepts: tuple[Id, ...]
    worded: Phrasings
    """How people say it, as short statements."""
    correction: ProseText
    sources: tuple[Id, ...]
    recheck: tuple[Id, ...] = ()
    reviewed: datetime.date


class Correction(_Strict, frozen=True, kw_only=True):
    """A remark under an answer: what is commonly said, and what to make of it."""

    id: Id
    corrects: LineText
    verdict: Verdict
    text: ProseText
    sources: tuple[Id, ...]
    recheck: tuple[Id, ...] = ()
    reviewed: datetime.date


class Dimension(_Strict, frozen=True, kw_only=True):
    """A row of a comparison: one property of several concepts."""

    id: Id
    label: LineText
    cells: dict[str, LineText | Line]
    """Concept id to value; a plain string where both languages say the same."""
    sources: tuple[Id, ...]


class PairText(_Strict, frozen=True, kw_only=True):
    """Prose for a set of concepts that people often compare."""

    of: tuple[Id, ...]
    summary: ProseText
    corrections: tuple[Id, ...] = ()
    sources: tuple[Id, ...]


class Comparison(_Strict, frozen=True, kw_only=True):
    """Concepts of one family, side by side."""

    id: Id
    title: LineText
    dimensions: tuple[Dimension, ...]
    """Most telling first."""
    pairs: tuple[PairText, ...] = ()
    recheck: tuple[Id, ...] = ()
    reviewed: datetime.date


class Homonym(_Strict, frozen=True, kw_only=True):
    """Another meaning of a concept's name, outside the subject."""

    id: Id
    concept: Id
    phrases: tuple[Line, ...] = ()
    """Words that settle it: whole phrases."""
    cues: tuple[Line, ...] = ()
    """Words that make it likely unless the subject's own words outweigh them."""
    note: LineText


class Word(_Strict, frozen=True, kw_only=True):
    """One meaning, in every way of writing it; no concept, but a word the subject needs."""

    id: Id
    words: tuple[Line, ...]


class GlossaryTerm(_Strict, frozen=True, kw_only=True):
    """How one term is written in Hindi, everywhere."""

    term: Line
    hi: Line
    avoid: tuple[Line, ...] = ()


class Base(_Strict, frozen=True, kw_only=True):
    """The base as a whole."""

    name: LineText
    about: ProseText
    """What the bot says it is for."""
    examples: Phrasings
    """Questions to try first."""
    shelf_life_days: int = 400
    """Entries reviewed longer ago are reported."""
