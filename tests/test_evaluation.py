"""Question sets: read strictly, scored as CONTRACT says."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from bot.core.expert import Expert
from bot.core.knowledge.model import Verdict
from bot.core.reply import CitedSource, CorrectionNote, MisconceptionNote, Outcome, Reply, Table
from bot.evaluation import Asked, QuestionSetError, Report, judge, read_set, said_by, score, summary
from bot.tuning import calibration_error, from_phrasings, from_sets

ENTRY = "- {id: a, text: espresso vs moka pot, language: en, in_domain: true"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "set.yaml"
    path.write_text(text, "utf-8")
    return path


def asked(tmp_path: Path, more: str = "") -> Asked:
    return read_set(written(tmp_path, f"{ENTRY}{more}}}\n"))[0]


def reply(outcome: Outcome, **more: object) -> Reply:
    return Reply(text="", language="en", reply_language="en", outcome=outcome, **more)  # type: ignore[arg-type]


def test_set_is_read(tmp_path: Path) -> None:
    (question,) = read_set(
        written(tmp_path, f"{ENTRY}, kind: difference, core: true, must: [[one, two], ['t.ree']], must_not: [four]}}")
    )
    assert (question.id, question.text, question.language, question.in_domain) == (
        "a",
        "espresso vs moka pot",
        "en",
        True,
    )
    assert [[p.pattern for p in group] for group in question.must] == [["one", "two"], ["t.ree"]]
    assert [p.pattern for p in question.must_not] == ["four"]
    assert set(question.groups) == {"in domain", "in domain, en", "core, en", "kind difference"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: b", "is a list"),
        ("- 5", "entry 1: expected a mapping"),
        ("- {text: x, language: en, in_domain: true}", '"id" must be given, as str'),
        ("- {id: 5, text: x, language: en, in_domain: true}", '"id" must be given'),
        ("- {id: a, language: en, in_domain: true}", '"text" must be given'),
        ("- {id: a, text: x, language: en}", '"in_domain" must be given, as bool'),
        ("- {id: a, text: x, language: en, in_domain: 'yes'}", '"in_domain" must be given'),
        ("- {id: a, text: x, language: fr, in_domain: true}", "en, hi, hi-Latn"),
        (f"{ENTRY}, must: word}}", '"must" is a list of lists'),
        (f"{ENTRY}, must: [word]}}", '"must" is a list of lists'),
        (f"{ENTRY}, must: [['(']]}}", "not a regular expression"),
        (f"{ENTRY}, must_not: word}}", '"must_not" is a list'),
        (f"{ENTRY}, must_not: ['[']}}", "not a regular expression"),
        ("- {id: a", "can not be read"),
        ("\x00", "can not be read"),
    ],
)
def test_what_is_wrong_with_a_set_is_told_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(QuestionSetError) as refused:
        read_set(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert says in str(refused.value)


def test_missing_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match=r"none\.yaml: can not be read"):
        read_set(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("outcome", "inside", "outside"),
    [
        (Outcome.ANSWER, "right", "answered"),
        (Outcome.CHOOSE, "offered", "offered"),
        (Outcome.NO_ANSWER, "declined", "right"),
    ],
)
def test_outcomes_are_scored(tmp_path: Path, outcome: Outcome, inside: str, outside: str) -> None:
    question = asked(tmp_path)
    (other,) = read_set(written(tmp_path, "- {id: b, text: x, language: en, in_domain: false}"))
    assert judge(question, reply(outcome)).score == inside
    assert judge(other, reply(outcome)).score == outside


def test_of_each_group_one_must_be_said(tmp_path: Path) -> None:
    question = asked(tmp_path, ", must: [[one, two], [three]]")
    assert judge(question, reply(Outcome.ANSWER, answer="TWO and Three")).score == "right"
    missing = judge(question, reply(Outcome.ANSWER, answer="one"))
    assert (missing.score, missing.lacks) == ("wrong", ("three",))


def test_what_must_not_be_said_counts_in_the_answer_only(tmp_path: Path) -> None:
    question = asked(tmp_path, ", must_not: [fork of]")
    note = MisconceptionNote("a fork of b", "no", "https://x.example")
    assert judge(question, reply(Outcome.ANSWER, answer="no fork", misconceptions=(note,))).score == "right"
    wrong = judge(question, reply(Outcome.ANSWER, answer="a Fork of b"))
    assert (wrong.score, wrong.lacks) == ("wrong", ("not: fork of",))


def test_all_that_a_reply_tells_counts() -> None:
    told = reply(
        Outcome.ANSWER,
        title="t1", answer="a2", detail="d3",
        table=Table(("c",), (("label4", "cell5"),), ("heading6",)),
        corrections=(CorrectionNote("claim7", Verdict.WRONG, "text8", ""),),
        misconceptions=(MisconceptionNote("belief9", "text10", ""),),
        sources=(CitedSource("source11", "", None, datetime.date(2026, 1, 1)),),
    )  # fmt: skip
    said = said_by(told)
    assert all(
        word in said
        for word in ("t1", "a2", "d3", "label4", "cell5", "heading6", "claim7", "text8", "belief9", "text10")
    )
    assert "source11" not in said


def test_run_is_counted_by_group_and_summed_up(barista: Expert, tmp_path: Path) -> None:
    questions = read_set(
        written(
            tmp_path,
            "- {id: good, text: espresso vs moka pot, language: en, in_domain: true, must: [[9 bar]]}\n"
            "- {id: bad, text: espresso aur moka pot me farq, language: hi-Latn, in_domain: true, must: [[tea]]}\n"
            "- {id: away, text: who is the president, language: en, in_domain: false, near: true}\n"
            "- {id: lost, text: who is the president of coffee, language: en, in_domain: true}\n",
        )
    )
    report = score(barista, questions)
    assert [r.score for r in report.results] == ["right", "wrong", "right", "declined"]
    table = dict(report.table())
    assert table["in domain"] == {"right": 1, "wrong": 1, "declined": 1}
    assert table["in domain, hi-Latn"] == {"wrong": 1}
    assert table["out of domain, near misses"] == {"right": 1}
    text = summary(report, worst=1)
    assert "wrong     bad: espresso aur moka pot me farq" in text
    assert "lacks tea" in text
    assert "lost" not in text
    assert len(report.milliseconds) == 4


def test_empty_report_is_summed_up() -> None:
    assert summary(Report(), worst=5)


def test_calibration_error_is_the_gap_between_promise_and_truth() -> None:
    assert calibration_error([(0.95, True)] * 19 + [(0.95, False)]) == pytest.approx(0.0)
    assert calibration_error([(0.95, False)] * 10) == pytest.approx(0.95)
    assert calibration_error([]) == 0.0
    assert calibration_error([(1.0, True), (0.0, False)]) == 0.0


def test_every_phrasing_is_a_sample_that_does_not_see_itself(barista: Expert, tmp_path: Path) -> None:
    samples = list(from_phrasings(barista))
    assert len(samples) == sum(len(p) for p in barista.matcher.index.phrasings.values())
    assert all(len(s.options) == len(s.right) for s in samples)
    right = [s for s in samples if any(s.right)]
    assert len(right) > 0.9 * len(samples)
    twins = sum(any(option[0] > 0.9999 for option in s.options) for s in samples)
    assert twins < 0.5 * len(samples), "a phrasing that sees itself is as like as can be"
    sets = list(from_sets(barista, [asked(tmp_path, ", must: [[9 bar]]")]))
    assert [any(s.right) for s in sets] == [True]
