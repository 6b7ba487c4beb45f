"""A message's payload as an HTML page that looks like Discord's dark theme.

    python -m tests.discordapp.preview payload.json … > page.html

A payload is what the bot sends: an object with `components`, or the list itself.
"""

from __future__ import annotations

import datetime
import html
import json
import re
import sys
from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_STYLE = """
body{background:#313338;color:#dbdee1;font:16px/1.375 'gg sans','Noto Sans','Noto Sans Devanagari',
 'Noto Sans UI','Helvetica Neue',Arial,sans-serif;margin:0;padding:16px}
.message{display:grid;grid-template-columns:56px 1fr;margin:0 0 24px;max-width:640px}
.face{width:40px;height:40px;border-radius:50%;background:#4c8dff;display:grid;place-items:center;color:#fff}
.who{font-weight:600;color:#f2f3f5}.who small{background:#5865f2;color:#fff;border-radius:4px;padding:1px 5px;
 font-size:10px;margin-left:4px}
.box{background:#2b2d31;border:1px solid #3a3c42;border-left-width:4px;border-radius:8px;
 padding:16px;margin-top:4px;display:grid;gap:8px}
.text{white-space:pre-wrap;overflow-wrap:anywhere}.text h3{font-size:17px;margin:0;color:#f2f3f5}
.text small{font-size:13px;color:#949ba4}
.text blockquote{border-left:4px solid #4e5058;margin:0;padding-left:12px}
.text a{color:#00a8fc;text-decoration:none}.text ul{margin:0;padding-left:22px;white-space:normal}
code{background:#1e1f22;border-radius:4px;padding:0 4px;font:14px/1.3 'Noto Sans Mono',Consolas,monospace}
pre{background:#1e1f22;border:1px solid #1a1b1e;border-radius:4px;padding:8px;margin:4px 0;
 font:14px/1.3 'Noto Sans Mono',Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
hr{border:0;border-top:1px solid #3f4147;width:100%;margin:4px 0}
.row{display:flex;flex-wrap:wrap;gap:8px;margin-top:8px}
img{display:block;max-width:min(550px,100%);max-height:350px;border-radius:8px}
button{background:#4e5058;color:#fff;border:0;border-radius:8px;padding:8px 16px;font:500 14px inherit;
 font-family:inherit;text-align:left}
button.s1{background:#5865f2}button.s4{background:#da373c}
.select{background:#1e1f22;border:1px solid #1a1b1e;border-radius:8px;padding:10px 12px;color:#949ba4;
 width:400px;max-width:100%;display:flex;justify-content:space-between}
.options{color:#b5bac1;font-size:13px;margin:4px 0 0 12px}
"""
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")


def page(payloads: Iterable[Any], files: Mapping[str, bytes] | None = None) -> str:
    """One HTML page with all messages, one under the other, and the files that they show."""
    messages = "".join(
        f"<div class=message><div class=face>?</div><div><div class=who>bot<small>APP</small></div>"
        f"{''.join(map(_component, p if isinstance(p, list) else p['components']))}</div></div>"
        for p in payloads
    )
    for name, data in (files or {}).items():
        messages = messages.replace(f"attachment://{name}", f"data:image/png;base64,{b64encode(data).decode()}")
    return f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>{messages}"


def markdown(text: str) -> str:
    """The part of Discord's markdown that the bot uses."""
    kept: list[str] = []

    def keep(markup: str) -> str:
        kept.append(markup)
        return f"\x00{len(kept) - 1}\x00"

    text = re.sub(
        r"```(?:[a-z]*\n)?(.*?)\n?```",
        lambda m: keep(f"<pre>{html.escape(m[1])}</pre>"),
        text,
        flags=re.DOTALL,
    )
    text = re.sub(r"`([^`\n]+)`", lambda m: keep(f"<code>{html.escape(m[1])}</code>"), text)
    text = _ESCAPED.sub(lambda m: keep(html.escape(m[1])), text)
    shown = _lines(text.split("\n"))
    while "\x00" in shown:
        shown = re.sub("\x00(\\d+)\x00", lambda m: kept[int(m[1])], shown)
    return shown.replace("</pre>\n", "</pre>")


def _lines(lines: list[str]) -> str:
    out: list[str] = []
    quoted: list[str] = []
    items: list[str] = []

    def flush() -> None:
        if quoted:
            out.append(f"<blockquote>{_lines(quoted)}</blockquote>")
            quoted.clear()
        if items:
            out.append("<ul>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + "</ul>")
            items.clear()

    for line in lines:
        if line.startswith("> "):
            quoted.append(line[2:])
        elif line.startswith("- "):
            items.append(line[2:])
        else:
            flush()
            if line.startswith("### "):
                out.append(f"<h3>{_inline(line[4:])}</h3>")
            elif line.startswith("-# "):
                out.append(f"<small>{_inline(line[3:])}</small>\n")
            else:
                out.append(_inline(line) + "\n")
    flush()
    return "".join(out).rstrip("\n")


def _inline(text: str) -> str:
    text = re.sub(r"<@(\d+)>", r"**@\1**", text)
    text = re.sub(r"<#(\d+)>", r"**#\1**", text)
    text = re.sub(
        r"<t:(\d+):d>", lambda m: f"{datetime.datetime.fromtimestamp(int(m[1]), datetime.UTC):%d/%m/%Y}", text
    )
    text = html.escape(text, quote=False)
    text = re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    return re.sub(r"\*(.+?)\*", r"<i>\1</i>", text)


def _component(data: dict[str, Any]) -> str:
    kind = data["type"]
    if kind == 17:
        colour = f"#{data.get('accent_color') or 0x3A3C42:06x}"
        inside = "".join(map(_component, data["components"]))
        return f"<div class=box style='border-left-color:{colour}'>{inside}</div>"
    if kind == 10:
        return f"<div class=text>{markdown(data['content'])}</div>"
    if kind == 14:
        return "<hr>" if data.get("divider", True) else "<div></div>"
    if kind == 1:
        return f"<div class=row>{''.join(map(_component, data['components']))}</div>"
    if kind == 2:
        label = f"{(data.get('emoji') or {}).get('name', '')} {data.get('label') or ''}".strip()
        return f"<button class=s{data['style']}>{html.escape(label)}</button>"
    if kind in (6, 8):
        chosen = " ".join(f"{'@' if kind == 6 else '#'}{value['id']}" for value in data.get("default_values") or [])
        shown = html.escape(chosen or data.get("placeholder") or "")
        return f"<div class=select><span>{shown}</span><span>⌄</span></div>"
    if kind == 3:
        listed = data.get("placeholder") is not None
        options = "".join(f"<div>• {html.escape(option['label'])}</div>" for option in data["options"] if listed)
        chosen = next((option["label"] for option in data["options"] if option.get("default")), "")
        shown = html.escape(chosen or data.get("placeholder") or "")
        menu = f"<div class=select><span>{shown}</span><span>⌄</span></div>"
        return f"<div>{menu}<div class=options>{options}</div></div>"
    if kind == 12:
        return "".join(
            f'<img src="{item["media"]["url"]}" alt="{html.escape(item.get("description") or "")}">'
            for item in data["items"]
        )
    raise ValueError(f"no picture for component type {kind}")


if __name__ == "__main__":
    print(page(json.loads(Path(name).read_text("utf-8")) for name in sys.argv[1:]))
