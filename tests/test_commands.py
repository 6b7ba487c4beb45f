"""The tool that holds the commands of the knowledge against the programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.core.knowledge import default_directory, load
from tools.commands import Machine, code, hold

QEMU = "-accel [accel=]accelerator\n-M sh\n-machine [type=]name\n-cpu cpu\n-device driver\n-m size\n-daemonize\n"
SAID: Mapping[tuple[str, ...], str] = {
    ("virsh", "--help"): "-c --connect=URI\n-q --quiet",
    ("virsh", "help", "start"): "  NAME\n    start - start a domain\n  OPTIONS\n    --paused\n    --console",
    ("man", "virsh"): "start domain [--paused]\nundefine domain [--nvram]",
    ("virsh", "help", "begin"): "error: command 'begin' doesn't exist",
    ("qemu-system-x86_64", "--help"): QEMU,
    ("qemu-system-x86_64", "-machine", "none", "-device", "help"): 'name "virtio-net-pci", bus PCI',
    ("qemu-system-x86_64", "-machine", "help"): "q35   Standard PC",
    ("qemu-system-x86_64", "-accel", "help"): "tcg",
    ("man", "xl"): "   sysrq domain-id letter\n   create [configfile]\n   -c  attach",
}


class Fake(Machine):
    """Programs that say what stands above."""

    schema = '<element name="cpu"><attribute name="mode"/></element>'

    def has(self, program: str) -> bool:
        return program in {words[words[0] == "man"] for words in SAID}

    def help(self, *words: str) -> str:
        return SAID.get(words, "")


def test_what_the_programs_know_passes() -> None:
    report = hold(
        [
            "sudo virsh -c qemu:///system start vm1 --paused",
            "virsh start vm1 | grep -Q nothing",
            "qemu-system-x86_64 -accel kvm -M q35 -m 2G -device virtio-net-pci,netdev=n0 --daemonize",
            "qemu-system-x86_64 -device MODEL -m 2G",
            "<cpu mode='host-passthrough'/>",
            "<qemu:arg value='-s'/>",
            "host-passthrough",
        ],
        Fake(),
    )
    assert report.unknown == []
    assert report.held == 6
    assert not report.absent


@pytest.mark.parametrize(
    ("piece", "wrong"),
    [
        ("virsh begin vm1", "virsh has no command begin"),
        ("virsh start vm1 --pause", "virsh does not tell of --pause"),
        ("echo 1 && sudo virsh start vm1 --pause=yes", "virsh does not tell of --pause"),
        ("qemu-system-x86_64 -memory 2G", "qemu-system-x86_64 does not tell of -memory"),
        ("qemu-system-x86_64 -device virtio-net", "qemu-system-x86_64 has no -device virtio-net"),
        ("qemu-system-x86_64 -M q36", "qemu-system-x86_64 has no -M q36"),
        ("virsh start vm1 --nvram", "virsh does not tell of --nvram"),
        ("qemu-system-x86_64 -mM q35", "qemu-system-x86_64 does not tell of -mM"),
        ("xl start vm1", "xl has no command start"),
        ("<processor mode='host'/>", "libvirt has no element <processor>"),
        ("<cpu kind='host'/>", "libvirt has no attribute kind"),
    ],
)
def test_what_they_do_not_know_is_told(piece: str, wrong: str) -> None:
    assert hold([piece], Fake()).unknown == [(piece, wrong)]


def test_what_is_not_installed_is_counted() -> None:
    report = hold(["virt-install --name a", "virt-install --name b", "dnf install -y a"], Fake())
    assert report.held == 0
    assert report.unknown == []
    assert report.absent == {"virt-install": 2}


def test_a_real_program_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "swtpm"
    program.write_text('#!/bin/sh\necho "$1: use --tpmstate" >&2\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    machine = Machine()
    assert machine.has("swtpm")
    assert machine.help("swtpm", "--help") == "--help: use --tpmstate\n"
    assert hold(["swtpm --tpmstate=dir --tpm3"], machine).unknown == [
        ("swtpm --tpmstate=dir --tpm3", "swtpm does not tell of --tpm3")
    ]


def test_the_base_has_commands_to_hold() -> None:
    pieces = code(load(default_directory()))
    assert len(pieces) > 1000
    assert sum(piece.startswith("virsh ") for piece in pieces) > 200
