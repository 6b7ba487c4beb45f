"""Weights: fitted on some questions, judged on others, and drawn."""

from __future__ import annotations

import random
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.cli import main
from bot.core.expert import Expert
from bot.core.match.weights import Rank, Sure
from bot.diagram import reliability
from bot.evaluation import Asked, read_set
from bot.tuning import (
    FOLDS,
    Asking,
    Fitted,
    answers,
    calibration_error,
    cross_validate,
    fit,
    from_phrasing,
    in_bins,
    using,
    whole,
)
from tests.conftest import COFFEE

SET = """
- {id: a, text: espresso vs moka pot, language: en, in_domain: true, must: [[9 bar]]}
- {id: b, text: espresso aur moka pot me farq, language: hi-Latn, in_domain: true, must: [[9 bar, बार]]}
- {id: c, text: who is the president, language: en, in_domain: false}
"""


@pytest.fixture
def questions(tmp_path: Path) -> list[Asked]:
    path = tmp_path / "set.yaml"
    path.write_text(SET, "utf-8")
    return read_set(path)


def easy(number: int) -> Asking:
    """The right option is the one of the higher first number, mostly."""
    roll = random.Random(number)
    low, high = sorted(roll.random() for _ in range(2))
    right = roll.random() < 0.9
    rest = (0.5,) * (len(Rank._fields) - 1)
    return Asking(((low, *rest), (high, *rest)), (not right, right), 1.0)


def test_folds_are_apart_and_whole() -> None:
    askings = [easy(n) for n in range(53)]
    folds = [held_out for _, held_out in cross_validate(askings)]
    assert len(folds) == FOLDS
    assert sorted(at for fold in folds for at in fold) == list(range(53))


def test_weights_are_those_of_the_other_folds() -> None:
    askings = [easy(n) for n in range(50)]
    (fitted, held_out), *_ = cross_validate(askings)
    for at in held_out:
        # The opposite of what the others say: whoever saw it would fit otherwise.
        askings[at] = Asking(askings[at].options, askings[at].right[::-1], 50.0)
    (again, same), *_ = cross_validate(askings)
    assert same == held_out
    assert again == fitted


def test_what_tells_right_from_wrong_gets_the_weight() -> None:
    fitted, _ = next(iter(cross_validate([easy(n) for n in range(300)])))
    rank, sure = fitted.weights()
    assert rank.similarity > 1
    assert abs(rank.intent) < 0.1
    assert sure.lead > 0
    assert fitted.predict(Asking((), (), 1.0)) == (0.0, False)


def test_phrasing_does_not_see_itself(barista: Expert) -> None:
    phrasing = next(p for some in barista.matcher.index.phrasings.values() for p in some)
    alone = from_phrasing(barista.matcher, phrasing)
    assert all(option[0] < 0.999 for option, right in zip(alone.options, alone.right, strict=True) if right)
    other = from_phrasing(barista.matcher, phrasing, "who is the president")
    assert other != alone


def test_other_weights_decide_for_a_while(barista: Expert, questions: list[Asked]) -> None:
    before = whole(barista, questions[0])
    assert before is not None
    size = len(Rank._fields), len(Sure._fields)
    never = Fitted((0.0,) * size[0], (-30.0, *(0.0,) * (size[1] - 1)))
    query = barista.reader.read(questions[0].text)
    with using(never):
        options = barista.matcher.decide(query).options
        assert all(o.confidence < 0.01 for o in options if o.reason.startswith("like"))
    assert whole(barista, questions[0]) == before


def test_whole_replies_are_held_against_the_set(barista: Expert, questions: list[Asked]) -> None:
    good, also_good, outside = (whole(barista, asked) for asked in questions)
    assert good is not None
    assert good.right
    assert also_good is not None
    assert also_good.right
    assert outside is None
    assert not answers(barista, questions[0], "no-such-entry", "en")


def test_fit_reports_what_was_not_seen(barista: Expert, questions: list[Asked]) -> None:
    found = fit(barista, questions)
    phrasings = sum(len(some) for some in barista.matcher.index.phrasings.values())
    assert phrasings <= len(found.entries) <= phrasings + len(questions)
    assert 0 < len(found.phrased) <= phrasings
    assert len(found.asked) == 2
    assert found.replies == (*found.phrased, *found.asked)
    report = str(found)
    assert "5-fold cross-validation" in report
    assert "the sets' 2 whole replies" in report
    rank, sure = report.splitlines()[-2:]
    assert rank.startswith("Rank(similarity=")
    assert sure.startswith("Sure(bias=")
    assert "the sets'" not in str(fit(barista, []))


def test_bins_hold_everything_once() -> None:
    predictions = [(0.0, False), (0.1, True), (0.99, True), (1.0, False)]
    bins = in_bins(predictions)
    assert [len(b) for b in bins] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert calibration_error(predictions) == pytest.approx((0 + 0.9 + 0.99) / 4)


def test_diagram_is_drawn_from_the_predictions() -> None:
    drawn = reliability({"a < b": [(0.25, True)] * 3 + [(0.25, False)], "none": []})
    root = ElementTree.fromstring(drawn)
    space = {"s": "http://www.w3.org/2000/svg"}
    assert "a < b" in [text.text for text in root.iterfind(".//s:text", space)]
    (point,) = root.iterfind(".//s:circle", space)
    # A quarter to the right, three quarters up.
    assert float(point.attrib["cx"]) / 300 == pytest.approx(0.25)
    assert 1 - float(point.attrib["cy"]) / 300 == pytest.approx(0.75)
    assert "4 predictions, calibration error 0.500" in drawn


def test_picture_comes_with_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions = tmp_path / "set.yaml"
    questions.write_text(SET, "utf-8")
    picture = tmp_path / "picture.svg"
    assert main(["fit", str(questions), "--knowledge", str(COFFEE), "--picture", str(picture)]) == 0
    assert "Rank(" in capsys.readouterr().out
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")
    assert main(["fit", "--knowledge", str(COFFEE), "--picture", str(tmp_path / "no" / "picture.svg")]) == 1
    assert "No such file" in capsys.readouterr().err
