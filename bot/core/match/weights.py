"""The numbers that were tuned, all of them, in one place; `python -m bot fit` computes them anew."""

from __future__ import annotations

from typing import Final, NamedTuple


class Rank(NamedTuple):
    """Which entry comes first: a linear score over its evidence, in its order (a conditional logit)."""

    similarity: float
    odds: float
    breadth: float
    told: float
    focus: float
    unmet: float
    about: float
    intent: float
    ample: float


class Sure(NamedTuple):
    """How sure the first one is: a logistic model over its evidence, in its order, and its lead."""

    bias: float
    similarity: float
    odds: float
    breadth: float
    told: float
    focus: float
    unmet: float
    about: float
    intent: float
    ample: float
    lead: float


RANK: Final = Rank(
    similarity=2.71,
    odds=1.63,
    breadth=-1.65,
    told=3.85,
    focus=2.32,
    unmet=-0.54,
    about=1.98,
    intent=1.05,
    ample=1.64,
)
SURE: Final = Sure(
    bias=-4.51,
    similarity=1.76,
    odds=0.67,
    breadth=-1.56,
    told=2.27,
    focus=0.96,
    unmet=-0.45,
    about=1.29,
    intent=0.06,
    ample=0.74,
    lead=0.43,
)

ANSWER: Final = 0.50
"""Confidence from which an answer is given."""
HINTED: Final = 0.85
"""The same where the question has only everyday words of the subject."""
OFFER: Final = 0.10
"""Confidence from which an entry is worth offering."""
CHOICES: Final = 5
"""Entries that are offered at most."""

# Composed answers have no phrasings to be like: these were set by hand.  A word that nothing
# explains takes its share of the question's weight off them.
COMPARED: Final = 0.93
"""A comparison of things that share a table, when one was asked for in so many words."""
NAMED_TOGETHER: Final = 0.70
"""The same when they were only named."""
RELATED: Final = 0.70
"""The path between two things, when their connection was asked for."""
JOINED: Final = 0.80
"""The edge between two things, when it was asked whether one uses, needs or belongs to the other."""
DEFINED: Final = 0.93
"""A concept's card, when it was asked what it is."""
BARE: Final = 0.85
"""The same when nothing but the name was said."""
STATED: Final = 0.90
"""A misconception that is stated word for word where nothing else is asked."""
MENTIONED: Final = 0.35
"""The same when something else was asked of it."""
