"""Takes the pictures in docs/images from the bot as it is now.

python -m tools.pictures

The page is the running bot's, in chromium; the Discord replies are the payloads that the bot would
send, with their pictures, drawn the way Discord draws them.  With KNOWLEDGE_DIR set, another base answers.
"""

from __future__ import annotations

import html
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, sync_playwright

from bot.core.expert import Expert
from bot.core.knowledge import load
from bot.core.reply import Reply
from bot.discordapp.ui.render import Frame, render
from bot.pictures.paint import paint
from bot.settings import load_settings
from tests.discordapp.preview import page

IMAGES: Final = Path(__file__).resolve().parents[1] / "docs" / "images"
LARGEST: Final = 200_000
"""Bytes; a README should open at once."""

ON_DISCORD: Final = {
    "reply.png": "KVM is a fork of QEMU, so do I still need QEMU?",
    "reply-hi.png": "kvm qemu ka fork hai to kya qemu install karna padega?",
}
"""Short replies, so that the README shows more than one thing."""
BY_COMMAND: Final[dict[str, tuple[str, Callable[[Expert], Reply]]]] = {
    "concept.png": ("/concept", lambda expert: expert.concept("virtio")),
    "concept-hi.png": ("/concept", lambda expert: expert.concept("qcow2", language="hi")),
    "path.png": ("/relate", lambda expert: expert.relate("virt-manager", "qemu")),
    "path-hi.png": ("/relate", lambda expert: expert.relate("virt-manager", "xen", language="hi")),
}
"""Replies that carry a picture."""
ON_THE_PAGE: Final = {
    "en": "KVM is a fork of QEMU, right? So what is the difference between Xen, KVM and QEMU?",
    "hi": "केवीएम क्यूईएमयू का फ़ोर्क है। ज़ेन, क्यूईएमयू और केवीएम में क्या अंतर है?",
}
LOCALES: Final = {"en": "en-GB", "hi": "hi-IN"}
SCHEMES: Final[tuple[Literal["light"], Literal["dark"]]] = ("light", "dark")

_ASKED: Final = """<style>.asked .face{background:#5865f2}.asked .text{margin-top:2px}</style>
<div class="message asked"><div class=face>A</div><div><div class=who>Asha</div>
<div class=text><span style="background:#3c4270;color:#c9cdfb;border-radius:3px;padding:0 2px">@bot</span> %s</div>
</div></div>"""
_USED: Final = """<div style="margin:0 0 2px 56px;font-size:14px;color:#949ba4">⤷ <b style="color:#c9cdfb">Asha</b>
used <b style="color:#c9cdfb">%s</b></div>"""


def main() -> int:
    """Take all pictures; 1 if one is too large."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            # Chromium's own sandbox does not start for root.
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        taken = [*_replies(browser), *_pages(browser)]
        browser.close()
    large = [path for path in taken if path.stat().st_size > LARGEST]
    for path in taken:
        print(f"{path.stat().st_size // 1000:4} kB  {path}{'  (too large)' if path in large else ''}")
    return 1 if large else 0


def _replies(browser: Browser) -> Iterator[Path]:
    """A question in a channel and the bot's reply under it; a command and its reply."""
    expert = Expert(load(load_settings().knowledge_dir))
    for name, question in ON_DISCORD.items():
        yield _shown(browser, name, expert, expert.ask(question), _ASKED % html.escape(question))
    for name, (command, reply) in BY_COMMAND.items():
        yield _shown(browser, name, expert, reply(expert), _USED % command)


def _shown(browser: Browser, name: str, expert: Expert, reply: Reply, above: str) -> Path:
    picture = paint(expert.base, reply)
    view = render(reply, Frame(asker=1, picture=picture))
    files = {picture.name: picture.png} if picture else {}
    sent = page([view.to_components()], files)  # type: ignore[no-untyped-call]
    context = browser.new_context(viewport={"width": 700, "height": 400}, device_scale_factor=1.25)
    tab = context.new_page()
    tab.set_content(sent.replace("</style>", "</style>" + above, 1))
    path = IMAGES / name
    tab.screenshot(path=path, full_page=True)
    context.close()
    return path


def _pages(browser: Browser) -> Iterator[Path]:
    """The local page with one answer, in both languages, by day and by night."""
    with _running() as address:
        for language, question in ON_THE_PAGE.items():
            for scheme in SCHEMES:
                context = browser.new_context(
                    viewport={"width": 820, "height": 900},
                    device_scale_factor=1.25,
                    locale=LOCALES[language],
                    color_scheme=scheme,
                    reduced_motion="reduce",
                )
                tab = context.new_page()
                tab.goto(address)
                tab.locator("#box").fill(question)
                tab.locator("#box").press("Escape")  # no suggestions over the answer
                tab.locator("#send").click()
                tab.locator("#log article").wait_for()
                tab.evaluate("document.activeElement.blur()")
                path = IMAGES / f"page-{language}-{scheme}.png"
                tab.screenshot(path=path)
                context.close()
                yield path


@contextmanager
def _running() -> Iterator[str]:
    """The bot in a process of its own, without Discord."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"DISCORD_TOKEN": "", "WEB_HOST": "127.0.0.1", "WEB_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=os.environ | settings)
    address = f"http://127.0.0.1:{port}/"
    try:
        deadline = time.monotonic() + 20
        while not _answers(f"{address}health"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the bot did not start")
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
