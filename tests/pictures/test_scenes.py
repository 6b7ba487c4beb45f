"""Every picture of the real base: nothing overlaps, no letter leaves its place, and the words tell the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations
from random import Random

import msgspec
import pytest
from PIL import Image

from bot.core.compose import say_edge
from bot.core.expert import Expert
from bot.core.reply import Kind, Table
from bot.locales import LANGUAGES, Language
from bot.pictures import colours
from bot.pictures.draw import SCALE, png
from bot.pictures.letters import baselines, fits, font, shapes_devanagari, shorten, width, wrap
from bot.pictures.names import arrow_words, short_name
from bot.pictures.neighbourhood import NEIGHBOURS, ROWS, neighbourhood
from bot.pictures.paint import WORDS, compose, paint
from bot.pictures.path import path
from bot.pictures.scene import Align, Face, Rect, Scene, Text

pytestmark = pytest.mark.skipif(not shapes_devanagari(), reason="the system has no FriBiDi library")

SMALLEST = 8.8
"""Pixels of an em on a phone, where 330 of them are the whole width."""
PHONE = 330.0


def ink(text: Text) -> Iterator[Rect]:
    """Where the letters of each line really are."""
    for line, baseline in zip(text.lines, baselines(len(text.lines), text.area, text.face), strict=True):
        centred = text.align is Align.CENTRE
        left, top, right, bottom = font(text.face, SCALE).getbbox(line, anchor="ms" if centred else "ls")
        x = text.area.centre[0] if centred else text.area.x
        yield Rect(x + left / SCALE, baseline + top / SCALE, (right - left) / SCALE, (bottom - top) / SCALE)


def wrong(scene: Scene) -> list[str]:
    """What a designer would send back."""
    found: list[str] = []
    page = Rect(4, 4, scene.width - 8, scene.height - 8)
    boxes = [box.area for box in scene.boxes]
    lines = [(area, text.lines) for text in scene.texts for area in ink(text)]
    found += [f"two boxes meet at {a}" for a, b in combinations(boxes, 2) if a.meets(b)]
    found += [f"a box leaves the page: {area}" for area in boxes if not area.inside(page)]
    found += [f"{text} leaves the page" for area, text in lines if not area.inside(page)]
    found += [f"{text} meets a box" for area, text in lines for box in boxes if area.meets(box)]
    found += [f"{a[1]} meets {b[1]}" for a, b in combinations(lines, 2) if a[0].meets(b[0])]
    for box in scene.boxes:
        room = Rect(box.area.x + 6, box.area.y + 2, box.area.width - 12, box.area.height - 4)
        found += [f"{box.text.lines} leaves its box" for area in ink(box.text) if not area.inside(room)]
    for arrow in scene.arrows:
        found += [f"an arrow leaves the page: {arrow}" for x, y in arrow.points if not Rect(x, y, 0, 0).inside(page)]
        start, *_, end = arrow.points
        for x, y in (start, end):
            if any(area.meets(Rect(x - 0.5, y - 0.5, 1, 1)) for area, _ in lines):
                found.append(f"an arrow runs into words: {arrow}")
    faces = {text.face for text in (*scene.texts, *(box.text for box in scene.boxes))}
    found += [f"too small for a phone: {face}" for face in faces if face.size * PHONE / scene.width < SMALLEST]
    return found


def written(scene: Scene) -> set[str]:
    """Everything that can be read in a picture."""
    return {" ".join(text.lines) for text in (*scene.texts, *(box.text for box in scene.boxes))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_concept(expert: Expert, language: Language) -> None:
    problems: list[str] = []
    bare = 0
    for concept in expert.base.concepts:
        reply = expert.open(f"concept:{concept}", language=language)
        assert reply is not None
        composed = compose(expert.base, reply, language)
        if composed is None:
            assert not expert.base.edges[concept]
            bare += 1
            continue
        scene, words = composed
        problems += [f"{concept}: {problem}" for problem in wrong(scene)]
        assert len(scene.boxes) <= NEIGHBOURS + 1 <= 10
        assert len(scene.arrows) <= ROWS
        assert 0 < len(words.encode("utf-16-le")) // 2 <= WORDS
        if any("…" in line for line in written(scene)):
            problems.append(f"{concept}: something had to be cut: {written(scene)}")
    assert problems == []
    assert bare < len(expert.base.concepts) / 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_paths(expert: Expert, language: Language) -> None:
    base = expert.base
    pairs = list(combinations(base.concepts, 2))
    problems: list[str] = []
    for a, b in [*Random(7).sample(pairs, 150), ("xen", "qemu"), ("proxmox-ve", "kvm"), ("ept", "backing-file")]:
        if edges := base.path(a, b):
            scene = path(base, edges, language)
            problems += [f"{a} to {b}: {problem}" for problem in wrong(scene)]
            assert len(scene.boxes) == len(edges) + 1
            names = [" ".join(box.text.lines) for box in scene.boxes]
            assert names == [short_name(base, step, language) for step in (a, *(edge.end for edge in edges))]
            assert [" ".join(text.lines) for text in scene.texts] == [arrow_words(base, e, language) for e in edges]
    assert problems == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_comparisons(expert: Expert, language: Language) -> None:
    problems: list[str] = []
    random = Random(7)
    tried = drawn = 0
    for table in expert.base.comparisons.values():
        columns = sorted({concept for row in table.dimensions for concept in row.cells})
        for many in (2, 3, 4):
            for _ in range(1 + (many == 2)):
                names = random.sample(columns, min(many, len(columns)))
                reply = expert.open("compare:" + "+".join(names), language=language)
                if reply is None or not reply.table:
                    continue
                tried += 1
                if composed := compose(expert.base, reply, language):
                    scene, words = composed
                    drawn += 1
                    problems += [f"{names}: {problem}" for problem in wrong(scene)]
                    shown = written(scene)
                    assert len(words.encode("utf-16-le")) // 2 <= WORDS
                    assert all(text in words for text in shown - {"–"})
    assert problems == []
    assert drawn > tried * 0.8


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_tell_what_is_seen(expert: Expert, language: Language) -> None:
    base = expert.base
    for concept in ("xen", "kvm", "qemu", "virtio", "qcow2"):
        reply = expert.open(f"concept:{concept}", language=language)
        found = neighbourhood(base, concept, language)
        assert reply is not None
        assert found is not None
        scene, edges = found
        composed = compose(base, reply, language)
        assert composed is not None
        assert composed[0] == scene
        seen = {" ".join(box.text.lines) for box in scene.boxes[1:]}
        assert seen == {short_name(base, edge.end, language) for edge in edges}
        for edge in edges:
            assert say_edge(base, edge, language) in composed[1]
        hidden = len(set(base.neighbours(concept))) - len(edges)
        assert (str(hidden) in composed[1]) == bool(hidden)


def test_pictures_are_quick_and_small(expert: Expert) -> None:
    references = [f"concept:{c}" for c in ("xen", "kvm", "qemu", "virtio", "qcow2")]
    references += ["relate:xen+qemu", "relate:ept+backing-file", "compare:xen+kvm", "compare:xen+kvm+qemu"]
    for reference in references:
        for language in LANGUAGES:
            reply = expert.open(reference, language=language)
            assert reply is not None
            started = time.perf_counter()
            picture = paint(expert.base, reply)
            took = (time.perf_counter() - started) * 1000
            assert picture is not None
            with Image.open(BytesIO(picture.png)) as image:
                size, kind = image.size, image.format
            print(f"{reference:28} {language}  {took:4.0f} ms  {len(picture.png) // 1000:3} kB  {size[0]} x {size[1]}")
            assert kind == "PNG"
            assert size[0] >= 2 * 400
            assert len(picture.png) < 100_000
            assert picture.name == reference.replace(":", "-").replace("+", "-") + ".png"


def test_another_subject(barista: Expert) -> None:
    for language in LANGUAGES:
        for concept in barista.base.concepts:
            reply = barista.open(f"concept:{concept}", language=language)
            assert reply is not None
            if composed := compose(barista.base, reply, language):
                assert wrong(composed[0]) == []
                assert png(composed[0])


def test_a_relation_without_words_for_its_arrow_is_read_from_its_sentence(barista: Expert) -> None:
    base = barista.base
    edges = {(edge.type, edge.forward): edge for edges in base.edges.values() for edge in edges}
    assert arrow_words(base, edges["uses", True], "en") == "uses"
    assert arrow_words(base, edges["uses", False], "en") == "is used by"
    assert arrow_words(base, edges["uses", True], "hi") == "… का इस्तेमाल करता है"


def test_devanagari_is_shaped() -> None:
    """A conjunct is narrower than its letters, and a vowel sign that stands first is not last."""
    face = Face(100)
    assert width("क्ष", face) < width("क", face) + width("ष", face)
    assert font(face).getmask("कि").getbbox() != font(face).getmask("क").getbbox()
    alone = font(face).getlength("क") + font(face).getlength("ि")
    assert width("कि", face) <= alone


@pytest.mark.parametrize("text", ["one two three four", "क्षत्रिय हार्डवेयर वर्चुअलाइज़ेशन", "x" * 60, "a " + "y" * 60])
@pytest.mark.parametrize("room", [60.0, 120.0, 400.0])
def test_lines_keep_to_their_room(text: str, room: float) -> None:
    face = Face(18)
    for most in (1, 2, 99):
        lines = wrap(text, room, face, most)
        assert len(lines) <= most
        assert all(width(line, face) <= room for line in lines)
        assert fits(text, room, face, most) == (" ".join(lines) == text)
    assert width(shorten(text, room, face), face) <= room


def test_a_table_that_can_not_be_read_has_no_picture(expert: Expert) -> None:
    reply = expert.open("compare:xen+kvm", language="en")
    assert reply is not None
    long = ("A label", "word " * 60, "word " * 60)
    for table in (Table(("a", "b"), (long,) * 9, ("A", "B")), Table(), Table(tuple("abcde"), (("L", *"vwxyz"),) * 3)):
        assert compose(expert.base, msgspec.structs.replace(reply, table=table), "en") is None
    mixed = Table(("a", "b"), (long, ("One", "1", ""), long, ("Two", "2", "3")), ("A", "B"))
    composed = compose(expert.base, msgspec.structs.replace(reply, table=mixed), "en")
    assert composed is not None
    assert "Rows that are not shown: 2." in composed[1]
    assert wrong(composed[0]) == []


def test_replies_of_another_kind_have_no_picture(expert: Expert) -> None:
    reply = expert.open("concept:xen", language="en")
    assert reply is not None
    for kind, entry in ((Kind.QUESTION, "concept:xen"), (Kind.CONCEPT, "concept:gone"), (Kind.RELATION, "relate:xen")):
        assert compose(expert.base, msgspec.structs.replace(reply, kind=kind, entry=entry), "en") is None


def test_colours_can_be_told_from_the_panel() -> None:
    for front in (colours.INK, colours.MUTED, *colours.ROWS):
        assert contrast(front, colours.PANEL) >= 7
    assert contrast(colours.INK, colours.CHIP) >= 7
    assert contrast(colours.INK, colours.HUB) >= 4.5


def contrast(one: str, other: str) -> float:
    """As WCAG counts it."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)
