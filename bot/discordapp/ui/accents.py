"""The colours of the bar beside a reply."""

from __future__ import annotations

from typing import Final

from bot.core.reply import Outcome

ACCENT: Final = {Outcome.ANSWER: 0x4C8DFF, Outcome.CHOOSE: 0x9B8CFF, Outcome.NO_ANSWER: 0x8A8F98}
