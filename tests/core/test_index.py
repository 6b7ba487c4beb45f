"""The index: what is left out leaves no trace, what is kept comes back, and no word brings everything."""

from __future__ import annotations

import msgspec
import pytest

from bot.core.expert import Expert
from bot.core.match.index import Hit, Index, Phrasing, Posting, Wording, build
from bot.core.match.prepare import read_all
from bot.core.understand.query import Reader, Term


def terms(*keys: str) -> list[Term]:
    return [Term(key, 1.0, at) for at, key in enumerate(keys)]


def wording(entry: str, *keys: str) -> Wording:
    return Wording(Phrasing(entry, "en", " ".join(keys)), dict.fromkeys(keys, 1.0))


def counted(hit: Hit) -> tuple[float, ...]:
    return hit.odds, hit.breadth, hit.told, hit.unmet, hit.ample


def test_phrasing_that_is_left_out_leaves_no_trace(barista: Expert) -> None:
    """The same as an index that was built without it."""
    wordings, told, _ = read_all(barista.base, Reader(barista.base))
    whole = build(wordings, told)
    compared = 0
    for hidden in wordings:
        rest = build([w for w in wordings if w is not hidden], told)
        asked = barista.reader.read(hidden.phrasing.text).terms
        expected = {hit.entry: hit for hit in rest.search(asked)}
        for found in whole.search(asked, without=hidden.phrasing):
            # Of entries that are equally likely either may be the last that is looked at.
            if found.entry in expected:
                assert counted(found) == pytest.approx(counted(expected[found.entry]), abs=1e-9)
                # In the other phrasings a word that is rarer now has kept its share.
                assert found.similarity == pytest.approx(expected[found.entry].similarity, abs=0.1)
                compared += 1
    assert compared > 2 * len(wordings)


def test_what_is_kept_comes_back(barista: Expert) -> None:
    index = barista.matcher.index
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(index), type=Index)
    asked = barista.reader.read("espresso vs moka pot").terms
    assert again.search(asked) == index.search(asked) != []


def test_the_same_words_are_as_alike_as_can_be() -> None:
    index = build([wording("one", "a", "b"), wording("two", "a", "c")], {"one": (), "two": ()})
    first, second = index.search(terms("a", "b"))
    assert (first.entry, second.entry) == ("one", "two")
    assert first.similarity == pytest.approx(1.0, abs=1e-3)
    assert first.focus == pytest.approx(1.0, abs=1e-3)
    assert first.breadth == pytest.approx(1.0)
    assert first.odds > second.odds
    assert 0 < second.similarity < 1


def test_an_entry_that_is_asked_in_more_ways_is_more_ample() -> None:
    index = build([wording("one", "a"), *(wording("two", "a", word) for word in "bcde")], {"one": (), "two": ()})
    few, many = sorted(index.search(terms("a")), key=lambda hit: hit.entry)
    assert many.ample > 0 > few.ample
    assert many.ample + few.ample == pytest.approx(0.0)


def test_names_of_which_an_entry_says_nothing_are_counted() -> None:
    index = build([wording("one", "@tea", "a"), wording("two", "@milk", "a")], {"one": ("@sugar",), "two": ()})
    one, two = sorted(index.search(terms("@tea", "@sugar", "a")), key=lambda hit: hit.entry)
    assert (one.unmet, two.unmet) == (0, 2)


def test_many_phrasings_of_one_entry_keep_apart() -> None:
    """Each has its own place in the number that holds them all, the first and the last too."""
    some = [wording("one", f"word{n}", "common") for n in range(300)]
    index = build([*some, wording("two", "common")], {"one": (), "two": ()})
    for n in (0, 1, 150, 298, 299):
        assert index.search(terms(f"word{n}", "common"))[0].phrasing == some[n].phrasing


def test_words_of_an_answer_count_for_it() -> None:
    index = build([wording("one", "a"), wording("two", "a")], {"one": ("b",), "two": ("c",)})
    told = {hit.entry: hit.told - hit.breadth for hit in index.search(terms("a", "b"))}
    assert told["one"] > 0
    assert told["two"] == 0


def test_unknown_words_find_nothing_and_weigh_little() -> None:
    index = build([wording("one", "a")], {"one": ()})
    assert index.search(terms("x", "y")) == []
    assert index.search([]) == []
    assert 0 < index.weight("x") < index.weight("a")


def test_a_word_that_all_have_brings_those_that_it_speaks_for() -> None:
    """However large the base, one word leads to a few hundred entries at most, and the best are among them."""
    entries = [f"entry{n}" for n in range(2_000)]
    wordings = [w for entry in entries for w in (wording(entry, "common"), wording(entry, entry))]
    wordings += [wording("entry1234", "common", "really")] * 3
    index = build(wordings, dict.fromkeys(entries, ()))
    assert index.search(terms("common"))[0].entry == "entry1234"
    assert index.search(terms("common", "entry77"))[0].entry == "entry77"


def test_most_telling_entries_come_first() -> None:
    index = build(
        [wording("one", "a"), wording("two", "a"), wording("two", "a", "b"), wording("three", "c")],
        {"one": (), "two": (), "three": ()},
    )
    posting = index.terms["a"]
    assert isinstance(posting, Posting)
    assert list(posting.entries) == [1, 0]
    assert list(posting.entries.values()) == sorted(posting.entries.values(), reverse=True)
