"""Every entry of the real base can be shown whole, in both languages: on one page, or on more where it is opened."""

from __future__ import annotations

from bot.core.expert import Expert
from bot.core.knowledge import load
from bot.discordapp.ui import controls
from bot.discordapp.ui.markdown import pieces, prose
from bot.discordapp.ui.render import Frame, render
from bot.locales import LANGUAGES
from tests.discordapp.description import V2, message_problems
from tests.discordapp.test_render import components_of
from tests.loopback.server import texts


def test_every_entry_fits() -> None:
    expert = Expert(load())
    base = expert.base
    references = [*base.questions, *(f"concept:{id}" for id in base.concepts)]
    wrong: list[str] = []
    for reference in references:
        wrong += [] if controls.fits(reference) else [f"{reference}: no button can carry it"]
        for language in LANGUAGES:
            reply = expert.open(reference, language=language)
            assert reply is not None
            for expanded in (False, True):
                pages = []
                for page in range(10 if expanded else 1):
                    components = components_of(render(reply, Frame(1, expanded=expanded, page=page)))
                    sent = {"components": components, "flags": V2}
                    wrong += [f"{reference} ({language}): {problem}" for problem in message_problems(sent)]
                    pages.append(texts(sent))
                    if f'"p:{language[0]}:1:{page + 1}:' not in str(sent).replace("'", '"'):
                        break
                text = "".join(pages)
                if prose(reply.answer)[0] not in text:
                    wrong.append(f"{reference} ({language}): the answer had to be cut")
                if expanded and not all(piece in text for piece in pieces(reply.detail or "", 3000)):
                    wrong.append(f"{reference} ({language}): the detail had to be cut")
                for note in reply.corrections:
                    if prose(note.text)[0] not in text:
                        wrong.append(f"{reference} ({language}): a correction had to be cut: {note.corrects}")
    assert wrong == []
