"""What goes in comes out, for the right server, on both databases."""

from __future__ import annotations

import asyncio
import datetime

import pytest
from sqlalchemy import select, update

from bot.core.knowledge.model import Intent
from bot.store import Store
from bot.store.contributions import Contributions, Taken, TooMany
from bot.store.guilds import Guilds
from bot.store.leases import Leases
from bot.store.model import (
    DEFAULTS,
    Asked,
    Contribution,
    Correction,
    Entry,
    Gap,
    GuildSettings,
    Reference,
    Status,
    Words,
    own_id,
)
from bot.store.people import People
from bot.store.replies import Answered, Replies
from bot.store.tables import OF_GUILDS, guilds, metadata
from bot.store.tallies import Tallies

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
HERE, ELSEWHERE = 2**62 + 1, 2**62 + 2
ASHA, RAVI = 501, 502
WRONG = Correction(wrong="KVM needs Xen", right="KVM needs only Linux.", source="https://example.org/kvm")
OWN = Entry(
    title=Words(en="How do I get a VM here?", hi="यहाँ VM कैसे मिलेगी?"),
    answer=Words(en="Ask in the channel."),
    intent=Intent.HOW_TO,
    concepts=("kvm",),
    phrasings=("vm request", "vm kaise milegi"),
    sources=(Reference(title="Rules", url="https://example.org/rules"),),
)


async def _proposed(store: Store, guild: int = HERE, author: int = ASHA) -> Contribution:
    return await Contributions(store).propose(guild, author, WRONG, entry="what-is-kvm", now=NOW)


async def test_settings_are_the_defaults_until_chosen(store: Store) -> None:
    settings = Guilds(store)
    chosen = GuildSettings(language="hi", channels=(2**62, 7), strictness="strictest", keep_texts=True)
    assert await settings.settings(HERE) == DEFAULTS
    await settings.choose(HERE, chosen, NOW)
    assert await settings.settings(HERE) == chosen
    assert await settings.settings(ELSEWHERE) == DEFAULTS
    await settings.choose(HERE, DEFAULTS, NOW)
    assert await settings.settings(HERE) == DEFAULTS


async def test_a_value_that_is_no_longer_known_becomes_the_default_and_the_rest_stays(store: Store) -> None:
    await Guilds(store).choose(HERE, GuildSettings(language="hi"), NOW)
    async with store.writing() as connection:
        odd = {"language": "hi", "strictness": "reckless", "channels": ["a"], "new": 1}
        await connection.execute(update(guilds).values(settings=odd))
    assert await Guilds(store).settings(HERE) == GuildSettings(language="hi")


async def test_a_proposal_keeps_every_word(store: Store) -> None:
    contributions = Contributions(store)
    kept = await _proposed(store)
    assert (kept.status, kept.entry, kept.content, kept.author_id, kept.created_at, kept.revision) == (
        Status.PENDING,
        "what-is-kvm",
        WRONG,
        ASHA,
        NOW,
        1,
    )
    own = await contributions.propose(HERE, RAVI, OWN, entry=None, now=NOW)
    assert own.content == OWN
    assert own_id(own.entry) == own.id
    assert await contributions.list(HERE) == (kept, own)
    assert await contributions.list(HERE, kind="entry") == (own,)
    assert await contributions.list(HERE, entry="what-is-kvm", status=Status.PENDING) == (kept,)
    assert await contributions.list(HERE, status=Status.APPROVED) == ()


async def test_of_two_moderators_only_the_first_decides(store: Store) -> None:
    contributions = Contributions(store)
    kept = await _proposed(store)
    first, second = await asyncio.gather(
        contributions.decide(HERE, kept.id, Status.APPROVED, by=1, revision=1, now=NOW, base_hash="h"),
        contributions.decide(HERE, kept.id, Status.REJECTED, by=2, revision=1, now=NOW),
    )
    done = [d for d in (first, second) if d is not None]
    assert len(done) == 1
    stands = await contributions.get(HERE, kept.id)
    assert stands == done[0]
    assert stands.revision == 2
    assert stands.decided_at == NOW


async def test_an_edit_of_an_old_revision_is_refused(store: Store) -> None:
    contributions = Contributions(store)
    kept = await _proposed(store)
    better = Correction(wrong="KVM needs Xen", right="No: KVM needs Linux alone.")
    edited = await contributions.edit(HERE, kept.id, better, revision=1)
    assert edited is not None
    assert (edited.content, edited.revision) == (better, 2)
    assert await contributions.edit(HERE, kept.id, WRONG, revision=1) is None


async def test_a_vote_changes_and_counts_once(store: Store) -> None:
    contributions = Contributions(store)
    kept = await _proposed(store)
    assert await contributions.vote(HERE, kept.id, RAVI, up=True) is None, "not approved yet"
    await contributions.decide(HERE, kept.id, Status.APPROVED, by=1, revision=1, now=NOW)
    for up in (True, True, False):
        voted = await contributions.vote(HERE, kept.id, RAVI, up=up)
    await contributions.vote(HERE, kept.id, ASHA, up=True)
    voted = await contributions.get(HERE, kept.id)
    assert voted is not None
    assert (voted.up, voted.down) == (1, 1)


async def test_an_import_is_taken_whole_or_not_at_all(store: Store) -> None:
    contributions = Contributions(store)
    assert await contributions.take(HERE, [Taken(WRONG, "what-is-kvm"), Taken(OWN)], by=ASHA, now=NOW) == 2
    correction, own = await contributions.list(HERE, status=Status.APPROVED)
    assert correction.content == WRONG
    assert (own.content, own_id(own.entry)) == (OWN, own.id)
    broken = Taken(WRONG, "x" * 10), Taken(WRONG, object())  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"."):
        await contributions.take(HERE, broken, by=ASHA, now=NOW)
    assert len(await contributions.list(HERE)) == 2


async def test_a_correction_of_an_own_entry_finds_it_after_an_import(store: Store) -> None:
    contributions = Contributions(store)
    await contributions.take(HERE, [Taken(OWN), Taken(WRONG, 0, "h")], by=ASHA, now=NOW)
    own, correction = await contributions.list(HERE)
    assert (correction.entry, correction.base_hash) == (own.entry, "h")


async def test_a_person_waits_for_decisions_before_the_next_proposal(store: Store) -> None:
    contributions = Contributions(store)

    async def propose(guild: int = HERE, author: int = ASHA) -> Contribution:
        return await contributions.propose(guild, author, WRONG, entry="what-is-kvm", now=NOW, most=2)

    first, second = await propose(), await propose()
    with pytest.raises(TooMany):
        await propose()
    await propose(author=RAVI)
    await propose(guild=ELSEWHERE)
    await contributions.decide(HERE, first.id, Status.REJECTED, by=1, revision=1, now=NOW)
    await propose()
    assert await contributions.kept(HERE, "correction") == 0
    await contributions.decide(HERE, second.id, Status.APPROVED, by=1, revision=1, now=NOW)
    assert await contributions.kept(HERE, "correction") == 1
    assert await contributions.kept(HERE, "entry") == 0


async def test_one_of_many_processes_tells_of_a_change(store: Store) -> None:
    contributions = Contributions(store)
    kept = await _proposed(store)
    claims = [contributions.changed(HERE, kept.id, "new", before=None) for _ in range(4)]
    assert sorted(await asyncio.gather(*claims)) == [False, False, False, True]
    assert not await contributions.changed(ELSEWHERE, kept.id, "newer", before="new")
    assert await contributions.changed(HERE, kept.id, "newer", before="new")


async def test_counts_add_up_by_day_and_language(store: Store) -> None:
    tallies = Tallies(store)
    today = NOW.date()
    asked = Asked(HERE, today, "what-is-kvm", "answer", "en")
    for _ in range(2):
        await tallies.add({asked: 3, asked._replace(language="hi", entry="", outcome="no_answer"): 1}, [])
    gap = Gap(guild_id=HERE, at=NOW, language="hi", intent="why", concepts=("kvm",), text="क्यों?")
    await tallies.add({asked._replace(guild_id=ELSEWHERE): 9}, [gap, Gap(guild_id=ELSEWHERE, at=NOW, language="en")])
    await tallies.vote(HERE, "what-is-kvm", ASHA, helped=True, now=NOW)
    await tallies.vote(HERE, "what-is-kvm", ASHA, helped=False, now=NOW)
    await tallies.vote(HERE, "what-is-kvm", RAVI, helped=True, now=NOW)
    tally = await tallies.of(HERE, (NOW - 2 * DAY).date(), today)
    assert tally.outcomes == {"answer": 6, "no_answer": 2}
    assert tally.languages == {"en": 6, "hi": 2}
    assert tally.top == (("what-is-kvm", 6),)
    assert [(d.answer, d.no_answer) for d in tally.days] == [(0, 0), (0, 0), (6, 2)]
    assert tally.gaps == (gap,)
    assert tally.helpful == 0.5
    assert (await tallies.votes_on(HERE, "what-is-kvm")).yes == 1
    assert (await tallies.of(HERE, (NOW - 9 * DAY).date(), (NOW - 8 * DAY).date())).total == 0


async def test_words_of_questions_can_be_dropped_alone(store: Store) -> None:
    tallies = Tallies(store)
    gaps = [Gap(guild_id=guild, at=NOW, language="en", text="why?") for guild in (HERE, ELSEWHERE)]
    await tallies.add({}, gaps)
    await tallies.forget_texts(HERE)
    assert [g.text for g in (await tallies.of(HERE, NOW.date(), NOW.date())).gaps] == [None]
    assert [g.text for g in (await tallies.of(ELSEWHERE, NOW.date(), NOW.date())).gaps] == ["why?"]


async def test_old_data_goes_and_new_stays(store: Store) -> None:
    tallies, replies, contributions = Tallies(store), Replies(store), Contributions(store)
    for at in (NOW - 100 * DAY, NOW):
        await tallies.add({Asked(HERE, at.date(), "e", "answer", "en"): 1}, [Gap(guild_id=HERE, at=at, language="en")])
        await tallies.vote(HERE, f"e{at.day}", ASHA, helped=True, now=at)
        await replies.put(Answered(message_id=at.toordinal(), guild_id=HERE, channel_id=1, user_id=1, reply_id=1), at)
        kept = await _proposed(store)
        await contributions.decide(HERE, kept.id, Status.REJECTED, by=1, revision=1, now=at)
    before = NOW - 90 * DAY
    assert await tallies.discard_old(HERE, before) == 3
    assert await replies.discard_old(before) == 1
    assert await contributions.discard_old(HERE, before) == 1
    tally = await tallies.of(HERE, (NOW - 101 * DAY).date(), NOW.date())
    assert (tally.total, len(tally.gaps), len(tally.helped)) == (1, 1, 1)
    assert len(await contributions.list(HERE)) == 1


async def test_a_person_sees_and_takes_back_everything(store: Store) -> None:
    contributions, people = Contributions(store), People(store)
    approved, pending = await _proposed(store), await _proposed(store)
    others = await _proposed(store, author=RAVI)
    await contributions.decide(HERE, approved.id, Status.APPROVED, by=RAVI, revision=1, now=NOW)
    await contributions.decide(HERE, others.id, Status.APPROVED, by=ASHA, revision=1, now=NOW)
    await contributions.vote(HERE, others.id, ASHA, up=True)
    await Tallies(store).vote(HERE, "e", ASHA, helped=True, now=NOW)
    await Replies(store).put(Answered(message_id=1, guild_id=HERE, channel_id=2, user_id=ASHA, reply_id=3), NOW)
    kept = await people.export(ASHA)
    assert [len(part) for part in (kept.votes, kept.contributions, kept.contribution_votes, kept.decisions)] == [
        1,
        2,
        1,
        1,
    ]
    assert kept.replies[0]["reply_id"] == 3
    assert await people.forget(ASHA) == 6
    assert not await people.export(ASHA)
    stands = await contributions.get(HERE, approved.id)
    assert stands is not None
    assert (stands.author_id, stands.content) == (None, WRONG)
    assert await contributions.get(HERE, pending.id) is None
    assert (await people.export(RAVI)).contributions


async def test_a_server_that_was_left_is_deleted_after_the_grace_period(store: Store) -> None:
    settings = Guilds(store)
    for guild in (HERE, ELSEWHERE):
        await settings.choose(guild, GuildSettings(language="hi"), NOW)
        await _proposed(store, guild)
        await Tallies(store).vote(guild, "e", ASHA, helped=True, now=NOW)
        await Replies(store).put(
            Answered(message_id=guild, guild_id=guild, channel_id=1, user_id=ASHA, reply_id=1), NOW
        )
        day = Asked(guild, NOW.date(), "e", "answer", "en")
        await Tallies(store).add({day: 1}, [Gap(guild_id=guild, at=NOW, language="en")])
    await settings.left(HERE, NOW)
    assert await settings.forget_left(NOW) == ()
    assert await settings.settings(HERE) == GuildSettings(language="hi"), "it may come back"
    await settings.returned(HERE)
    assert await settings.forget_left(NOW + 30 * DAY) == ()
    await settings.left(HERE, NOW)
    assert await settings.forget_left(NOW + 30 * DAY) == (HERE,)
    async with store.reading() as connection:
        for table in OF_GUILDS:
            left = (await connection.scalars(select(table.c.guild_id))).all()
            assert left == [ELSEWHERE], table.name


async def test_servers_that_left_or_came_back_while_the_bot_was_away_are_noticed(store: Store) -> None:
    settings = Guilds(store)
    for guild in (1, 2, 3):
        await settings.choose(guild, DEFAULTS, NOW)
    await settings.left(3, NOW)
    await settings.reconcile({3}, lambda guild: guild != 2, NOW)
    assert await settings.forget_left(NOW + 30 * DAY) == (1,)


async def test_digests_are_due_once_a_week_and_only_where_wanted(store: Store) -> None:
    settings = Guilds(store)
    wanted = GuildSettings(digest_channel=5)
    await settings.choose(HERE, wanted, NOW)
    await settings.choose(ELSEWHERE, DEFAULTS, NOW)
    before = NOW - 7 * DAY
    assert await settings.digests_due(before) == ((HERE, wanted),)
    won = await asyncio.gather(*(settings.digested(HERE, NOW, before) for _ in range(3)))
    assert sorted(won) == [False, False, True]
    assert await settings.digests_due(before) == ()


async def test_a_lease_has_one_owner(store: Store) -> None:
    leases = Leases(store)
    won = await asyncio.gather(*(leases.take("digest", f"p{n}", NOW + DAY, NOW) for n in range(4)))
    assert sorted(won) == [False, False, False, True]
    owner = f"p{won.index(True)}"
    assert await leases.take("digest", owner, NOW + 2 * DAY, NOW)
    assert await leases.take("digest", "late", NOW + 9 * DAY, NOW + 3 * DAY), "it ran out"
    await leases.give_back("digest", "late")
    assert await leases.take("digest", "next", NOW + DAY, NOW)


async def test_no_other_server_can_see_or_touch_a_contribution(store: Store) -> None:
    contributions = Contributions(store)
    kept = await _proposed(store)
    assert await contributions.get(ELSEWHERE, kept.id) is None
    assert await contributions.list(ELSEWHERE) == ()
    assert await contributions.edit(ELSEWHERE, kept.id, OWN, revision=1) is None
    assert await contributions.decide(ELSEWHERE, kept.id, Status.APPROVED, by=1, revision=1, now=NOW) is None
    await contributions.card(ELSEWHERE, kept.id, 1, 1)
    await contributions.decide(HERE, kept.id, Status.APPROVED, by=1, revision=1, now=NOW)
    assert await contributions.vote(ELSEWHERE, kept.id, RAVI, up=False) is None
    stands = await contributions.get(HERE, kept.id)
    assert stands is not None
    assert (stands.content, stands.down, stands.card_channel_id) == (WRONG, 0, None)


def test_every_table_that_belongs_to_a_server_is_deleted_with_it() -> None:
    theirs = {table.name for table in metadata.tables.values() if "guild_id" in table.c}
    assert {table.name for table in OF_GUILDS} == theirs
