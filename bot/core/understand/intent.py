"""What a question wants: the words that say so, in three ways of writing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from bot.core.knowledge.model import Intent
from bot.core.understand.text import Token, words_of
from bot.core.understand.words import data

_STRONG: Final = 1.0
_CUE: Final = 0.35


@cache
def _cues() -> Mapping[str, tuple[tuple[tuple[str, ...], Intent, float], ...]]:
    cues: dict[str, dict[tuple[tuple[str, ...], Intent], float]] = defaultdict(dict)
    for name, kinds in data()["intents"].items():
        for kind, weight in (("strong", _STRONG), ("cues", _CUE)):
            for cue in kinds[kind]:
                if words := words_of(str(cue)):
                    cues[words[0]].setdefault((words, Intent(name)), weight)
    return {first: tuple((*key, w) for key, w in found.items()) for first, found in cues.items()}


def cue_positions(tokens: Sequence[Token]) -> set[int]:
    """Where words stand that only say what is wanted."""
    cues, words = _cues(), tuple([t.text for t in tokens])
    found: set[int] = set()
    for at, word in enumerate(words):
        for cue, _, _ in cues.get(word, ()):
            if len(cue) == 1 or words[at : at + len(cue)] == cue:
                found.update(range(at, at + len(cue)))
    return found


def read_intents(tokens: Sequence[Token], weights: Sequence[float]) -> dict[Intent, float]:
    """How strongly each intent shows, 0 to 1.

    `weights` has one number a token: how much the place where it stands counts.
    """
    cues, words = _cues(), tuple([t.text for t in tokens])
    found: dict[Intent, float] = {}
    for at, word in enumerate(words):
        for cue, intent, weight in cues.get(word, ()):
            if len(cue) == 1 or words[at : at + len(cue)] == cue:
                # Longer cues are surer: "what is the difference" is more than "what is".
                strength = weight * weights[at] * (1 + 0.1 * (len(cue) - 1))
                found[intent] = max(found.get(intent, 0.0), min(1.0, strength))
    if any(strength >= 0.9 for intent, strength in found.items() if intent is not Intent.DEFINITION):
        # "What is" opens questions of every kind: it decides only where nothing else does.
        found[Intent.DEFINITION] = 0.6 * found.get(Intent.DEFINITION, 0.0)
    return found
