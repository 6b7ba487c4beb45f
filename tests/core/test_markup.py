"""The markup of knowledge texts."""

from __future__ import annotations

from bot.core.markup import Commands, Paragraph, Span, code_of, parse


def test_paragraphs_are_parted_by_empty_lines() -> None:
    assert parse("one\ntwo\n\nthree") == (Paragraph((Span("one two"),)), Paragraph((Span("three"),)))


def test_code_stands_in_backticks() -> None:
    assert parse("run `x -y` now") == (Paragraph((Span("run "), Span("x -y", code=True), Span(" now"))),)


def test_lines_with_a_prompt_are_commands() -> None:
    text = "First:\n$ one --two\n$ three\nThen more."
    assert parse(text) == (
        Paragraph((Span("First:"),)),
        Commands(("one --two", "three")),
        Paragraph((Span("Then more."),)),
    )


def test_everything_else_is_text() -> None:
    odd = "**bold** {brace} <tag> [a](b) `unclosed @everyone $5"
    assert parse(odd) == (Paragraph((Span(odd),)),)


def test_empty_text_has_no_blocks() -> None:
    assert parse("") == parse("\n \n") == ()


def test_code_of_a_text_is_all_that_must_be_the_same_in_every_language() -> None:
    assert code_of("use `a` or `b`:\n\n$ c d\n$ e") == {"a", "b", "c d", "e"}
    assert code_of("no code") == frozenset()
