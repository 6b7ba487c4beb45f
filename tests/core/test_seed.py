"""The question that the project began with, and every spelling on its page."""

from __future__ import annotations

import pytest

from bot.core.expert import Expert
from bot.core.reply import Outcome, Reply

HINDI = """मुझे पता है कि क्यूईएमयू का उपयोग ज़ेन द्वारा किया जाता है, और केवीएम क्यूईएमयू का कांटा है।ज़ेन, क्यूईएमयू और केवीएम के बीच क्या अंतर है?

तो, केवीएम में शामिल है कि ज़ेन क्यूईएमयू में जोड़ता है? क्या नाम है ?

धन्यवाद"""  # noqa: E501
ENGLISH = """I know that QEMU is used by Xen, and that KVM is a fork of QEMU. What is the difference between Xen, QEMU and KVM?

So, does KVM include what Xen adds to QEMU? What is it called?

Thanks"""  # noqa: E501
HINGLISH = """mujhe pata hai ki qemu ka use xen karta hai, aur kvm qemu ka fork hai. xen, qemu aur kvm ke beech kya antar hai?

to kya kvm me wo shamil hai jo xen qemu me jodta hai? kya naam hai?

dhanyavaad"""  # noqa: E501

ASKED = pytest.mark.parametrize(
    ("text", "language"), [(HINDI, "hi"), (ENGLISH, "en"), (HINGLISH, "hi-Latn")], ids=["hi", "en", "hi-Latn"]
)


def _answered(expert: Expert, text: str) -> Reply:
    reply = expert.ask(text)
    assert reply.outcome is Outcome.ANSWER, reply.reasons
    return reply


@ASKED
def test_all_three_are_explained_in_the_asked_language(expert: Expert, text: str, language: str) -> None:
    reply = _answered(expert, text)
    assert reply.language == language
    assert reply.reply_language == ("en" if language == "en" else "hi")
    assert {"xen", "qemu", "kvm"} <= set(reply.concepts)
    assert reply.intent == "difference"
    for name in ("QEMU", "KVM", "Xen"):
        assert name in reply.answer
    if language != "en":
        devanagari = sum("\u0900" <= c <= "\u097f" for c in reply.answer)
        assert devanagari > len(reply.answer) / 2
    assert set(reply.table.columns) == {"xen", "qemu", "kvm"}
    assert len(reply.table.rows) >= 6
    whole = expert.open("compare:xen+qemu+kvm")
    assert whole is not None
    assert len(whole.table.rows) >= 12


@ASKED
def test_kvm_is_said_to_be_no_fork(expert: Expert, text: str, language: str) -> None:
    (note,) = _answered(expert, text).misconceptions
    assert "KVM" in note.belief
    assert "QEMU" in note.belief
    assert note.text.startswith("No" if language == "en" else "नहीं")
    assert "qemu-kvm" in note.text
    assert "1.3" in note.text
    assert note.source.startswith("https://")


@ASKED
def test_paravirt_ops_correction_comes_with_its_nuance(expert: Expert, text: str, language: str) -> None:
    found = [c for c in _answered(expert, text).corrections if "paravirt-ops" in c.corrects]
    assert [c.verdict for c in found] == ["partly"]
    told = found[0].text
    assert "VT-x" in told, "every KVM guest needs the CPU's help"
    assert "AMD-V" in told
    assert "Xen" in told, "only Xen's PV guests do without"
    assert ("Partly right" if language == "en" else "आंशिक") in told or "सिर्फ़" in told or "कुछ" in told


STRONG = {
    "qemu": ["QEMU", "क्यूईएमयू", "क्यूमु", "qmeu", "quemu", "qemo", "क्यूएमू", "क्यूमू"],
    "kvm": ["KVM", "केवीएम", "kmv", "kvn", "केवीऍम", "के वी एम"],
    "xen": ["ज़ेन", "ज\u093cेन", "\u095bेन", "ज़ेन-विशिष्ट", "एक्सईएन", "xan", "zen hypervisor", "जेन", "ज़ेन हाइपरवाइज़र", "है।ज़ेन"],
    "qemu-xen-traditional": ["क्यूमु-डीएम", "qemu-dm"],
    "xen-hvm": ["HVM", "एचवीएम"],
    "xen-pv": ["पीवी", "PV"],
    "xen-pv-drivers": ["पीवी ड्राइवर"],
    "paravirtualization": ["paravirtualized", "पैरावार्च्यूलाइज्ड", "पैरावार्च्यूलाइज्ड-", "पैरावार्चुअल", "पैरावार्च्यूलाइजेशन"],
    "paravirt-ops": ["पैरावार्ट-ऑप्स", "paravirt-ops"],
    "tcg": ["टीसीजी", "TCG"],
    "emulation": ["एमुलेटर", "अनुकरण", "इम्यूलेशन"],
    "virtualization": ["वर्चुअलाइजेशन", "आभासीकरण", "वर्चुअलाइज्ड"],
    "hypervisor": ["हाइपरवाइजर", "हाइपरवाइज़र"],
    "accelerator": ["त्वरक"],
    "device-model": ["डिवाइस मॉडल"],
    "type-1-hypervisor": ["नंगे धातु", "बेयर-मेटल", "टाइप-आई"],
    "type-2-hypervisor": ["टाइप-द्वितीय", "होस्टेड"],
    "vt-x": ["इंटेल-वीटी"],
}  # fmt: skip
WEAK = {
    "xen": ["zen"],
    "paravirtualization": ["पैरा"],
    "emulation": ["नकली"],
    "guest": ["मेहमान", "मेहमानों", "अतिथि", "अतिथियों"],
    "host": ["मेजबान"],
    "linux-kernel": ["कर्नेल", "लिनक्स"],
    "kernel-module": ["मॉड्यूल"],
    "guest-driver": ["ड्राइवर"],
    "fork": ["कांटा"],
    "upstream": ["अपस्ट्रीम", "नदी के ऊपर"],
    "cpu": ["CPU", "सीपीयू", "प्रोसेसर"],
}
"""Everyday words: they mean the concept beside another word of the subject."""


@pytest.mark.parametrize(("concept", "spelling"), [(c, s) for c, spellings in STRONG.items() for s in spellings])
def test_spelling_finds_its_concept(expert: Expert, concept: str, spelling: str) -> None:
    for text in (spelling, f"{spelling} क्या है?", f"what is {spelling} used for", f"mujhe {spelling} ke bare me batao"):
        found = expert.reader.read(text)
        assert found.concepts.get(concept, 0.0) >= 0.7, text
        assert not found.homonyms


@pytest.mark.parametrize(("concept", "spelling"), [(c, s) for c, spellings in WEAK.items() for s in spellings])
def test_everyday_word_finds_its_concept_inside_a_question(expert: Expert, concept: str, spelling: str) -> None:
    found = expert.reader.read(f"KVM और QEMU में {spelling} क्या करता है?").concepts
    assert concept in found
    assert {"kvm", "qemu"} <= set(found)


@pytest.mark.parametrize(
    ("concept", "spelling"), [(c, s) for c, spellings in WEAK.items() for s in spellings if c != "xen"]
)
def test_everyday_word_alone_asks_about_nothing_else(expert: Expert, concept: str, spelling: str) -> None:
    assert set(expert.reader.read(spelling).concepts) <= {concept}


@pytest.mark.parametrize("person", ["ncultra", "btpbtp7"])
def test_people_of_the_page_are_no_concepts(expert: Expert, person: str) -> None:
    assert not expert.reader.read(person).concepts
