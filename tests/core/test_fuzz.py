"""Hostile text and hostile files: every letter of Unicode, and YAML that is made to hurt."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.expert import Expert
from bot.core.knowledge import KnowledgeError, Problem, load
from bot.core.understand.text import MAX_WORD, clean, fold, sentences, skeleton, spelled_out, tokens, words_of
from tests.conftest import Damage

ROOT = Path(__file__).parents[2]

# Normalising

_TRICKS = [
    *"\u0300\u0489\u061c\u064b\u0900\u093c\u094d\u0e4e\u115f\u180e\u200b\u200c\u200d\u200e\u202a\u202e\u2028\u2066\u2069",
    *"\u20dd\u3164\ufe0f\ufeff\uffa0\ufffc\uffff\U0001d400\U0001f1ee\U0001f3fb\U000e0041\U0010ffff\ud800\udfff\x00\x1b",
    *"ﷺıİſßẞŉǆΐﬃⅷ½①㎏ｋＶＭ℡🄰क़ढ़ऱকகကა\n\t\r\x0b\x85",
]
HOSTILE = st.one_of(
    st.text(st.characters(), max_size=200),
    st.lists(st.one_of(st.sampled_from(_TRICKS), st.sampled_from("aK9.?-_ क")), max_size=200).map("".join),
    st.lists(st.sampled_from(["kvm", "xen", "qemu", "ज़ेन", *_TRICKS]), max_size=60).map("".join),
)


@given(HOSTILE)
def test_any_text_is_normalised_to_what_the_matcher_can_rely_on(text: str) -> None:
    cleaned = clean(text)
    found = tokens(cleaned)
    assert all(0 < len(token.text) <= MAX_WORD and not token.text.isspace() for token in found)
    assert all(0 <= after.sentence - before.sentence <= 1 for before, after in pairwise(found))
    # A word stays the word that it is, however often it goes through.
    for word in (token.text for token in found):
        assert fold(word) == word
        assert words_of(fold(word)) == words_of(word)
        assert skeleton(word) == skeleton(word)
        assert all(spelled_out(word)) or spelled_out(word) == ()
    assert len(sentences(cleaned)) <= len(cleaned) + 1
    assert clean(text) == cleaned


def steps(work: Callable[[], object]) -> int:
    """Lines of Python that are run: the same on every machine, however busy."""
    count = 0

    def trace(_frame: Any, _event: str, _given: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        "q", "क", "क्ष", "kvm ", "kvm xen ", "qmeu ", "qz4 ", "?", "a? ", "\u0301", "\u200d", "ﷺ", "x\u202e", "🎉", "K̈ ",
        "kvm is a fork of qemu and ", "not ", "- ", "`", "why is it that ", "ज़ेन केवीएम ", "1.", "a\u200bb ", "_", "kvm-",
    ],
)  # fmt: skip
def test_work_grows_no_faster_than_the_text(expert: Expert, piece: str) -> None:
    """Four times the text takes at most six times the steps."""

    def asked(length: int) -> int:
        return steps(lambda: expert.ask((piece * length)[:length]))

    asked(1_200)  # what is remembered of words is known in both
    small, large = asked(1_200), asked(4_800)
    assert large < 6 * small + 2_000


# YAML that is made to hurt

LOAD = """
import sys
from pathlib import Path
from bot.core.knowledge import KnowledgeError, load
try:
    load(Path(sys.argv[1]))
except KnowledgeError as error:
    print("\\n".join(sorted({problem.rule + " " + problem.path for problem in error.problems})))
"""

DEEP = {
    "questions without end": "? " * 900_000,
    "a list in a list, with wide gaps": "-  " * 600_000,
    "brackets that remarks seem to close": "[ #]\n" * 300_000,
    "brackets that quotes seem to close": "[ ']', " * 200_000,
    "braces": "{a: " * 300_000,
    "both by turns": "? - " * 400_000,
    "steps": "\n".join(" " * n + "a:" for n in range(1_900)),
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_nesting_does_not_end_the_process(damage: Damage, text: str) -> None:
    directory = damage("concepts/beans.yaml", "", "")
    (directory / "concepts" / "beans.yaml").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LOAD, directory], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr[-300:]}"
    assert "KB001 concepts/beans.yaml" in done.stdout


VALUES = [
    "9" * 10_000, "0x" + "f" * 5_000, "2026-99-99", "1:99999:99", "!!binary x=", "!!set {a, b}", "!!omap [1]",
    "!!int x", "!!float x", "!!timestamp x", "!!python/object:os.system x", "!!python/name:os.system", "{[a]: b}",
    "{{a: b}: c}", "{1: 2}", "{null: 2}", "{true: x, id: x}", "&a x", "*a", "<<: 5", "{<<: {a: b}}", "{<<: 5}", ".inf",
    ".nan", "~",
    "|-\n x", '"\\ud800"', '"\\x00"', "'" + "x" * 100_000 + "'", "\x00", "\ufeff", "%YAML 9.9\n---\na",
    "---\n---\n", "@", "`",
    "[" * 59 + "]" * 59, "? a", "!<tag:yaml.org,2002:map> x", "\t- a", "{a: 1, a: 2}", "- - - -", "''", "\u2028",
    "\x85",
]  # fmt: skip


def problems(directory: Path) -> Sequence[Problem]:
    """What keeps a base from being used; whatever else is raised is a defect."""
    try:
        load(directory)
    except KnowledgeError as error:
        return tuple(error.problems)
    return ()


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value[:20]))
@pytest.mark.parametrize("file", ["concepts/beans.yaml", "base.yaml", "relations.yaml", "comparisons/beans.yaml"])
def test_values_that_nobody_writes_are_problems(damage: Damage, file: str, value: str) -> None:
    directory = damage(file, "", "")
    path = directory / file
    whole = path.read_text("utf-8")
    line = next(line for line in whole.splitlines() if line.rstrip().endswith(tuple("abcdefghijklmnopqrstuvwxyz.}")))
    key = line.partition(":")[0]
    for text in (value, f"- {value}", f"a: {value}", whole.replace(line, f"{key}: {value}", 1)):
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        assert all(problem.line >= 1 and str(problem) for problem in problems(directory))
