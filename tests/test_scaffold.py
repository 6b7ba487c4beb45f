"""Writing knowledge: a scaffold that can be filled in, and a page that tells the truth."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.core.expert import Expert
from bot.core.knowledge import default_directory
from bot.scaffold import new_question, state


def test_a_scaffold_is_yaml_and_knows_what_the_question_says(expert: Expert) -> None:
    (entry,) = yaml.safe_load(new_question(expert, 'How do I give a "webcam" to a KVM guest?'))
    assert entry["intent"] == "how-to"
    assert "kvm" in entry["concepts"]
    assert entry["phrasings"]["en"][0] == "How do I give a 'webcam' to a KVM guest?"
    assert entry["id"].isascii()


def test_a_hindi_question_fills_in_the_hindi_side(expert: Expert) -> None:
    (entry,) = yaml.safe_load(new_question(expert, "केवीएम गेस्ट में वेबकैम कैसे लगाएँ?"))
    assert entry["title"]["hi"].startswith("केवीएम")
    assert entry["title"]["en"] == "TODO"
    assert entry["id"] == "kvm-question" or entry["id"].startswith("kvm-")


def test_what_is_near_is_shown_so_that_nothing_is_written_twice(expert: Expert) -> None:
    assert "what-is-kvm" in new_question(expert, "what is kvm")


def test_the_page_in_docs_is_the_state_of_the_base(expert: Expert) -> None:
    page = Path(default_directory()).parent / "docs" / "KNOWLEDGE.md"
    assert page.read_text("utf-8") == state(expert.base), "run: python -m bot state > docs/KNOWLEDGE.md"
