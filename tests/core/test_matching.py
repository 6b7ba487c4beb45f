"""Which of three outcomes a question gets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.expert import Expert
from bot.core.knowledge import load
from bot.core.match.evidence import shares_of, sigmoid
from bot.core.match.weights import ANSWER, CHOICES, OFFER
from bot.core.reply import Kind, Outcome
from tests.conftest import COFFEE, Damage


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("espresso vs moka pot", "espresso-or-moka-pot"),
        ("tell me how a moka pot differs from espresso please", "espresso-or-moka-pot"),
        ("espresso aur moka pot me kya antar hai", "espresso-or-moka-pot"),
        ("मोका पॉट और एस्प्रेसो में फर्क", "espresso-or-moka-pot"),
        ("my cafetiere is bitter", "bitter-french-press"),
        ("frnech press cofee too biter", "bitter-french-press"),
        ("ERR-42: water too hot for press", "bitter-french-press"),
        ("BGR kya hai", "concept:burr-grinder"),
    ],
)
def test_question_finds_its_entry(barista: Expert, text: str, entry: str) -> None:
    reply = barista.ask(text)
    assert (reply.outcome, reply.entry) == (Outcome.ANSWER, entry), reply.reasons
    assert reply.confidence >= ANSWER


@pytest.mark.parametrize(
    "text", ["hello", "", "???", "who is the prime minister", "qemu vs kvm", "aaj mausam kaisa hai", "मुझे भूख लगी है"]
)
def test_what_is_none_of_its_business_is_declined(barista: Expert, text: str) -> None:
    reply = barista.ask(text)
    assert reply.outcome is Outcome.NO_ANSWER
    assert (reply.entry, reply.kind, reply.confidence) == (None, None, 0.0)
    assert reply.answer
    assert reply.title
    assert not reply.choices


@pytest.mark.parametrize(
    "text", ["espresso test on android", "how to write an espresso testing framework rule", "espresso with gradle"]
)
def test_other_meaning_of_a_name_is_told(barista: Expert, text: str) -> None:
    reply = barista.ask(text)
    assert reply.outcome is Outcome.NO_ANSWER
    assert "Android" in reply.answer
    assert any("another meaning: espresso-tests" in r for r in reply.reasons)


def test_other_meaning_loses_when_the_subject_is_named_besides(barista: Expert) -> None:
    reply = barista.ask("is gradle like a moka pot or espresso, what differs?")
    assert not any("another meaning" in r for r in reply.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "which kvm switch should I buy for two monitors",
        "usb kvm with hdmi", "AMD Zen 4 vs Intel", "ryzen zen 3 or zen 4",
        "Half-Life Xen levels", "kvm over ip for my server rack", "केवीएम स्विच कौन सा लूँ", "python virtual machine",
        "kubernetes pv pvc pending", "solar pv panel inverter",
    ],
)  # fmt: skip
def test_homonyms_of_the_base_are_declined(expert: Expert, text: str) -> None:
    assert expert.ask(text).outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    "text", ["how do I make nescafe", "nescafe kaise banaye", "instant coffee does not dissolve, error"]
)
def test_running_a_neighbour_is_not_explained(barista: Expert, text: str) -> None:
    assert barista.ask(text).outcome is Outcome.NO_ANSWER


def test_meeting_a_neighbour_is_told_where_somebody_wrote_of_it(expert: Expert) -> None:
    reply = expert.ask("Docker breaks my VM bridge")
    assert (reply.outcome, reply.entry) == (Outcome.ANSWER, "docker-blocks-bridge")
    assert expert.ask("my docker container does not start").outcome is Outcome.NO_ANSWER


def test_what_somebody_wrote_of_neighbours_alone_is_told_when_it_is_asked(expert: Expert) -> None:
    entry = expert.base.questions["lxd-incus-and-multipass"]
    asked = next(text for language, text in entry.phrasings.items() if "fork of LXD" in text)
    assert expert.ask(asked).entry == entry.id
    assert expert.ask("How do I install LXD?").outcome is Outcome.NO_ANSWER


def test_what_a_neighbour_is_is_explained(barista: Expert) -> None:
    assert barista.ask("what is instant coffee").entry == "concept:instant-coffee"


@pytest.mark.parametrize(
    "text", ["french press or cold brew, what is the difference", "compare french press with cold brew"]
)
def test_comparison_nobody_asked_before_is_composed(barista: Expert, text: str) -> None:
    reply = barista.ask(text)
    assert (reply.kind, reply.entry) == (Kind.COMPARISON, "compare:french-press+cold-brew")
    assert reply.table.columns == ("french-press", "cold-brew")


def test_choices_open(barista: Expert, expert: Expert) -> None:
    for who in (barista, expert):
        seen = 0
        for question in list(who.base.questions.values())[:60]:
            reply = who.ask(" ".join(c.replace("-", " ") for c in question.concepts[:2]) + " problem")
            assert len(reply.choices) <= CHOICES
            assert bool(reply.choices) == (reply.outcome is Outcome.CHOOSE)
            for choice in reply.choices:
                opened = who.open(choice.entry)
                assert opened is not None
                assert opened.title == choice.title
                seen += 1
        assert seen or who is barista


def test_follow_up_is_about_what_was_spoken_of_before(expert: Expert) -> None:
    before = expert.ask("what is the difference between kvm and xen")
    alone = expert.ask("and which is faster?")
    after = expert.ask("and which is faster?", previous=before)
    assert alone.outcome is Outcome.NO_ANSWER
    assert after.outcome is not Outcome.NO_ANSWER
    assert {"kvm", "xen"} <= set(after.concepts)
    offered = {after.entry, *(c.entry for c in after.choices)} - {None}
    assert any("kvm" in str(entry) or "xen" in str(entry) for entry in offered)


@pytest.mark.parametrize("text", ["aur kaun sa fast hai?", "और कौन सा तेज़ है?"])
def test_follow_up_works_in_hindi(expert: Expert, text: str) -> None:
    before = expert.ask("kvm aur xen me kya antar hai")
    assert expert.ask(text, previous=before).outcome is not Outcome.NO_ANSWER


@pytest.mark.parametrize("text", ["thanks!", "ok", "what is libvirt"])
def test_not_everything_is_a_follow_up(expert: Expert, text: str) -> None:
    before = expert.ask("what is the difference between kvm and xen")
    assert not {"kvm", "xen"} & set(expert.ask(text, previous=before).concepts)


def test_follow_up_survives_a_base_that_was_loaded_anew(barista: Expert, damage: Damage) -> None:
    before = barista.ask("what is cold brew")
    directory = damage("concepts/drinks.yaml", "id: cold-brew", "id: cold-drip")
    for file in ("questions/brewing.yaml", "misconceptions/core.yaml", "comparisons/methods.yaml"):
        path = directory / file
        path.write_text(path.read_text("utf-8").replace("cold-brew", "cold-drip"), "utf-8")
    after = Expert(load(directory)).ask("and which is better?", previous=before)
    assert "cold-brew" not in after.concepts


def test_last_question_of_a_long_story_is_what_is_asked(barista: Expert) -> None:
    story = "Hello friends. " + "Last year my uncle gave me a present and we had a party with music. " * 6
    reply = barista.ask(f"{story} So now: espresso vs moka pot, what is the difference?")
    assert reply.entry == "espresso-or-moka-pot"


def test_reasons_say_what_was_understood(barista: Expert) -> None:
    reasons = barista.ask("espresso vs moka pot").reasons
    assert "written as en" in reasons
    assert "concepts: espresso, moka-pot" in reasons
    assert "intent: difference" in reasons
    assert any(r.startswith("espresso-or-moka-pot: like ") for r in reasons)


def test_candidates_are_sorted_by_confidence(barista: Expert) -> None:
    for text in ("espresso vs moka pot", "burr grinder for french press", "cold brew caffeine"):
        sure = [c.confidence for c in barista.ask(text).candidates]
        assert sure == sorted(sure, reverse=True)
        assert all(OFFER <= c <= 1 for c in sure)


def test_every_phrasing_of_the_small_base_is_answered_by_its_entry(barista: Expert) -> None:
    missed = [
        (text, reply.entry)
        for question in barista.base.questions.values()
        for _, text in question.phrasings.items()
        if (reply := barista.ask(text)).entry != question.id
    ]
    assert len(missed) <= 4, missed


def test_nearly_every_phrasing_of_the_base_is_answered_by_its_entry(expert: Expert) -> None:
    asked = [(q.id, text) for q in expert.base.questions.values() for _, text in q.phrasings.items()][::5]
    missed = [(id, text) for id, text in asked if expert.ask(text).entry != id]
    assert len(missed) <= 0.12 * len(asked), missed


def test_answers_are_the_same_in_every_process() -> None:
    """Nothing hangs on the order of sets, which differs from process to process."""
    program = (
        "from pathlib import Path; from bot.core.expert import Expert; from bot.core.knowledge import load;"
        f"e = Expert(load(Path({str(COFFEE)!r})));"
        "print([e.ask(t) for t in ('espresso test android expresso', 'robsta or arabica', 'frnch press', 'pot')],"
        "e.suggest('co', what='concept'), e.suggest('caff', what='question'), e.concept('bru'))"
    )
    root = Path(__file__).parents[2]
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def test_shares_add_up_and_sigmoid_is_bounded() -> None:
    assert sum(shares_of([1.0, 2.0, 700.0, -700.0])) == pytest.approx(1.0)
    assert 0 < sigmoid(-1e9) < 0.5 < sigmoid(1e9) < 1


def test_what_a_neighbour_is_may_be_asked(expert: Expert) -> None:
    assert expert.ask("Is gVisor a hypervisor?").outcome is Outcome.ANSWER
    assert expert.ask("Vmware Player erased my vmware workstation").outcome is Outcome.NO_ANSWER


def test_no_path_is_told_where_a_how_to_is_asked(expert: Expert) -> None:
    decision = expert.matcher.decide(expert.reader.read("How to tell if QEMU is using hardware acceleration"))
    assert not [option for option in decision.options if option.reference.startswith("relate:")]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("does robusta use caffeine?", "relate:robusta+caffeine"),
        ("is caffeine used by robusta", "relate:caffeine+robusta"),
        ("robusta me caffeine use hota hai kya", "relate:robusta+caffeine"),
        ("क्या रोबस्टा में कैफीन का इस्तेमाल होता है", "relate:robusta+caffeine"),
    ],
)
def test_an_edge_answers_whether_one_thing_has_the_other(barista: Expert, text: str, entry: str) -> None:
    reply = barista.ask(text)
    assert (reply.outcome, reply.kind, reply.entry) == (Outcome.ANSWER, Kind.RELATION, entry), reply.reasons


@pytest.mark.parametrize(
    "text",
    [
        "does robusta use a french press",  # no edge between them
        "why is there caffeine in robusta",  # not whether
        "does robusta use caffeine to keep insects away from its leaves",  # more than that
    ],
)
def test_an_edge_answers_nothing_else(barista: Expert, text: str) -> None:
    decision = barista.matcher.decide(barista.reader.read(text))
    assert not [option for option in decision.options if option.reference.startswith("relate:")]


def test_whether_one_thing_has_the_other_is_no_trouble_to_mend(expert: Expert) -> None:
    reply = expert.ask("does virt-manager use libvirt")
    assert (reply.kind, reply.entry) == (Kind.RELATION, "relate:virt-manager+libvirt")
    assert reply.related[0].entry in expert.base.questions
    assert expert.ask("does WSL 2 use Hyper-V").kind is Kind.RELATION  # of two neighbours too
    assert expert.ask("virt-manager cannot connect to libvirt").kind is Kind.QUESTION


_WHETHER = {
    "uses": ("does {a} use {b}?", "{a} kya {b} use karta hai", "क्या {a} में {b} का इस्तेमाल होता है"),
    "requires": ("does {a} need {b}?", "kya {a} ke liye {b} zaruri hai", "क्या {a} के लिए {b} ज़रूरी है"),
    "runs-on": ("does {a} run on {b}?", "kya {a} {b} pe chalta hai", "क्या {a} {b} पर चलता है"),
    "part-of": ("is {a} part of {b}?", "kya {a} {b} ka hissa hai", "क्या {a} {b} का हिस्सा है"),
    "managed-by": ("is {a} managed by {b}?", "kya {a} ko {b} se manage karte hai", "क्या {a} को {b} से संभालते हैं"),
    "accelerates": ("does {b} use {a}?", "kya {b} {a} use karta hai", "क्या {b} में {a} का इस्तेमाल होता है"),
}


def test_whether_an_edge_holds_is_answered_in_all_ways_of_writing(expert: Expert) -> None:
    """Questions made of the base's own edges: of a hundred, ninety-eight get an answer that is about both ends."""
    concepts = expert.base.concepts
    missed: list[str] = []
    asked = 0
    for edges in expert.base.edges.values():
        for edge in edges:
            if not edge.forward:
                continue
            for language, pattern in zip(("en", "en", "hi"), _WHETHER.get(edge.type, ()), strict=False):
                a, b = (getattr(concepts[end].name, language) for end in (edge.start, edge.end))
                reply = expert.ask(pattern.format(a=a, b=b))
                asked += 1
                if reply.outcome is not Outcome.ANSWER or not {edge.start, edge.end} & set(reply.concepts):
                    missed.append(pattern.format(a=a, b=b))
    assert asked > 900
    assert len(missed) <= asked / 50, missed
