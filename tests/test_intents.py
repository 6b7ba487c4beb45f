"""Intent data sets: read strictly, scored on a base that has nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from bot.intents import (
    Example,
    IntentSetError,
    area_under_curve,
    build,
    read_examples,
    recall_at_precision,
    score,
)

MEANINGS = {
    "translate": ["how do you say {} in french", "what is the french word for {}", "translate {} into french please"],
    "define": ["what does {} mean", "give me the meaning of {}", "define {}"],
    "weather": ["will it rain on {}", "what is the weather like on {}", "do i need an umbrella on {}"],
}
WORDS = {
    "translate": ["house", "dog", "bread"],
    "define": ["zeal", "opaque", "terse"],
    "weather": ["monday", "sunday", "friday"],
}
TRAINING = [
    Example(text.format(word), label)
    for label, texts in MEANINGS.items()
    for text in texts
    for word in WORDS[label][:2]
]
QUERIES = [Example(text.format(WORDS[label][2]), label) for label, texts in MEANINGS.items() for text in texts]
OUTSIDE = [Example("my bicycle has a flat tyre", None), Example("sing a lullaby", None)]


def written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def as_lines(examples: list[Example]) -> list[str]:
    return [json.dumps({"text": e.text, "label": e.label}) for e in examples]


def test_lines_are_read_and_empty_ones_skipped(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.jsonl", ['{"text": "नमस्ते", "label": "greeting", "more": 1}', "", '{"text": "x", "label": null}']
    )
    assert read_examples(path) == [Example("नमस्ते", "greeting"), Example("x", None)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("5", "expected an object"),
        ('{"label": "a"}', '"text" must be a string'),
        ('{"text": "  ", "label": "a"}', "not empty"),
        ('{"text": 5, "label": "a"}', '"text" must be a string'),
        ('{"text": "a"}', '"label" must be a string, or null'),
        ('{"text": "a", "label": 5}', '"label" must be a string, or null'),
        ('{"text": "a", "label": ""}', '"label" must be a string, or null'),
    ],
)
def test_every_bad_line_is_told_with_its_number(tmp_path: Path, line: str, says: str) -> None:
    path = written(tmp_path / "a.jsonl", ['{"text": "a", "label": "b"}', line, "", line])
    with pytest.raises(IntentSetError) as refused:
        read_examples(path)
    first, second = str(refused.value).splitlines()
    assert first.startswith(f"{path}:2: ")
    assert second.startswith(f"{path}:4: ")
    assert says in first


def test_file_of_another_kind_does_not_flood(tmp_path: Path) -> None:
    with pytest.raises(IntentSetError) as refused:
        read_examples(written(tmp_path / "a.txt", ["no json"] * 1000))
    assert len(str(refused.value).splitlines()) == 20
    (tmp_path / "b.bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(IntentSetError, match="not UTF-8"):
        read_examples(tmp_path / "b.bin")
    with pytest.raises(IntentSetError, match=r"none\.jsonl: No such file"):
        read_examples(tmp_path / "none.jsonl")


def test_words_that_carry_a_question_tell_labels_apart() -> None:
    figures = score(TRAINING, [*QUERIES, *OUTSIDE])
    assert (figures.labels, figures.training, figures.queries) == (3, len(TRAINING), len(QUERIES) + len(OUTSIDE))
    assert figures.accuracy == 1.0
    assert figures.auroc == 1.0
    assert figures.out_of_scope_recall == 1.0
    assert figures.threshold_from == "the bot's own"
    assert figures.answered_accuracy <= figures.accuracy
    assert 0 < figures.p50_ms <= figures.p99_ms
    assert "in-scope accuracy, forced          100.0%" in str(figures)


def test_threshold_is_learnt_from_training_texts_out_of_scope() -> None:
    figures = score([*TRAINING, Example("play the trumpet", None)], [*QUERIES, *OUTSIDE])
    assert figures.threshold_from == "best on the training texts"
    assert figures.out_of_scope_recall == 1.0
    assert figures.answered_accuracy > 0.8


def test_set_without_queries_out_of_scope() -> None:
    figures = score(TRAINING, QUERIES)
    assert figures.auroc is None
    assert figures.out_of_scope_recall is None
    assert "AUROC, in scope or not             –" in str(figures)


def test_label_with_one_text_and_texts_without_words() -> None:
    figures = score([Example("hello", "one"), Example("?!", "none")], [Example("hello", "one"), Example("...", "none")])
    assert figures.accuracy == 0.5


def test_set_that_has_nothing_to_measure_is_refused() -> None:
    with pytest.raises(IntentSetError, match="no training text has a label"):
        score(OUTSIDE, QUERIES)
    with pytest.raises(IntentSetError, match="no query has a label"):
        score(TRAINING, OUTSIDE)


def test_same_text_twice_is_one_phrasing() -> None:
    matcher = build([Example("good day", "greeting")] * 5 + [Example("good morning", "greeting")])
    assert [p.text for p in matcher.index.phrasings["greeting"]] == ["good day", "good morning"]


def test_area_under_the_curve() -> None:
    assert area_under_curve([0.9, 0.8, 0.2], [True, True, False]) == 1.0
    assert area_under_curve([0.1, 0.2, 0.9], [True, True, False]) == 0.0
    assert area_under_curve([0.5, 0.5], [True, False]) == 0.5
    assert area_under_curve([0.9, 0.4, 0.6, 0.1], [True, True, False, False]) == 0.75
    assert str(area_under_curve([0.5], [True])) == "nan"


def test_recall_at_a_precision() -> None:
    assert recall_at_precision([0.9, 0.8, 0.7, 0.6], [True, True, False, True], 4, 0.95) == 0.5
    assert recall_at_precision([0.9, 0.8, 0.7, 0.6], [True, True, False, True], 4, 0.75) == 0.75
    # All of one score are answered, or none.
    assert recall_at_precision([0.9, 0.9], [True, False], 2, 0.95) == 0.0
    assert recall_at_precision([], [], 0, 0.95) == 0.0


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    training = str(written(tmp_path / "train.jsonl", as_lines(TRAINING)))
    queries = str(written(tmp_path / "queries.jsonl", as_lines([*QUERIES, *OUTSIDE])))
    assert main(["eval", "--intents", training, queries]) == 0
    assert "3 labels" in capsys.readouterr().out
    assert main(["eval", "--intents", training, queries, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["accuracy"] == 1.0
    assert [at for at, *_ in figures["trade"]] == [0.1, 0.2, 0.3, 0.5, 0.7]


def test_command_tells_bad_lines_and_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = str(written(tmp_path / "bad.jsonl", ["{}"]))
    assert main(["eval", "--intents", bad, bad]) == 1
    assert f"eval: {bad}:1: " in capsys.readouterr().err
    assert main(["eval"]) == 2
    assert "which question sets?" in capsys.readouterr().err
    assert main(["eval", "set.yaml", "--intents", bad, bad]) == 2
    assert "not both" in capsys.readouterr().err
