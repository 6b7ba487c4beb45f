"""Hold the commands of the knowledge against the programs themselves.

python -m tools.commands [--root DIR]

For each command line in a text: does the program know that subcommand, and does its own
help or manual page name every option that the line uses?  For QEMU also: do the device,
machine, CPU and back end exist?  For libvirt's XML: does its schema know the element and
attribute?  What is not installed is listed as not held.  It can not see whether a
command does what the text says: that is for a reader.

--root is a tree with the newest programs in it, such as debootstrap makes; entering it
needs root.  Without it the programs of this machine are asked.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import shlex
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from bot.core.knowledge import KnowledgeBase, default_directory, load
from bot.core.knowledge.hindi import texts
from bot.core.markup import code_of

_OPTION: Final = re.compile(r"(?<![\w-])--?[A-Za-z0-9?][\w-]*")
_PROGRAM: Final = re.compile(r"[a-z][\w.+-]*")
_BEFORE: Final = frozenset({"sudo", "doas", "env", "nohup", "exec", "time"})
_BETWEEN: Final = re.compile(r"\s*(?:;|\|\|?|&&|&(?=\s|$))\s*|\s>>?\s")
_MARKUP: Final = re.compile(r"<([a-z][\w:-]*)((?:\s+[\w:-]+=(?:'[^']*'|\"[^\"]*\"))*)\s*/?>")
_ATTRIBUTE: Final = re.compile(r"([\w:-]+)=['\"]")
_PLACEHOLDER: Final = re.compile(r"[A-Z]{2,}|…|\.\.\.|[<>$]")

# The field's own programs; others are only called beside them.
_OURS: Final = re.compile(
    r"qemu-|virsh|virt-|virtiofsd|xl$|xen|guest(fish|mount|unmount)|swtpm|passt|nbd|incus|lxc-|quick(emu|get)"
)
# Programs whose first word that is no option is a command with a help of its own.
_SUBCOMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "virsh": ("virsh", "help", "{}"),
    "qemu-img": ("qemu-img", "{}", "--help"),
    "xl": ("man", "xl"),
    "incus": ("incus", "{}", "--help"),
}
# What is right all the same, and why.
_AGREED: Final[Mapping[str, str]] = {
    "xl devd": "its manual page leaves it out; tools/xl/xl_cmdtable.c has it",
    "xl new": "the text says that it does not exist",
    "--pygrub": "written as --(no)pygrub",
}
# QEMU's options that take a name, and how it is asked for all names.
_NAMED: Final[Mapping[str, tuple[str, ...]]] = {
    "-machine": ("-machine",),
    "-M": ("-machine",),
    "-accel": ("-accel",),
    "-cpu": ("-machine", "none", "-cpu"),
    "-device": ("-machine", "none", "-device"),
    "-object": ("-machine", "none", "-object"),
    "-netdev": ("-machine", "none", "-netdev"),
    "-audiodev": ("-audiodev",),
    "-chardev": ("-machine", "none", "-chardev"),
    "-display": ("-display",),
    "-vga": ("-machine", "none", "-vga"),
}
# Parts of a machine that a build for Linux does not list.
_ELSEWHERE: Final = frozenset(
    {"host", "kvm", "hvf", "whpx", "nvmm", "cocoa", "coreaudio", "dsound", "vmnet-shared", "vmnet-bridged"}
)


@dataclass(slots=True)
class Report:
    """What came of it: how many lines were held, what is not known, and what nobody could ask."""

    held: int = 0
    unknown: list[tuple[str, str]] = field(default_factory=list)
    """(line of code, what is wrong with it)"""
    absent: Counter[str] = field(default_factory=Counter)
    """Programs that are not installed, with the number of lines."""


class Machine:
    """The programs of this machine, or of a tree on it."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._enter = ("chroot", str(root)) if root else ()
        self._ask = cache(self._run)

    def has(self, program: str) -> bool:
        """Whether a program is installed."""
        places = ("usr/bin", "usr/sbin", "bin", "sbin")
        where = os.pathsep.join(str(self._root / p) for p in places) if self._root else None
        return shutil.which(program, path=where) is not None

    def help(self, *words: str) -> str:
        """All that a call prints, on both streams."""
        return self._ask(words)

    @cached_property
    def schema(self) -> str:
        """The schemas of libvirt, all in one; empty where there are none."""
        place = (self._root or Path("/")) / "usr/share/libvirt/schemas"
        return "\n".join(path.read_text() for path in sorted(place.glob("*.rng")))

    def _run(self, words: tuple[str, ...]) -> str:
        done = subprocess.run(
            [*self._enter, "env", "MANWIDTH=500", "MANPAGER=cat", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        return done.stdout.decode(errors="replace")


def code(base: KnowledgeBase) -> tuple[str, ...]:
    """Every piece of code of a base, once, in order."""
    entries = (
        *base.concepts.values(),
        *base.questions.values(),
        *base.misconceptions.values(),
        *base.corrections.values(),
        *base.comparisons.values(),
    )
    return tuple(sorted({c for entry in entries for _, text in texts(entry) for c in code_of(text.en)}))


def hold(pieces: Iterable[str], machine: Machine) -> Report:
    """Ask the programs about each piece of code."""
    report = Report()
    for piece in pieces:
        if piece.startswith("<"):
            if machine.schema and (tags := _MARKUP.findall(piece)):
                report.held += 1
                report.unknown += ((piece, f"libvirt has no {what}") for what in _strange(tags, machine.schema))
            continue
        for program, arguments in _calls(piece):
            if not _OURS.match(program):
                continue
            if not machine.has(program):
                report.absent[program] += 1
                continue
            report.held += 1
            if piece not in _AGREED:
                report.unknown += ((piece, wrong) for wrong in _wrong(program, arguments, machine))
    return report


def _calls(piece: str) -> Iterator[tuple[str, list[str]]]:
    """The programs that a line calls, each with its arguments."""
    for part in _BETWEEN.split(piece):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            words = part.split()
        while words and (words[0] in _BEFORE or re.match(r"[A-Z_]+=", words[0])):
            del words[0]
        if len(words) > 1 and _PROGRAM.fullmatch(program := words[0].rpartition("/")[2]):
            yield program, words[1:]


def _wrong(program: str, arguments: list[str], machine: Machine) -> Iterator[str]:
    told = machine.help(program, "--help")
    if program in _SUBCOMMANDS and (command := _command(arguments)):
        # The manual page names the options of every command: too many.
        asked = machine.help(*(word.format(command) for word in _SUBCOMMANDS[program]))
        if not re.search(rf"^\W*(?:{program} )?{re.escape(command)}\b", asked, re.MULTILINE):
            yield f"{program} has no command {command}"
            return
        told += asked
    else:
        told += machine.help("man", program)
    emulator = program.startswith("qemu-system-")
    known = set(_OPTION.findall(told))
    for argument in arguments:
        if argument == "--":
            break
        option = argument.partition("=")[0]
        if not _OPTION.fullmatch(option) or option[1:].isdigit() or option in known or option in _AGREED:
            continue
        # QEMU takes its long options with two dashes, too; other programs take short ones in one word.
        if emulator and option[1:] in known:
            continue
        if not emulator and not option.startswith("--") and all(f"-{letter}" in known for letter in option[1:]):
            continue
        yield f"{program} does not tell of {option}"
    if emulator:
        for option, value in itertools.pairwise(arguments):
            name = value.partition(",")[0].removeprefix("driver=")
            if option in _NAMED and not _is_there(name, machine.help(program, *_NAMED[option], "help")):
                yield f"{program} has no {option} {name}"


def _command(arguments: list[str]) -> str:
    """The first word that is neither an option nor the value of virsh's -c."""
    words = iter(arguments)
    for word in words:
        if word in ("-c", "--connect"):
            next(words, None)
        elif not word.startswith("-"):
            return "" if _PLACEHOLDER.search(word) else word
    return ""


def _is_there(name: str, listed: str) -> bool:
    plain = name in ("help", "none", *_ELSEWHERE) or "=" in name or _PLACEHOLDER.search(name)
    return bool(plain) or re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", listed) is not None


def _strange(tags: list[tuple[str, str]], schema: str) -> Iterator[str]:
    for element, attributes in tags:
        if ":" in element:
            continue
        if f'<element name="{element}"' not in schema:
            yield f"element <{element}>"
        for attribute in _ATTRIBUTE.findall(attributes):
            if ":" not in attribute and f'<attribute name="{attribute}"' not in schema:
                yield f"attribute {attribute}"


def main() -> int:
    """Print what is not known; the exit code is 1 if anything is."""
    parser = argparse.ArgumentParser(prog="python -m tools.commands", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, help="a tree with the programs in it")
    root: Path | None = parser.parse_args().root
    report = hold(code(load(default_directory())), Machine(root))
    for piece, wrong in report.unknown:
        print(f"{wrong}: {piece}")
    absent = ", ".join(f"{program} {count}" for program, count in report.absent.most_common())
    print(f"{report.held} held, {len(report.unknown)} unknown; not installed: {absent}")
    return 1 if report.unknown else 0


if __name__ == "__main__":
    raise SystemExit(main())
