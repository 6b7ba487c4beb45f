"""Stems bring forms of a word together and keep words apart."""

from __future__ import annotations

import pytest

from bot.core.understand.stem import stem


@pytest.mark.parametrize(
    "forms",
    [
        ("driver", "drivers"),
        ("emulate", "emulates", "emulated", "emulating", "emulation", "emulator"),
        ("virtualization", "virtualisation", "virtualize", "virtualized"),
        ("install", "installs", "installed", "installing"),
        ("run", "runs"),
        ("snapshot", "snapshots"),
        ("vms", "vm"),
        ("मशीन", "मशीनें", "मशीनों"),
        ("अतिथि", "अतिथियों"),
    ],
)
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kvm", "hvm"), ("xen", "zen"), ("vmx", "svm"), ("bus", "bu"), ("gas", "ga"), ("class", "clas"), ("x86", "x8"),
        ("host", "hose"), ("मेल", "मूल"), ("virtio", "virtual"), ("network", "nets"),
    ],
)  # fmt: skip
def test_words_stay_apart(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize("word", ["", "a", "9p", "e1000", "ई", "का", "ss", "es", "ing", "ation"])
def test_short_words_and_numbers_survive(word: str) -> None:
    assert bool(stem(word)) == bool(word)


@pytest.mark.parametrize("word", ["virtualization", "machines", "मशीनों", "buses", "processes"])
def test_stem_of_a_stem_does_not_vanish(word: str) -> None:
    assert len(stem(stem(word))) >= 3
