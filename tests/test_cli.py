"""The command line keeps what CONTRACT promises: commands, fields, exit codes."""

from __future__ import annotations

import io
import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot import __version__
from bot.cli import MAX_LINE, main
from bot.core.knowledge.schema import FILES, schemas
from tests.conftest import COFFEE, Damage

ROOT = Path(__file__).parents[1]
ON_COFFEE = ["--knowledge", str(COFFEE)]

FIELDS: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "language": str,
    "reply_language": str,
    "outcome": str,
    "reasons": list,
    "kind": (str, type(None)),
    "entry": (str, type(None)),
    "intent": (str, type(None)),
    "concepts": list,
    "confidence": float,
    "title": str,
    "answer": str,
    "detail": (str, type(None)),
    "misconceptions": list,
    "corrections": list,
    "table": dict,
    "sources": list,
    "choices": list,
    "related": list,
    "elapsed_ms": float,
}
INSIDE = {
    "misconceptions": {"belief", "text", "source"},
    "corrections": {"corrects", "verdict", "text", "source"},
    "sources": {"title", "url", "version", "reviewed"},
    "choices": {"entry", "title"},
    "related": {"entry", "title"},
}
INTENTS = {
    "difference", "definition", "how-to", "why", "troubleshoot",
    "performance", "security", "can-i", "choice", "relation",
}  # fmt: skip

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the coffee base in this process: exit code, output, errors."""

    def call(*arguments: str, stdin: str | None = None, coffee: bool = True) -> tuple[int, str, str]:
        command, *rest = arguments
        before = sys.stdin
        if stdin is not None:
            sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8", "surrogatepass")), "utf-8")
        try:
            code = main([command, *(ON_COFFEE if coffee else []), *rest])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        finally:
            sys.stdin = before
        out, err = capsys.readouterr()
        return code, out, err

    return call


def process(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        timeout=60,
        check=False,
    )


def contract(said: dict[str, Any]) -> None:
    """A reply as CONTRACT describes it: every field, of its type; more are welcome."""
    for field, kind in FIELDS.items():
        assert field in said, field
        assert isinstance(said[field], kind), (field, said[field])
    assert "id" in said
    assert said["language"] in {"en", "hi", "hi-Latn"}
    assert said["reply_language"] in {"en", "hi"}
    assert said["outcome"] in {"answer", "choose", "no_answer"}
    assert said["kind"] in {"question", "concept", "comparison", "relation", None}
    assert said["intent"] in INTENTS | {None}
    assert 0 <= said["confidence"] <= 1
    for field, keys in INSIDE.items():
        for item in said[field]:
            assert keys <= set(item), field
            assert all(isinstance(item[k], str) or (k == "version" and item[k] is None) for k in keys)
    assert all(c["verdict"] in {"wrong", "dated", "partly", "nuance"} for c in said["corrections"])
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", s["reviewed"]) for s in said["sources"])
    assert {"columns", "rows"} <= set(said["table"])
    assert all(len(row) == 1 + len(said["table"]["columns"]) for row in said["table"]["rows"])
    assert all(isinstance(text, str) for text in (*said["reasons"], *said["concepts"]))


ANSWERED = [
    (["ask", "espresso vs moka pot"], "question"),
    (["ask", "espresso", "vs", "moka", "pot"], "question"),
    (["ask", "Robusta was bred from arabica. Which one should I buy?"], "question"),
    (["compare", "espresso", "mokapot"], "comparison"),
    (["compare", "espresso", "french press", "कोल्ड ब्रू"], "comparison"),
    (["concept", "एस्प्रेसो"], "concept"),
    (["concept", "moka", "pot"], "concept"),
    (["relate", "espresso", "grinder"], "relation"),
]


@pytest.mark.parametrize(("command", "kind"), ANSWERED, ids=[" ".join(c) for c, _ in ANSWERED])
def test_answer_exits_with_0_and_says_all_fields(run: Run, command: Sequence[str], kind: str) -> None:
    code, out, err = run(command[0], "--json", *command[1:])
    assert (code, err) == (0, "")
    said = json.loads(out)
    contract(said)
    assert (said["outcome"], said["kind"]) == ("answer", kind)
    assert said["elapsed_ms"] > 0
    code, text, err = run(*command)
    assert (code, err) == (0, "")
    assert said["title"] in text


CHOSEN = [["concept", "robu"], ["compare", "robu", "espresso"], ["relate", "espresso", "robu"]]


@pytest.mark.parametrize("command", CHOSEN, ids=" ".join)
def test_choices_exit_with_3_and_say_what_could_be_meant(run: Run, command: Sequence[str]) -> None:
    code, out, _ = run(command[0], "--json", *command[1:])
    said = json.loads(out)
    contract(said)
    assert (code, said["outcome"], said["choices"][0]["entry"]) == (3, "choose", "concept:robusta")
    code, text, _ = run(*command)
    assert code == 3
    assert "- Robusta" in text


DECLINED = [
    ["ask", "who is the president"],
    ["ask", ""],
    ["ask", "🎉"],
    ["concept", "zzzzqqqq"],
    ["relate", "espresso", "arabica"],
    ["compare", "espresso", "Espresso"],
]


@pytest.mark.parametrize("command", DECLINED, ids=" ".join)
def test_declined_exits_with_4(run: Run, command: Sequence[str]) -> None:
    code, out, _ = run(command[0], "--json", *command[1:])
    said = json.loads(out)
    contract(said)
    assert (code, said["outcome"]) == (4, "no_answer")
    assert run(*command)[0] == 4


USAGE = [
    [], ["ask"], ["ask", "--jsonl", "-", "text"], ["compare", "espresso"],
    ["compare", "a", "b", "c", "d", "e"], ["relate", "espresso"],
    ["nonsense"], ["ask", "--language", "fr", "x"],
    ["ask", "--no-such-flag", "x"], ["concept"], ["eval"], ["sync", "--guild", "abc"],
]  # fmt: skip


@pytest.mark.parametrize("command", USAGE, ids=" ".join)
def test_wrong_usage_exits_with_2(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: object = main(command)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err


def test_language_of_the_reply_can_be_chosen(run: Run) -> None:
    hindi = json.loads(run("ask", "--json", "--language", "hi", "espresso vs moka pot")[1])
    english = json.loads(run("ask", "--json", "--language", "en", "espresso aur moka pot me kya farq hai")[1])
    assert (hindi["reply_language"], english["reply_language"]) == ("hi", "en")
    assert hindi["entry"] == english["entry"]


def test_text_for_people_shows_everything(run: Run) -> None:
    _, out, _ = run("ask", "--why", "Robusta was bred from arabica. Is arabica or robusta better?")
    for part in (
        "! Not so:",
        "Take arabica",
        "Taste",
        "Holds for Arabica 1999",
        "Sources:",
        "https://coffee.example/beans",
        "Why this answer:",
    ):
        assert part in out, part
    _, out, _ = run("ask", "espresso vs moka pot")
    assert "Right, with a nuance" in out
    _, out, _ = run("ask", "french press too bitter")
    assert "    $ brew --ratio 1:16 --minutes 4" in out
    assert max(map(len, out.splitlines())) <= 100


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_lines_of_json_are_answered_in_order(run: Run) -> None:
    asked = [{"id": n, "text": text} for n, text in enumerate(["espresso vs moka pot", "hello", "CBC kya hai", ""])]
    code, out, err = run("ask", "--jsonl", stdin="\n".join(map(json.dumps, asked)))
    said = lines(out)
    assert (code, err) == (0, "")
    assert [s["id"] for s in said] == [0, 1, 2, 3]
    assert [s["text"] for s in said] == [a["text"] for a in asked]
    for reply in said:
        contract(reply)
    assert [s["outcome"] for s in said] == ["answer", "no_answer", "answer", "no_answer"]


def test_bad_lines_get_an_error_in_their_place_and_the_rest_goes_on(run: Run) -> None:
    bad = [
        "not json", "[1, 2]", "5", "null", '"text"', '{"id": 7}',
        '{"id": 7, "text": 5}', '{"id": 7, "text": null}', '{"id": NaN, "text": "x"}',
        '{"text": "open', "[" * 5000, '{"id": 7, "text": ["x"]}', "{" + "x" * (MAX_LINE + 10) + "}", "\u0000",
    ]  # fmt: skip
    good = json.dumps({"id": "good", "text": "espresso vs moka pot"})
    code, out, err = run("ask", "--jsonl", stdin="\n".join(line for b in bad for line in (b, good)) + "\n")
    said = lines(out)
    assert (code, err) == (0, "")
    assert len(said) == 2 * len(bad)
    for line, error, reply in zip(bad, said[::2], said[1::2], strict=True):
        assert set(error) == {"id", "error"}, line[:40]
        assert error["error"]
        assert error["id"] == (7 if line.startswith('{"id": 7') else None)
        assert (reply["id"], reply["entry"]) == ("good", "espresso-or-moka-pot")
    assert "longer than" in said[24]["error"]


def test_empty_lines_are_passed_over_and_ids_may_be_anything(run: Run) -> None:
    ids: list[Any] = [None, "a", 1.5, [1, {"b": None}], {"x": "é"}, True]
    asked = "\n\n \n".join(json.dumps({"id": id, "text": "espresso", "more": 1}) for id in ids)
    said = lines(run("ask", "--jsonl", "-", stdin=asked)[1])
    assert [s["id"] for s in said] == ids
    no_id = lines(run("ask", "--jsonl", stdin='{"text": "espresso"}')[1])
    assert [s["id"] for s in no_id] == [None]


def test_lines_come_from_a_file_too(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(b'{"id": 1, "text": "espresso vs moka pot"}\r\n{"id": 2, "text": "\xff"}\n')
    code, out, _ = run("ask", "--jsonl", str(file))
    assert (code, [s["id"] for s in lines(out)]) == (0, [1, 2])


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_file_that_can_not_be_read_is_named(run: Run, tmp_path: Path, name: str) -> None:
    code, out, err = run("ask", "--jsonl", str(tmp_path / name))
    assert (code, out) == (1, "")
    assert str(tmp_path / name) in err
    assert "Traceback" not in err


def test_each_line_is_flushed_before_the_next_is_read() -> None:
    """A program that waits for each answer before it asks on is never kept waiting."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "bot", "ask", "--jsonl", *ON_COFFEE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=buffered) as bot:
        assert bot.stdin
        assert bot.stdout
        try:
            for n in range(3):
                bot.stdin.write(json.dumps({"id": n, "text": "एस्प्रेसो"}).encode() + b"\n")
                bot.stdin.flush()
                assert select.select([bot.stdout], [], [], 20)[0], "no answer came"
                assert json.loads(bot.stdout.readline())["id"] == n
        finally:
            bot.stdin.close()
        assert bot.wait(timeout=20) == 0


def test_input_and_output_that_are_no_text_do_not_end_it() -> None:
    done = process(
        "ask",
        *ON_COFFEE,
        "--jsonl",
        stdin=b'{"id": 1, "text": "\xff\xfe"}\n{"id": "\\ud800", "text": "espresso \\ud800"}\n',
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, "?"]
    done = process("ask", *ON_COFFEE, "--language", "hi", "espresso", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"?" in done.stdout


def test_reader_that_goes_away_is_no_error_message() -> None:
    for command in (["export", *ON_COFFEE], ["concept", *ON_COFFEE, "espresso"], ["--help"]):
        with subprocess.Popen(
            [sys.executable, "-m", "bot", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
        ) as bot:
            assert bot.stdout
            assert bot.stderr
            bot.stdout.close()
            assert bot.stderr.read() == b""
            assert bot.wait(timeout=20) in {0, 1, 120}


def test_missing_base_is_one_message_with_rule_and_path(run: Run, tmp_path: Path) -> None:
    for command in (["ask", "x"], ["concept", "x"], ["export"]):
        code, out, err = run(*command, "--knowledge", str(tmp_path / "none"), coffee=False)
        assert (code, out) == (1, "")
        assert f"KB001 {tmp_path / 'none'}:1: there is no such directory" in err


def test_broken_base_is_told_with_file_line_and_rule(run: Run, damage: Damage) -> None:
    damage("sources/all.yaml", "url: https://coffee.example/beans", "url: nowhere")
    directory = damage("concepts/drinks.yaml", "scope: neighbour", "scpoe: neighbour")
    code, out, err = run("ask", "--knowledge", str(directory), "espresso", coffee=False)
    assert (code, out) == (1, "")
    assert re.search(
        r'^KB002 concepts/drinks.yaml:\d+: instant-coffee: unknown field "scpoe" \(did you mean "scope"\?\)$',
        err,
        re.MULTILINE,
    )
    assert re.search(r"^KB002 sources/all.yaml:\d+: bean-atlas: url: ", err, re.MULTILINE)
    assert "Traceback" not in err


def test_check_prints_problems_and_exits_with_1(run: Run, damage: Damage) -> None:
    directory = damage("concepts/drinks.yaml", "scope: neighbour", "scpoe: neighbour")
    code, out, err = run("check", str(directory), coffee=False)
    assert code == 1
    assert re.search(r"^KB002 concepts/drinks.yaml:\d+: ", out, re.MULTILINE)
    assert err == f"{len(out.splitlines())} errors, 0 warnings\n"


def test_check_of_a_clean_base_exits_with_0(run: Run, damage: Damage) -> None:
    assert run("check", str(COFFEE), coffee=False) == (0, "", "0 errors, 0 warnings\n")
    directory = damage("sources/all.yaml", "https://coffee.example/beans", "https://coffee.example/brewing")
    code, out, _ = run("check", str(directory), coffee=False)
    assert code == 0
    assert ": warning: " in out


def test_check_of_nothing_exits_with_1(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("check", str(tmp_path / "none"), coffee=False)
    assert code == 1
    assert "KB001" in out
    code, out, err = run("check", "--confirm-hindi", str(tmp_path / "none"), coffee=False)
    assert (code, out) == (1, "")
    assert "Traceback" not in err


def test_hindi_is_confirmed(run: Run, damage: Damage) -> None:
    directory = damage("concepts/beans.yaml", "about 80 milligrams", "about 90 milligrams")
    assert "KB033" in run("check", str(directory), coffee=False)[1]
    code, out, _ = run("check", "--confirm-hindi", str(directory), coffee=False)
    assert code == 0
    assert re.match(r"\d+ texts confirmed\n$", out)


def test_export_has_every_phrasing_and_name_once(run: Run) -> None:
    code, out, _ = run("export")
    said = lines(out)
    assert code == 0
    assert all(set(line) == {"id", "kind", "language", "text"} for line in said)
    assert {line["kind"] for line in said} == {"question", "misconception", "concept"}
    assert {
        "id": "espresso-or-moka-pot",
        "kind": "question",
        "language": "hi-Latn",
        "text": "moka pot vs espresso batao",
    } in said
    assert {line["language"] for line in said if line["kind"] == "question"} == {"en", "hi", "hi-Latn"}
    assert sum(line["kind"] == "question" for line in said) == 7 * 13


def test_eval_scores_a_set(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "set.yaml"
    file.write_text(
        "- {id: a, text: espresso vs moka pot, language: en, in_domain: true, must: [[9 bar]]}\n"
        "- {id: b, text: weather today, language: en, in_domain: false}\n",
        "utf-8",
    )
    code, out, _ = run("eval", str(file))
    assert code == 0
    assert re.search(r"^in domain +1 +100\.0%", out, re.MULTILINE)
    code, out, _ = run("eval", "--json", str(file))
    assert json.loads(out)["out of domain"] == {"right": 1}


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "a: b",
        "- 5",
        "- {id: a}",
        "- {id: a, text: b, language: fr, in_domain: true}",
        "- {id: a, text: b, language: en, in_domain: true, must: [['(']]}",
        "\x00",
    ],
)
def test_eval_names_what_is_wrong_with_a_set(run: Run, tmp_path: Path, content: str) -> None:
    file = tmp_path / "set.yaml"
    file.write_text(content, "utf-8")
    code, out, err = run("eval", str(file))
    assert (code, out) == (1, "")
    assert str(file) in err
    assert "Traceback" not in err


def test_schema_writes_what_editors_need(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("schema", str(tmp_path / "schema"), coffee=False)
    assert code == 0
    assert sorted(p.name for p in (tmp_path / "schema").iterdir()) == sorted(f"{name}.json" for name in FILES)
    assert len(out.splitlines()) == len(FILES)
    assert json.loads((tmp_path / "schema" / "concepts.json").read_text("utf-8")) == json.loads(
        json.dumps(schemas()["concepts.json"])
    )


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.strip() == __version__


def test_every_command_of_the_contract_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    for command in ("run", "ask", "compare", "concept", "relate", "check", "eval", "bench", "export", "sync", "health"):
        assert re.search(rf"^    {command} ", out, re.MULTILINE), command


def test_sync_without_a_token_says_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    code, out, err = run("sync")
    assert (code, out) == (1, "")
    assert "DISCORD_TOKEN" in err


def test_settings_that_are_wrong_end_it_with_one_message(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WEB_PORT", "99999")
    for command in ("run", "sync", "health"):
        code, out, err = run(command, coffee=command != "health")
        assert (code, out) == (1, "")
        assert "WEB_PORT" in err
        assert "Traceback" not in err


def test_health_of_a_bot_that_does_not_run_is_1(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WEB_PORT", "1")
    code, out, err = run("health", coffee=False)
    assert (code, out) == (1, "")
    assert "nothing answers at http://127.0.0.1:1/health" in err


def test_first_answer_of_a_cold_process_on_the_real_base() -> None:
    done = process("ask", "--json", "QEMU aur KVM me kya antar hai?")
    assert done.returncode == 0, done.stderr.decode()
    said = json.loads(done.stdout)
    contract(said)
    assert {"qemu", "kvm"} <= set(said["concepts"])
    assert said["reply_language"] == "hi"
