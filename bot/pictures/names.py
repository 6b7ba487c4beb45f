"""What things are called in a picture, where room is short."""

from __future__ import annotations

import re
from typing import Final

from bot.core.knowledge import KnowledgeBase
from bot.core.knowledge.base import Edge
from bot.locales import Language

_REMARK: Final = re.compile(r"\s*\([^()]*\)$")
_OTHER: Final = "…"


def short_name(base: KnowledgeBase, concept: str, language: Language) -> str:
    """The name without a remark in brackets at its end, unless another thing is called just that."""
    whole = str(getattr(base.concepts[concept].name, language))
    short = _REMARK.sub("", whole)
    if short in ("", whole):
        return whole
    taken = any(
        id != concept and _REMARK.sub("", getattr(other.name, language)) == short for id, other in base.concepts.items()
    )
    return whole if taken else short


def arrow_words(base: KnowledgeBase, edge: Edge, language: Language) -> str:
    """What stands beside an arrow from the edge's start to its end."""
    kind = base.relation_types[edge.type]
    words = kind.arrow if edge.forward or kind.symmetric else kind.arrow_inverse
    if words is not None:
        return str(getattr(words, language))
    # The whole sentence, without the name that the arrow comes from and with a gap for the other.
    pattern: str = getattr(kind.sentence if edge.forward else kind.inverse, language)
    start, end = ("{a}", "{b}") if edge.forward else ("{b}", "{a}")
    return pattern.replace(start, "").replace(end, _OTHER).strip(f" ,{_OTHER if pattern.endswith(end) else ''}")
