"""Beliefs that a question carries: told first, and only when they are really stated."""

from __future__ import annotations

import pytest

from bot.core.expert import Expert

FORK = "kvm-is-a-fork-of-qemu"


def found(expert: Expert, text: str) -> tuple[str, ...]:
    return tuple(expert.matcher.beliefs.find(expert.reader.read(text)))


@pytest.mark.parametrize(
    "text",
    [
        "KVM is a fork of QEMU",
        "kvm was forked from qemu, so why do I need both?",
        "I know that kvm is a fork of qemu. What is xen then?",
        "केवीएम क्यूईएमयू का कांटा है",
        "मैंने सुना है कि KVM, QEMU का फ़ोर्क है, सही है?",
        "kvm qemu ka fork hai na?",
        "kmv is a fork of qmeu",
        "**KVM** is a _fork_ of `QEMU`",
    ],
)
def test_stated_belief_is_noticed(expert: Expert, text: str) -> None:
    assert FORK in found(expert, text)


@pytest.mark.parametrize(
    "text",
    [
        "qemu is a fork of kvm",
        "qemu was forked from kvm",
        "KVM is not a fork of QEMU",
        "kvm, qemu",
        "is there a fork of qemu?",
        "what is the difference between kvm and qemu",
        "KVM? A fork. QEMU.",
        "",
    ],
)
def test_belief_that_is_not_stated_is_not_invented(expert: Expert, text: str) -> None:
    assert FORK not in found(expert, text)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Xen पर Windows नहीं चलता", True),
        ("Xen में Windows का माउस नहीं चलता", False),
        ("xen me windows ka mouse nahi chalta", False),
    ],
)
def test_what_is_said_of_a_part_is_not_said_of_the_whole(expert: Expert, text: str, stated: bool) -> None:
    assert ("xen-cannot-run-windows" in found(expert, text)) is stated


def test_order_of_the_words_decides_who_came_from_whom(barista: Expert) -> None:
    assert found(barista, "robusta was bred from arabica") == ("robusta-comes-from-arabica",)
    assert found(barista, "arabica was bred from robusta") == ()


def test_denied_belief_is_not_the_belief(barista: Expert) -> None:
    assert found(barista, "robusta was not bred from arabica") == ()
    assert found(barista, "cold brew contains no caffeine") == ("cold-brew-is-free-of-caffeine",)
    assert found(barista, "cold brew contains caffeine") == ()


def test_denial_in_another_sentence_changes_nothing(barista: Expert) -> None:
    assert found(barista, "I do not like milk. Robusta was bred from arabica.") == ("robusta-comes-from-arabica",)


def test_reply_tells_the_correction_and_answers_the_question_too(barista: Expert) -> None:
    reply = barista.ask("Robusta was bred from arabica. Which beans should I buy, arabica or robusta?")
    (note,) = reply.misconceptions
    belief = barista.base.misconceptions["robusta-comes-from-arabica"]
    assert (note.belief, note.text) == (belief.belief.en, belief.correction.en)
    assert note.source == "https://coffee.example/beans"
    assert reply.entry == "arabica-or-robusta"
    assert "https://coffee.example/beans" in [s.url for s in reply.sources]


def test_belief_with_nothing_else_to_answer_is_the_answer(barista: Expert) -> None:
    reply = barista.open("belief:cold-brew-is-free-of-caffeine", language="hi")
    assert reply is not None
    assert reply.answer == barista.base.misconceptions["cold-brew-is-free-of-caffeine"].correction.hi


def test_every_belief_of_the_base_is_noticed_in_its_own_words(expert: Expert) -> None:
    """Each in some of them; those that say too little to be told from other statements the lint tells (KB062)."""
    heard = {
        belief.id: [belief.id in found(expert, text) for _, text in belief.worded.items()]
        for belief in expert.base.misconceptions.values()
    }
    assert not [id for id, wordings in heard.items() if not any(wordings)]
    wordings = [ok for each in heard.values() for ok in each]
    assert sum(wordings) >= 0.75 * len(wordings)


def test_ordinary_questions_of_the_base_carry_few_beliefs(expert: Expert) -> None:
    texts = [t for q in expert.base.questions.values() for language, t in q.phrasings.items() if language == "en"]
    carrying = [t for t in texts if found(expert, t)]
    assert len(carrying) <= 0.03 * len(texts), carrying


@pytest.mark.parametrize(
    "text",
    [
        "So KVM is just a fork of QEMU, correct?",
        "kvm is only a fork of qemu",
        "KVM is a fork of QEMU, isn't it?",
        "kvm sirf qemu ka fork hai, hai na?",
    ],
)
def test_softened_statement_is_still_said(expert: Expert, text: str) -> None:
    assert FORK in found(expert, text)


@pytest.mark.parametrize(
    "text",
    ["kvm is a fork of qemu, right? what is the difference", "kvm is a fork of qemu right, what is the difference"],
)
def test_question_beside_a_statement_keeps_its_names(expert: Expert, text: str) -> None:
    reply = expert.ask(text)
    assert set(reply.concepts) >= {"kvm", "qemu"}
    assert reply.entry == "qemu-vs-kvm"
    assert len(reply.misconceptions) == 1
