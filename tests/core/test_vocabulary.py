"""Names in any spelling: what is found, and what is not taken for a name."""

from __future__ import annotations

import pytest

from bot.core.expert import Expert
from bot.core.understand.text import tokens
from bot.core.understand.vocabulary import Vocabulary

THREE_LETTERS = ["kvm", "hvm", "svm", "vmx", "tcg", "pvh", "ept"]


def named(expert: Expert, text: str) -> dict[str, float]:
    return dict(expert.reader.read(text).concepts)


@pytest.mark.parametrize(
    ("typed", "concept"),
    [
        ("qmeu", "qemu"), ("quemu", "qemu"), ("qemo", "qemu"), ("QEMU", "qemu"), ("qemuu", "qemu"),
        ("kmv", "kvm"), ("kvn", "kvm"), ("KvM", "kvm"), ("vkm", "kvm"),
        ("xan", "xen"), ("xne", "xen"), ("libvrit", "libvirt"), ("libvirtt", "libvirt"), ("lbvirt", "libvirt"),
        ("hypervizor", "hypervisor"), ("hypevrisor", "hypervisor"), ("hypervisior", "hypervisor"),
        ("virtoi", "virtio"), ("paravirtaulization", "paravirtualization"), ("firecraker", "firecracker"),
    ],
)  # fmt: skip
def test_typos_are_forgiven(expert: Expert, typed: str, concept: str) -> None:
    assert concept in named(expert, typed)
    assert concept in named(expert, f"what is {typed} good for")


@pytest.mark.parametrize("name", THREE_LETTERS)
def test_three_letters_are_never_taken_for_three_others(expert: Expert, name: str) -> None:
    own = expert.names.resolve(name)
    assert own is not None
    found = named(expert, f"{name} kya hai")
    others = {expert.names.resolve(other) for other in THREE_LETTERS} - {own}
    assert own in found
    assert not others & set(found)


@pytest.mark.parametrize("typed", ["kvs", "hvn", "xem", "jvm", "abc", "vms", "sum", "ken", "gem"])
def test_other_three_letters_are_no_typos(expert: Expert, typed: str) -> None:
    assert not {"kvm", "xen-hvm", "xen", "qemu"} & set(named(expert, f"{typed} is here"))


@pytest.mark.parametrize(
    ("typed", "concept"),
    [
        ("के वी एम", "kvm"), ("केवीएम", "kvm"), ("क्यू ई एम यू", "qemu"), ("क्यूईएमयू", "qemu"), ("एक्स ई एन", "xen"),
        ("k v m", "kvm"), ("q e m u", "qemu"), ("x e n", "xen"), ("टी सी जी", "tcg"),
    ],
)  # fmt: skip
def test_names_spelt_letter_by_letter_are_found(expert: Expert, typed: str, concept: str) -> None:
    assert concept in named(expert, typed)
    assert concept in named(expert, f"{typed} क्या है")


@pytest.mark.parametrize(
    ("typed", "concepts"),
    [
        ("qemukvm", {"qemu", "kvm"}),
        ("xenkvm", {"xen", "kvm"}),
        ("xen4", {"xen"}),
        ("qemu9", {"qemu"}),
        ("kvmxen", {"kvm", "xen"}),
    ],
)
def test_names_that_are_run_together_are_found(expert: Expert, typed: str, concepts: set[str]) -> None:
    assert concepts <= set(named(expert, typed))


@pytest.mark.parametrize("text", ["xenon lamp", "xenophobia", "kvmart", "the xenial one", "qemulator"])
def test_name_inside_another_word_is_not_that_name(expert: Expert, text: str) -> None:
    assert not {"xen", "kvm", "qemu"} & set(named(expert, text))


@pytest.mark.parametrize("text", ["", "hello how are you", "the quick brown fox", "नमस्ते आप कैसे हैं", "kya haal hai bhai"])
def test_chatter_names_nothing(expert: Expert, text: str) -> None:
    assert named(expert, text) == {}


def test_longest_name_wins_and_its_parts_are_heard_too(barista: Expert) -> None:
    found = named(barista, "espresso shot")
    assert found["espresso"] == 1.0
    spots, _ = barista.reader.vocabulary.spots(tokens("a cold brewed coffee please"))
    assert [(s.name.id, s.end - s.start) for s in spots] == [("cold-brew", 3)]


def test_name_does_not_reach_over_the_end_of_a_sentence(barista: Expert) -> None:
    assert named(barista, "I like moka. Pot it is")["moka-pot"] < 0.45
    assert named(barista, "I like moka pot. It is")["moka-pot"] == 1.0


def test_weak_word_alone_is_weak(barista: Expert) -> None:
    assert named(barista, "the pot is here")["moka-pot"] < 0.45


def test_weak_word_beside_its_kin_is_taken_at_its_word(barista: Expert) -> None:
    """The neighbour rule: an everyday word beside a concept one edge away means what the subject means."""
    assert named(barista, "is the pot like espresso")["moka-pot"] >= 0.45
    assert named(barista, "is the pot for robusta")["moka-pot"] < 0.45


def test_typed_digits_belong_to_the_name(expert: Expert) -> None:
    found = named(expert, "dom0")
    assert list(found) == ["dom0"]
    assert "dom0" not in named(expert, "domu")


def test_vocabulary_of_a_base_knows_only_its_own(barista: Expert, expert: Expert) -> None:
    assert named(barista, "kvm qemu xen libvirt") == {}
    assert named(expert, "robusta arabica moka") == {}


def test_learnt_words_are_no_typos(barista: Expert) -> None:
    vocabulary = Vocabulary(barista.base)
    assert vocabulary.mend("robsuta") is not None
    vocabulary.learn(["robsuta"])
    assert vocabulary.knows("robsuta")
    spots, stems = vocabulary.spots(tokens("robsuta"))
    assert (spots, stems) == ((), ("robsuta",))


def test_first_letter_may_be_swapped_but_not_lost(barista: Expert) -> None:
    assert "robusta" in named(barista, "orbusta")
    assert "robusta" not in named(barista, "sobusta")


@pytest.mark.parametrize("text", ["qemukvm", "xen4 does not boot", "my qmeu is slow", "kvm?", "केवीएम"])
def test_a_first_look_sees_every_name(expert: Expert, text: str) -> None:
    assert expert.screen(text)


def test_a_first_look_says_what_reading_says(expert: Expert) -> None:
    """Screening is only quicker: it never stops a phrasing that names something for sure."""
    stopped = 0
    for question in expert.base.questions.values():
        for text in question.phrasings.all():
            spots = expert.reader.read(text).spots
            named = any(s.name.sort == "concept" and not s.name.weak for s in spots)
            assert expert.screen(text) == named, text
            stopped += not named
    assert stopped > 10


def test_what_is_remembered_of_words_stays_small(barista: Expert, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.core.understand.vocabulary._REMEMBERED", 50)
    vocabulary = Vocabulary(barista.base)
    for n in range(200):
        assert not vocabulary.touches(f"word{n}")
    assert vocabulary.touches("espresso")
    assert len(vocabulary._heard) <= 50
