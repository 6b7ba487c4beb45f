"""Questions are told from talk, in all three ways of writing."""

from __future__ import annotations

import pytest

from bot.core.understand.asking import asks


@pytest.mark.parametrize(
    "text",
    [
        "is kvm a fork of qemu",
        "kvm vs qemu?",
        "Hi all, how do I resize a qcow2 image",
        "My guest has no network. Any idea",
        "I wonder... can someone explain what dom0 is",
        "bridge set up, still no internet, what am i missing",
        "kvm aur xen me kya fark hai",
        "bhai virt-manager me bridge kaise banaye",
        "क्यूईएमयू और केवीएम में क्या अंतर है",
        "कोई बताइए, ज़ेन कैसे इंस्टॉल करूँ",
    ],
)
def test_a_question(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kvm is great",
        "that's how I did it with qemu",
        "I moved from xen to kvm last year and never looked back.",
        "see https://example.org/?q=kvm for the docs",
        "qemu 10 is out! thanks to everybody",
        "maine kal xen hata diya, ab sab theek hai",
        "मैंने केवीएम लगा लिया, बढ़िया चल रहा है",
    ],
)
def test_no_question(text: str) -> None:
    assert not asks(text)
