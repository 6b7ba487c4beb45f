"""The command line: every way of using the bot from a shell."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from bot import __version__

if TYPE_CHECKING:
    from bot.core.expert import Expert
    from bot.core.reply import Reply
    from bot.evaluation import Asked

ANSWERED, FAILED, USAGE, CHOICES, DECLINED = 0, 1, 2, 3, 4

MAX_LINE: Final = 100_000
"""Characters of one line of JSON input; a longer one is an error, not a reason to run out of memory."""


class CommandError(Exception):
    """What went wrong, in one message for a person; ends the command with `code`."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that can not show Devanagari, or input that is no text, should not end the program.
            stream.reconfigure(errors="replace")
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.command(arguments))
    except CommandError as error:
        print(f"{arguments.name}: {error}", file=sys.stderr)
        return error.code
    except BrokenPipeError:
        # The reader went away (| head): nothing is left to say.
        sys.stdout = None
        return FAILED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="A knowledge bot for Discord, and its tools.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--knowledge", type=Path, metavar="DIR", help="another knowledge base")
    asking = argparse.ArgumentParser(add_help=False, parents=[common])
    asking.add_argument("--language", choices=("auto", "en", "hi"), default="auto", help="language of the reply")
    asking.add_argument("--json", action="store_true", help="the reply as JSON")
    asking.add_argument("--why", action="store_true", help="show the reasons and the entries that were weighed")

    def add(name: str, run: Callable[[argparse.Namespace], int], help: str, *parents: argparse.ArgumentParser) -> Any:
        command = commands.add_parser(name, help=help, description=help, parents=list(parents))
        command.set_defaults(command=run)
        return command

    add("run", _run, "start the bot: on Discord with DISCORD_TOKEN, else the local page", common)
    ask = add("ask", _ask, "answer a question", asking)
    ask.add_argument("text", nargs="*", help="the question")
    ask.add_argument("--jsonl", nargs="?", const="-", metavar="FILE", help="one JSON object a line, in and out")
    compare = add("compare", _compare, "put two to four things side by side", asking)
    compare.add_argument("names", nargs="+", metavar="NAME")
    concept = add("concept", _concept, "explain one thing", asking)
    concept.add_argument("names", nargs="+", metavar="NAME")
    relate = add("relate", _relate, "tell how two things are connected", asking)
    relate.add_argument("first")
    relate.add_argument("second")
    check = add("check", _check, "lint a knowledge base")
    check.add_argument("directory", nargs="?", type=Path, metavar="DIR")
    check.add_argument(
        "--confirm-hindi", action="store_true", help="note that every Hindi text says what its English says now"
    )
    evaluate = add("eval", _eval, "score question sets", common)
    evaluate.add_argument("files", nargs="*", type=Path, metavar="FILE")
    evaluate.add_argument(
        "--intents",
        nargs=2,
        type=Path,
        metavar=("TRAIN.jsonl", "QUERIES.jsonl"),
        help="score an intent data set instead, on a throw-away base of its own",
    )
    evaluate.add_argument("--worst", type=int, default=20, metavar="N", help="how many misses to list (default 20)")
    evaluate.add_argument("--json", action="store_true", help="the counts as JSON")
    fit = add("fit", _fit, "fit the matcher's weights on the base and on question sets, and print them", common)
    fit.add_argument("files", nargs="*", type=Path, metavar="FILE")
    fit.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw how far the confidence can be trusted")
    bench = add("bench", _bench, "measure speed, side by side with brute force and BM25", common)
    bench.add_argument("--quick", action="store_true", help="the real base and the smallest synthetic one only")
    add("export", _export, "every phrasing as JSON lines", common)
    sync = add("sync", _sync, "register the slash commands with Discord", common)
    sync.add_argument("--guild", type=int, metavar="ID", help="for one server only (takes effect at once)")
    add("health", _health, "exit 0 if the running bot is healthy")
    backup = add("backup", _backup, "copy the database of what people add, even while the bot runs")
    backup.add_argument("file", nargs="?", type=Path, metavar="FILE", help="where to (default: beside it)")
    restore = add("restore", _restore, "put such a copy back; the bot must be stopped")
    restore.add_argument("file", type=Path, metavar="FILE")
    new = add("new", _new, "scaffold a knowledge entry from a question", common)
    new.add_argument("text", nargs="+", help="the question, as somebody asked it")
    add("state", _state, "the state of the knowledge as a Markdown page", common)
    schema = add("schema", _schema, "write the JSON schemas of the knowledge files for editors")
    schema.add_argument("directory", nargs="?", type=Path, metavar="DIR")
    return parser


def _expert(arguments: argparse.Namespace) -> Expert:
    from bot.core.start import start

    with _usable():
        return start(arguments.knowledge)


@contextmanager
def _usable() -> Iterator[None]:
    """A base that can not be used is a message for a person."""
    from bot.core.knowledge import KnowledgeError

    try:
        yield
    except KnowledgeError as error:
        raise CommandError(f"the knowledge base can not be used:\n{error}") from None


def _ask(arguments: argparse.Namespace) -> int:
    if arguments.jsonl is not None:
        if arguments.text:
            raise CommandError("give either a question or --jsonl, not both", USAGE)
        return _ask_lines(arguments)
    if not arguments.text:
        raise CommandError("what is the question? (ask TEXT…, or ask --jsonl FILE)", USAGE)
    expert = _expert(arguments)
    return _show(arguments, lambda: expert.ask(" ".join(arguments.text), language=arguments.language))


def _ask_lines(arguments: argparse.Namespace) -> int:
    expert = _expert(arguments)
    with _opened(arguments.jsonl) as lines:
        for line in _lines(lines):
            if line.strip():
                print(json.dumps(_answer_line(expert, line, arguments.language), ensure_ascii=False), flush=True)
    return ANSWERED


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdin
        return
    try:
        with Path(name).open(encoding="utf-8", errors="replace") as lines:
            yield lines
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from None


def _lines(stream: TextIO) -> Iterator[str]:
    """Lines, none longer than a little over the limit; the rest of a longer one is skipped."""
    while line := stream.readline(MAX_LINE + 2):
        rest = line
        while not rest.endswith("\n") and len(rest) > MAX_LINE:
            rest = stream.readline(MAX_LINE + 2)
            if not rest:
                break
        yield line


def _answer_line(expert: Expert, line: str, language: Any) -> dict[str, object]:
    from bot.core.reply import as_json

    id: object = None
    if len(line) > MAX_LINE:
        return {"id": None, "error": f"the line is longer than {MAX_LINE} characters"}
    try:
        asked = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"not JSON: {error}"}
    if not isinstance(asked, dict):
        return {"id": None, "error": 'expected an object: {"id": …, "text": …}'}
    id = asked.get("id")
    text = asked.get("text")
    if not isinstance(text, str):
        return {"id": id, "error": '"text" must be a string'}
    # A lone surrogate is legal in JSON and can not be printed.
    text = text.encode("utf-8", "replace").decode("utf-8")
    started = time.perf_counter()
    reply = expert.ask(text, language=language)
    return as_json(reply, id=id, elapsed_ms=round((time.perf_counter() - started) * 1000, 3))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _compare(arguments: argparse.Namespace) -> int:
    if not 2 <= len(arguments.names) <= 4:
        raise CommandError("compare takes two to four names", USAGE)
    expert = _expert(arguments)
    return _show(arguments, lambda: expert.compare(arguments.names, language=arguments.language))


def _concept(arguments: argparse.Namespace) -> int:
    expert = _expert(arguments)
    return _show(arguments, lambda: expert.concept(" ".join(arguments.names), language=arguments.language))


def _relate(arguments: argparse.Namespace) -> int:
    expert = _expert(arguments)
    return _show(arguments, lambda: expert.relate(arguments.first, arguments.second, language=arguments.language))


def _show(arguments: argparse.Namespace, answer: Callable[[], Reply]) -> int:
    from bot.core.reply import Outcome, as_json
    from bot.terminal import render

    started = time.perf_counter()
    reply = answer()
    elapsed = (time.perf_counter() - started) * 1000
    if arguments.json:
        print(json.dumps(as_json(reply, elapsed_ms=round(elapsed, 3)), ensure_ascii=False))
    else:
        print(render(reply, why=arguments.why))
    return {Outcome.ANSWER: ANSWERED, Outcome.CHOOSE: CHOICES, Outcome.NO_ANSWER: DECLINED}[reply.outcome]


def _check(arguments: argparse.Namespace) -> int:
    from bot.core.check import check
    from bot.core.knowledge import default_directory
    from bot.core.knowledge.hindi import confirm

    directory = arguments.directory or default_directory()
    if arguments.confirm_hindi:
        try:
            print(f"{confirm(directory)} texts confirmed")
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
    problems = check(directory)
    for problem in problems:
        print(problem)
    errors = sum(p.severity == "error" for p in problems)
    print(f"{errors} errors, {len(problems) - errors} warnings", file=sys.stderr)
    return FAILED if errors else ANSWERED


def _fit(arguments: argparse.Namespace) -> int:
    from bot import diagram, tuning

    fitted = tuning.fit(_expert(arguments), _questions(arguments))
    print(fitted)
    if arguments.picture is not None:
        series = {"entries": fitted.entries, "whole replies": fitted.replies}
        try:
            arguments.picture.write_text(diagram.reliability({k: v for k, v in series.items() if v}), "utf-8")
        except OSError as error:
            raise CommandError(f"{arguments.picture}: {error.strerror}") from None
    return ANSWERED


def _questions(arguments: argparse.Namespace) -> list[Asked]:
    from bot import evaluation

    try:
        return [asked for path in arguments.files for asked in evaluation.read_set(path)]
    except evaluation.QuestionSetError as error:
        raise CommandError(str(error)) from None


def _eval(arguments: argparse.Namespace) -> int:
    from bot import evaluation

    if arguments.intents:
        return _eval_intents(arguments)
    if not arguments.files:
        raise CommandError("which question sets? (eval FILE…, or eval --intents TRAIN.jsonl QUERIES.jsonl)", USAGE)
    questions = _questions(arguments)
    report = evaluation.score(_expert(arguments), questions)
    if arguments.json:
        print(json.dumps(dict(report.table()), ensure_ascii=False, indent=2))
        return ANSWERED
    print(evaluation.summary(report, worst=arguments.worst))
    return ANSWERED


def _eval_intents(arguments: argparse.Namespace) -> int:
    from bot import intents

    if arguments.files:
        raise CommandError("give either question sets or --intents, not both", USAGE)
    try:
        training, queries = (intents.read_examples(path) for path in arguments.intents)
        figures = intents.score(training, queries)
    except intents.IntentSetError as error:
        raise CommandError(str(error)) from None
    print(json.dumps(figures.as_json(), ensure_ascii=False, indent=2) if arguments.json else figures)
    return ANSWERED


def _bench(arguments: argparse.Namespace) -> int:
    from bot.benchmark import run

    print(run(_expert(arguments), quick=arguments.quick))
    return ANSWERED


def _export(arguments: argparse.Namespace) -> int:
    base = _expert(arguments).base
    worded = [("question", q.id, q.phrasings) for q in base.questions.values()]
    worded += [("misconception", m.id, m.worded) for m in base.misconceptions.values()]
    for kind, id, phrasings in worded:
        for language, text in phrasings.items():
            print(json.dumps({"id": id, "kind": kind, "language": language, "text": text}, ensure_ascii=False))
    for concept in base.concepts.values():
        names = (
            ("en", concept.name.en),
            ("hi", concept.name.hi),
            *(("alias", a) for a in (*concept.aliases, *concept.weak)),
        )
        for language, text in names:
            print(
                json.dumps(
                    {"id": concept.id, "kind": "concept", "language": language, "text": text}, ensure_ascii=False
                )
            )
    return ANSWERED


def _new(arguments: argparse.Namespace) -> int:
    from bot.scaffold import new_question

    print(new_question(_expert(arguments), " ".join(arguments.text)), end="")
    return ANSWERED


def _state(arguments: argparse.Namespace) -> int:
    from bot.scaffold import state

    print(state(_expert(arguments).base), end="")
    return ANSWERED


def _schema(arguments: argparse.Namespace) -> int:
    from bot.core.knowledge import default_directory
    from bot.core.knowledge.schema import write

    directory = arguments.directory or default_directory() / "schema"
    print("\n".join(str(path) for path in write(directory)))
    return ANSWERED


def _run(arguments: argparse.Namespace) -> int:
    from bot.reload import Library
    from bot.service import run

    # The settings first: they may name the directory.
    settings = _settings(arguments)
    with _usable():
        library = Library.open(arguments.knowledge)
    return run(settings, library)


def _sync(arguments: argparse.Namespace) -> int:
    from bot.service import sync

    settings = _settings(arguments)
    if settings.discord_token is None:
        raise CommandError("set DISCORD_TOKEN first: commands are registered in the bot's name")
    return sync(settings, _expert(arguments), arguments.guild)


def _health(arguments: argparse.Namespace) -> int:
    from bot.service import health

    return health(_settings(arguments))


def _backup(arguments: argparse.Namespace) -> int:
    from bot.store.backup import copy
    from bot.store.errors import StoreError

    try:
        print(copy(_database(arguments), "manual", to=arguments.file))
    except StoreError as error:
        raise CommandError(str(error)) from None
    return ANSWERED


def _restore(arguments: argparse.Namespace) -> int:
    from bot.service import is_running
    from bot.store.backup import restore
    from bot.store.errors import StoreError

    file = _database(arguments)
    if is_running(_settings(arguments)):
        raise CommandError("the bot is running: stop it first")
    try:
        aside = restore(file, arguments.file)
    except StoreError as error:
        raise CommandError(str(error)) from None
    print(f"{file} is {arguments.file} now" + (f"; what was there is {aside}" if aside else ""))
    return ANSWERED


def _database(arguments: argparse.Namespace) -> Path:
    """The file of the embedded database."""
    from bot.store.engine import Store

    settings = _settings(arguments)
    if settings.database_url is not None:
        store = Store(settings.database_url.get_secret_value())
        if store.file is None:
            raise CommandError("what people add is in PostgreSQL: use pg_dump and pg_restore", USAGE)
        return store.file
    return Store.default_file(settings.data_dir)


def _settings(arguments: argparse.Namespace) -> Any:
    from bot.settings import SettingsError, load_settings

    try:
        settings = load_settings()
    except SettingsError as error:
        raise CommandError(str(error)) from None
    if getattr(arguments, "knowledge", None) is None and hasattr(arguments, "knowledge"):
        arguments.knowledge = settings.knowledge_dir
    return settings
