"""The code knows no subject: all that it says of one comes from the files of a base."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bot
from bot.core.expert import Expert
from bot.core.knowledge import load
from bot.core.reply import Outcome
from tests.conftest import COFFEE

CODE = Path(bot.__file__).parent
SUBJECT = re.compile(
    r"(?<![A-Za-z0-9])(?:qemu|kvm|xen|libvirt|hypervisors?|virtio|virsh|proxmox|vmware|virtualbox|hyper-v|hvm|pvhvm|pvh|dom0|domu|"
    r"vfio|tcg|qcow2?|virtual machines?|virtuali[sz]ation|paravirt\w*|emulators?|vt-x|amd-v|"
    r"क्यूईएमयू|केवीएम|ज़ेन|हाइपरवाइज़र)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
FILES = sorted(
    p
    for p in CODE.rglob("*")
    if p.suffix in {".py", ".yaml", ".js", ".html", ".css"}
    and "knowledge" not in p.parts[len(CODE.parts) : len(CODE.parts) + 1]
)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(CODE)))
def test_no_subject_stands_in_the_code(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert [f"{n}: {found[0]}" for n, line in enumerate(lines, 1) if (found := SUBJECT.search(line))] == []


def test_no_file_was_overlooked() -> None:
    assert {"cli.py", "words.yaml", "decide.py", "core.yaml"} <= {p.name for p in FILES}
    assert SUBJECT.search("as KVM does")
    assert not SUBJECT.search("kvmish xenon")


def test_base_of_another_subject_is_complete_and_answers() -> None:
    base = load(COFFEE)
    assert len(base.concepts) >= 8
    assert len(base.questions) >= 6
    assert len(base.misconceptions) >= 2
    assert base.comparisons
    assert base.corrections
    assert base.homonyms
    expert = Expert(base)
    for question in base.questions.values():
        for language, phrasing in question.phrasings.items():
            reply = expert.ask(phrasing)
            assert reply.outcome is not Outcome.NO_ANSWER, phrasing
            assert reply.reply_language == ("en" if reply.language == "en" else "hi")
            assert language == "hi" or reply.language != "hi"


def test_what_it_says_of_itself_comes_from_its_base(barista: Expert) -> None:
    said = [barista.help().answer, barista.ask("blah blah").answer, barista.help(language="hi").answer]
    assert all("coffee" in text.lower() or "कॉफ़ी" in text for text in said)
    assert not any(SUBJECT.search(text) for text in said)


def test_it_answers_in_three_ways_of_writing(barista: Expert) -> None:
    asked = [
        "arabica vs robusta, which is better",
        "अरेबिका या रोबस्टा, कौन बेहतर",
        "arabica aur robusta me kaun behtar hai",
    ]
    assert {barista.ask(text).entry for text in asked} == {"arabica-or-robusta"}


def test_it_knows_nothing_of_the_other_subject(barista: Expert, expert: Expert) -> None:
    for question in list(expert.base.questions.values())[:80]:
        assert barista.ask(question.title.en).outcome is Outcome.NO_ANSWER, question.title.en
    for entry in barista.base.questions.values():
        assert expert.ask(entry.title.en).outcome is not Outcome.ANSWER, entry.title.en
