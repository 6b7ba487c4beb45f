"""A small expert with fixed replies, so that what Discord is sent does not change with the knowledge."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Literal

from bot.core.expert import Expert, LanguageChoice
from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.model import (
    Base,
    Concept,
    Intent,
    LineText,
    Phrasings,
    ProseText,
    Relation,
    RelationType,
    Verdict,
)
from bot.core.reply import (
    CitedSource,
    CorrectionNote,
    Kind,
    Link,
    MisconceptionNote,
    Outcome,
    Reply,
    Table,
)
from bot.locales import Language

NO_TABLE = Table()
REVIEWED = datetime.date(2026, 11, 23)
SOURCES = (
    CitedSource("Kettle handbook", "https://kettles.example/handbook_(new)", "3.1", REVIEWED),
    CitedSource("Stove FAQ [draft]", "https://stoves.example/faq?a=b&c=d", None, REVIEWED),
)

ANSWER = {
    "en": Reply(
        text="what is the difference between a kettle and a stove",
        language="en",
        reply_language="en",
        outcome=Outcome.ANSWER,
        kind=Kind.QUESTION,
        entry="kettle-vs-stove",
        intent=Intent.DIFFERENCE,
        concepts=("kettle", "stove"),
        confidence=0.97,
        title="Kettle or stove: what is the difference?",
        answer="A kettle heats water, and nothing else. A stove heats whatever you put on it.\n\n"
        "Start the kettle with `boil --now`:\n$ boil --now /dev/kettle0\n$ watch temperature",
        detail="A kettle reaches 3 kW. On a stove, `pot_size` decides.",
        misconceptions=(
            MisconceptionNote(
                "A kettle is a fork of the stove",
                "No. It never shared a part with one; only their plugs look alike.",
                "https://kettles.example/history",
            ),
        ),
        corrections=(
            CorrectionNote(
                "Stoves are always hotter",
                Verdict.PARTLY,
                "The plate is; the water in the pot is not.",
                "https://stoves.example/heat",
            ),
        ),
        table=Table(
            columns=("kettle", "stove"),
            headings=("Kettle", "Stove"),
            rows=(("Heats", "water", "anything"), ("Power", "3 kW", "2 kW"), ("Whistles", "yes", "")),
        ),
        sources=SOURCES,
        related=(
            Link("why-does-it-whistle", "Why does the kettle whistle?"),
            Link("concept:pot", "Pot"),
        ),
    ),
    "hi": Reply(
        text="केतली और स्टोव में क्या अंतर है",
        language="hi",
        reply_language="hi",
        outcome=Outcome.ANSWER,
        kind=Kind.QUESTION,
        entry="kettle-vs-stove",
        intent=Intent.DIFFERENCE,
        concepts=("kettle", "stove"),
        confidence=0.97,
        title="केतली और स्टोव में क्या अंतर है?",
        answer="केतली सिर्फ़ पानी गरम करती है। स्टोव पर जो रखें, वही गरम होता है।\n\n"
        "केतली `boil --now` से चलती है:\n$ boil --now /dev/kettle0\n$ watch temperature",
        detail="केतली 3 kW तक जाती है। स्टोव पर `pot_size` तय करता है।",
        misconceptions=(
            MisconceptionNote(
                "केतली, स्टोव का फ़ोर्क है",
                "नहीं। दोनों का कोई पुर्ज़ा एक नहीं है; बस प्लग मिलते-जुलते हैं।",
                "https://kettles.example/history",
            ),
        ),
        corrections=(
            CorrectionNote(
                "स्टोव हमेशा ज़्यादा गरम होता है",
                Verdict.PARTLY,
                "प्लेट होती है; बर्तन का पानी नहीं।",
                "https://stoves.example/heat",
            ),
        ),
        table=Table(
            columns=("kettle", "stove"),
            headings=("केतली", "स्टोव"),
            rows=(("क्या गरम करे", "पानी", "कुछ भी"), ("पावर", "3 kW", "2 kW"), ("सीटी", "हाँ", "")),
        ),
        sources=SOURCES,
        related=(
            Link("why-does-it-whistle", "केतली सीटी क्यों बजाती है?"),
            Link("concept:pot", "बर्तन"),
        ),
    ),
}

_WORDS = {
    "en": {
        "kettle": "Kettle",
        "stove": "Stove",
        "pot": "Pot",
        "what": "A thing in a kitchen.",
        "path": "A pot stands on a stove. A stove needs power.",
        "compare": "One boils, the other cooks.",
        "about": "I answer questions about kitchens.",
        "help": "Kitchen",
        "whistle": "Why does the kettle whistle?",
        "steam": "Steam leaves through a narrow hole.",
        "decline": "I know kitchens only.",
    },
    "hi": {
        "kettle": "केतली",
        "stove": "स्टोव",
        "pot": "बर्तन",
        "what": "रसोई की एक चीज़।",
        "path": "बर्तन स्टोव पर रखा जाता है। स्टोव को बिजली चाहिए।",
        "compare": "एक पानी उबालता है, दूसरे पर खाना बनता है।",
        "about": "मैं रसोई के बारे में सवालों के जवाब देता हूँ।",
        "help": "रसोई",
        "whistle": "केतली सीटी क्यों बजाती है?",
        "steam": "भाप एक छोटे छेद से निकलती है।",
        "decline": "मुझे सिर्फ़ रसोई के बारे में पता है।",
    },
}


_RELATIONS = {
    "stands-on": RelationType(
        id="stands-on",
        sentence=LineText(en="{a} stands on {b}", hi="{a} को {b} पर रखा जाता है"),
        inverse=LineText(en="{b} carries {a}", hi="{b} पर {a} को रखा जाता है"),
        arrow=LineText(en="stands on", hi="किस पर"),
        arrow_inverse=LineText(en="carries", hi="इस पर क्या"),
    ),
    "unlike": RelationType(
        id="unlike",
        sentence=LineText(en="{a} is unlike {b}", hi="{a} और {b} अलग हैं"),
        inverse=LineText(en="{b} is unlike {a}", hi="{b} और {a} अलग हैं"),
        symmetric=True,
    ),
}


def _concept(id: str, *relations: tuple[str, str]) -> Concept:
    nothing = LineText(en="-", hi="-")
    return Concept(
        id=id,
        name=LineText(en=_WORDS["en"][id], hi=_WORDS["hi"][id]),
        summary=nothing,
        explanation=ProseText(en="-", hi="-"),
        relations=tuple(Relation(type=type, to=to) for type, to in relations),
        sources=(),
        reviewed=REVIEWED,
    )


_CONCEPTS = {
    "kettle": _concept("kettle", ("unlike", "stove")),
    "stove": _concept("stove"),
    "pot": _concept("pot", ("stands-on", "stove")),
}


def _language(text: str, chosen: LanguageChoice) -> Literal["en", "hi"]:
    if chosen != "auto":
        return chosen
    return "hi" if any("ऀ" <= letter <= "ॿ" for letter in text) else "en"


class SampleExpert(Expert):
    """Knows three things in a kitchen; remembers what it was asked."""

    def __init__(self) -> None:
        nothing = LineText(en="-", hi="-")
        about = Base(name=nothing, about=ProseText(en="-", hi="-"), examples=Phrasings())
        self.base = KnowledgeBase(about=about, concepts=_CONCEPTS, questions={}, relation_types=_RELATIONS)
        self.followed: list[Reply | None] = []

    def screen(self, text: str) -> bool:
        return any(word in text.casefold() for word in ("kettle", "stove", "hot", "केतली"))

    def ask(self, text: str, *, language: LanguageChoice = "auto", previous: Reply | None = None) -> Reply:
        self.followed.append(previous)
        spoken = _language(text, language)
        if "crash" in text:
            raise RuntimeError("the expert fell ill")
        if "weather" in text or "मौसम" in text:
            return self._reply(
                text, spoken, Outcome.NO_ANSWER, answer=_WORDS[spoken]["decline"], related=self._links(spoken)
            )
        if "hot" in text or "गरम" in text:
            return self._reply(text, spoken, Outcome.CHOOSE, choices=self._links(spoken))
        return ANSWER[spoken]

    def compare(self, names: Sequence[str], *, language: LanguageChoice = "auto") -> Reply:
        spoken = _language(" ".join(names), language)
        words = _WORDS[spoken]
        ids = [name.casefold() for name in names]
        return self._reply(
            " ".join(names),
            spoken,
            kind=Kind.COMPARISON,
            entry="compare:" + "+".join(ids),
            title=" · ".join(words.get(id, id) for id in ids),
            answer=words["compare"],
            table=ANSWER[spoken].table,
            sources=SOURCES,
        )

    def concept(self, name: str, *, language: LanguageChoice = "auto") -> Reply:
        spoken = _language(name, language)
        id = name.casefold()
        return self._reply(
            name,
            spoken,
            kind=Kind.CONCEPT,
            entry=f"concept:{id}",
            title=_WORDS[spoken].get(id, name),
            answer=_WORDS[spoken]["what"],
            sources=SOURCES[:1],
            related=ANSWER[spoken].related,
        )

    def relate(self, first: str, second: str, *, language: LanguageChoice = "auto") -> Reply:
        spoken = _language(first + second, language)
        return self._reply(
            f"{first} {second}",
            spoken,
            kind=Kind.RELATION,
            entry=f"relate:{first}+{second}",
            title=f"{_WORDS[spoken].get(first, first)} → {_WORDS[spoken].get(second, second)}",
            answer=_WORDS[spoken]["path"],
        )

    def open(self, reference: str, *, language: LanguageChoice = "auto") -> Reply | None:
        spoken = _language("", language)
        if reference == "kettle-vs-stove":
            return ANSWER[spoken]
        if reference == "why-does-it-whistle":
            words = _WORDS[spoken]
            return self._reply("", spoken, entry=reference, title=words["whistle"], answer=words["steam"])
        if reference.startswith("concept:"):
            return self.concept(reference.removeprefix("concept:"), language=spoken)
        if reference.startswith("compare:"):
            return self.compare(reference.removeprefix("compare:").split("+"), language=spoken)
        return None

    def suggest(
        self,
        typed: str,
        *,
        what: Literal["concept", "question"],
        language: LanguageChoice = "auto",
        limit: int = 25,
    ) -> tuple[Link, ...]:
        words = _WORDS[_language(typed, language)]
        if what == "question":
            links = [Link("why-does-it-whistle", words["whistle"]), Link("long", "how " * 40)]
        else:
            links = [Link(f"concept:{id}", words[id]) for id in ("kettle", "stove", "pot")]
        return tuple(link for link in links if typed.casefold() in link.title.casefold())[:limit]

    def help(self, *, language: LanguageChoice = "auto") -> Reply:
        spoken = _language("", language)
        words = _WORDS[spoken]
        return self._reply("", spoken, title=words["help"], answer=words["about"])

    def examples(self, language: Language) -> tuple[str, ...]:
        return (ANSWER[language].text, "how is the weather")

    def _links(self, spoken: Literal["en", "hi"]) -> tuple[Link, ...]:
        return tuple(Link(f"concept:{id}", _WORDS[spoken][id]) for id in ("kettle", "stove"))

    def _reply(
        self,
        text: str,
        spoken: Literal["en", "hi"],
        outcome: Outcome = Outcome.ANSWER,
        *,
        kind: Kind | None = None,
        entry: str | None = None,
        title: str = "",
        answer: str = "",
        table: Table = NO_TABLE,
        sources: tuple[CitedSource, ...] = (),
        choices: tuple[Link, ...] = (),
        related: tuple[Link, ...] = (),
    ) -> Reply:
        return Reply(
            text=text,
            language=spoken,
            reply_language=spoken,
            outcome=outcome,
            kind=kind,
            entry=entry,
            title=title,
            answer=answer,
            table=table,
            sources=sources,
            choices=choices,
            related=related,
        )
