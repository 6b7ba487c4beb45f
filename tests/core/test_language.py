"""Which of the three ways of writing a message uses, and in which language it is answered."""

from __future__ import annotations

import pytest

from bot.core.expert import Expert
from bot.core.understand.language import detect
from bot.core.understand.text import clean, tokens

ENGLISH = """
What is the difference between a moka pot and espresso?
why is my vm so slow
how do i pass a usb stick to the guest
Can you explain me the main difference
hi, need help with network in guest
is it safe to use in production?
I am not able to boot windows
kvm vs xen
no bootable device
Could not access KVM kernel module: Permission denied
please do the needful and tell which one is better
main use of dom0
is par for the course
do you use it to run me a vm
plz help vm not starting after update
qemu-system-x86_64: failed to initialize kvm
"""
HINDI = """
क्या केवीएम एक हाइपरवाइज़र है?
QEMU और KVM में क्या अंतर है
मेरी VM बहुत धीमी चल रही है, क्या करूँ?
virsh start करने पर permission denied error आता है
ज़ेन
टाइप 1 और टाइप 2 में फर्क
libvirt क्या है
Could not access KVM kernel module का मतलब क्या है
कृपया qcow2 और raw की तुलना करें
bhai ये QEMU क्या होता है
"""
HINGLISH = """
kvm kya hai
xen aur kvm me kya farq hai
mera vm bahut slow chal raha hai kya karu
bhai qemu kaise install kare ubuntu par
kya main kvm ke bina qemu chala sakta hu
libvirt ka use kya h
dono me se konsa accha hai
windows guest me network nahi chal raha
nested virtualization enable kaise karte hai
isko samjhao yaar
guest ko zyada ram dena hai kaise du
kvm kyu fast hota hai
ye error kyo aa raha hai permission denied
mujhe dom0 aur domU samajh nahi aaya
disk ka size kaise badhaye
kya xen abhi bhi use hota hai
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.parametrize("sentence", lines(ENGLISH))
def test_english_is_english(sentence: str) -> None:
    assert detect(tokens(clean(sentence))) == "en"


@pytest.mark.parametrize("sentence", lines(HINDI))
def test_devanagari_is_hindi(sentence: str) -> None:
    assert detect(tokens(clean(sentence))) == "hi"


@pytest.mark.parametrize("sentence", lines(HINGLISH))
def test_romanised_hindi_is_hinglish(sentence: str) -> None:
    assert detect(tokens(clean(sentence))) == "hi-Latn"


@pytest.mark.parametrize("text", ["", "???", "🎉", "12345", "русский", "日本語"])
def test_no_words_of_either_count_as_english(text: str) -> None:
    assert detect(tokens(clean(text))) == "en"


@pytest.mark.parametrize(
    ("text", "choice", "written", "replied"),
    [
        ("what is espresso", "auto", "en", "en"),
        ("एस्प्रेसो क्या है", "auto", "hi", "hi"),
        ("espresso kya hai", "auto", "hi-Latn", "hi"),
        ("what is espresso", "hi", "en", "hi"),
        ("एस्प्रेसो क्या है", "en", "hi", "en"),
        ("espresso kya hai", "en", "hi-Latn", "en"),
    ],
)
def test_reply_is_in_the_asked_language(barista: Expert, text: str, choice: str, written: str, replied: str) -> None:
    reply = barista.ask(text, language=choice)  # type: ignore[arg-type]
    assert (reply.language, reply.reply_language) == (written, replied)
    summary = barista.base.concepts["espresso"].explanation
    assert reply.answer == (summary.hi if replied == "hi" else summary.en)


@pytest.mark.parametrize("name", ["एस्प्रेसो", "मोका पॉट"])
def test_names_in_devanagari_are_answered_in_hindi(barista: Expert, name: str) -> None:
    assert barista.concept(name).reply_language == "hi"
    assert barista.compare([name, "cold brew"]).reply_language == "hi"
    assert barista.relate("cold brew", name).reply_language == "hi"
    assert barista.compare([name, "cold brew"], language="en").reply_language == "en"
