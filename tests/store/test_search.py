"""Searching captured mails: the same is found before, while and after they are brought into the index."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from emulator.store.ports import MessageFilter, Neighbours
from emulator.store.search import SearchError
from emulator.values import Envelope, Scope, Tag
from emulator.verdicts import Display, DkimVerdict, DmarcVerdict, SpfVerdict, Verdict

FAR = Scope("222222222222", "eu-west-1")


def index_all(store):
    while store.index(7):
        pass


def found(store, q, **wanted):
    """The ids, newest first, by every way of asking for them."""
    asked = MessageFilter(q=q, **wanted)
    with store.read() as reader:
        ids = [line.id for line in reader.lines(asked, 1000)]
        assert [line.id for line in reader.lines(asked, 1000, oldest=True)] == ids
        assert [line.id for line in reader.lines(asked, 2, oldest=True)] == ids[-2:]
        assert [mail.id for mail in reader.search(asked, 2)] == ids[:2]
        assert reader.count(asked) == len(ids)
    return ids


def verdict(spf="pass", dkim=("pass",), dmarc="pass", via=None):
    return Verdict(
        SpfVerdict(spf, "x.org", "1.2.3.4"),
        tuple(DkimVerdict(result, "x.org", "s", "@x.org", "abc") for result in dkim),
        DmarcVerdict(dmarc, "x.org"),
        Display(None, None, via),
        "mx",
    )


@pytest.fixture
def mails(store, scope, outbound_message, captured_mail):
    """Mails by a letter each; the store's ids of them."""
    with store.write() as writer:
        writer.add_outbound(outbound_message("m-a", tags=(Tag("campaign", "Spring"), Tag("kind", "b=c"))), 1)
        envelope = Envelope("bounce@mail.x.org", ("hidden@bcc.org",), "1.2.3.4", "h")
        made = {
            "a": captured_mail(
                from_="Ann Lee <ann@a.org>",
                subject="Drift ice",
                text="The ice has come to Abashiri.",
                message_id="m-a",
                attachments=2,
                received_at=1000.0,
            ),
            "b": captured_mail(
                from_="",
                to=("Bob <bob@b.org>",),
                cc=("Carol <carol@c.org>",),
                envelope=envelope,
                subject="Iceberg ahead",
                text="It drifts. Ice follows, in drifts.",
                verdict=verdict("softfail", ("fail", "pass"), "fail", "amazonses.com"),
                scope=FAR,
                received_at=2000.0,
            ),
            "c": captured_mail(
                reply_to=("Desk <help@desk.org>",),
                subject="流氷のお知らせ 🎉",
                text="網走に流氷が来ました",
                verdict=verdict("none", (), "none"),
                received_at=3000.0,
                scope=scope,
            ),
        }
        return {name: writer.capture(mail) for name, mail in made.items()}


SEARCHES = [
    ("ice", "ab"),
    ("ICE -berg", "ab"),
    ("-ice", "c"),
    ("drift", "ab"),
    ('"drift"', "a"),
    ('"drift ice"', "a"),
    ('"drifts ice"', "b"),
    ('"ice drift"', ""),
    ('-"drift ice"', "bc"),
    ('-"drift ice" -"drifts ice"', "c"),
    ("drift-ice", "a"),
    ("drifts-ic", "b"),
    ("rift", ""),
    ("abashiri from:ann", "a"),
    ("from:bob", ""),
    ("from:bounce@mail.x.org", "b"),
    ("bounce", "b"),
    ('from:"Ann Lee"', "a"),
    ('from:"Lee Lee"', ""),
    ("to:bob@b.org", "b"),
    ("to:hidden", "b"),
    ("cc:carol", "b"),
    ("carol", "b"),
    ("to:carol", ""),
    ("reply-to:help@desk.org", "c"),
    ("desk", ""),
    ("addressed:desk addressed:me@abashiri.domain", "c"),
    ("subject:ice", "ab"),
    ("subject:come", ""),
    ("流氷", "c"),
    ("氷が来", "c"),
    ("氷流", ""),
    ("🎉", "c"),
    ("-🎉 -drift", ""),
    ("has:attachment", "a"),
    ("-has:attachment", "bc"),
    ("spf:softfail", "b"),
    ("dkim:pass", "ab"),
    ("dkim:fail", "ab"),
    ("dkim:none", "c"),
    ("dmarc:fail", "b"),
    ("via:yes", "b"),
    ("via:no", "ac"),
    ("tag:campaign", "a"),
    ("tag:CAMPAIGN=spring", "a"),
    ("tag:campaign=summer", ""),
    ("tag:kind=b=c", "a"),
    ("-tag:campaign", "bc"),
    ("message-id:m-a", "a"),
    ("-message-id:<m-a@email.amazonses.com>", "bc"),
    ("before:1970-01-01T00:33:20", "a"),
    ("after:1970-01-01T00:33:20", "bc"),
    ("after:1970-01-01T00:33:20 before:1970-01-01T00:50", "b"),
    ("ice before:1970-01-01T00:33:20", "a"),
    ("is:unread", "abc"),
    ("is:read", ""),
    ("", "abc"),
]


@pytest.mark.parametrize("indexed", [0, 2, 3])
def test_each_term_finds_what_it_says(store, mails, indexed):
    if indexed:
        assert store.index(indexed) == indexed
    with store.read() as reader:
        assert reader.unindexed() == 3 - indexed
    names = {number: name for name, number in mails.items()}
    answers = {q: "".join(sorted(names[number] for number in found(store, q))) for q, _ in SEARCHES}
    assert answers == dict(SEARCHES)


@pytest.mark.parametrize("indexed", [0, 2, 3])
def test_a_search_goes_together_with_the_other_filters(store, scope, mails, indexed):
    store.index(indexed)
    a, b, c = mails["a"], mails["b"], mails["c"]
    assert found(store, "ice", account=scope.account) == [a]
    assert found(store, "ice", region=FAR.region) == [b]
    assert found(store, "ice", region=FAR.region.upper()) == []
    assert found(store, "-ice", account=scope.account, region=scope.region) == [c]
    assert found(store, "ice", subject="BERG") == [b]
    assert found(store, "ice", message_id="m-a") == [a]
    assert found(store, "ice", message_id="m-b") == []
    assert found(store, "-zzz", after=a) == [c, b]
    assert found(store, "-zzz", before=c) == [b, a]
    assert found(store, "-zzz", after=a, before=c) == [b]
    assert found(store, "-zzz", after=-(10**30), before=10**30) == [c, b, a]
    assert found(store, "-zzz", after=10**30) == []


def test_a_search_that_cannot_be_meant_is_an_error_and_changes_nothing(store, mails):
    wanted = MessageFilter(q="is:green")
    with store.write() as writer:
        for ask in (
            lambda: writer.lines(wanted, 9),
            lambda: writer.search(wanted, 9),
            lambda: writer.count(wanted),
            lambda: writer.neighbours(wanted, 1),
            lambda: writer.mark_read(wanted),
            lambda: writer.delete_captured(wanted),
        ):
            with pytest.raises(SearchError, match="is: knows unread and read"):
                ask()
    assert len(found(store, "is:unread")) == 3


def test_a_search_may_hold_what_no_database_can(store, mails):
    index_all(store)
    assert found(store, "\x00ice\udcff from:ann") == [mails["a"]]
    assert found(store, "tag:\x00\udcff") == []
    assert found(store, "message-id:\x00\udcff") == []
    assert found(store, "ice", region="\x00\udcff") == []


def test_sequences_are_found_however_often_their_words_came_before(store, captured_mail):
    text = "ice is not ice " * 600 + " drift " * 5 + "ice at last"
    with store.write() as writer:
        (number,) = (writer.capture(captured_mail(subject="", text=text)),)
    for _ in range(2):
        assert found(store, '"drift ice at last"') == [number]
        assert found(store, '"at ice"') == []
        index_all(store)


@pytest.mark.parametrize("field", ["subject", "text", "from_"])
def test_hostile_texts_can_be_indexed(store, captured_mail, field):
    letters = "".join(chr(0x20000 + n) for n in range(30_000))
    mails = [
        captured_mail(**{field: text})
        for text in (
            "x" * 200_000,
            " ".join(f"w{n}" for n in range(50_000)),
            letters,
            "\ufdfa" * 70_000,
            "'quoted' & | ! :* \\ <-> \"",
            "\x00\ud800",
        )
    ]
    with store.write() as writer:
        numbers = [writer.capture(mail) for mail in mails]
    searches = ("w77", "x" * 64, "x" * 300, "quoted", "\U00020000\U00020001")
    for _ in range(2):
        with store.read() as reader:
            answers = [[line.id for line in reader.lines(MessageFilter(q=q), 9)] for q in searches]
        assert answers == [[numbers[1]], [numbers[0]], [numbers[0]], [numbers[4]], [numbers[2]]]
        index_all(store)


WORDS = ("ice", "iceberg", "drift", "drifts", "sea", "流", "氷", "snow")
RESULTS = ("pass", "fail", "none")


def random_search(chance):
    """A search of one to four terms over few words, so that most of them find something."""
    terms = []
    for _ in range(chance.randint(1, 4)):
        sequence = " ".join(chance.choices(WORDS, k=chance.randint(1, 3)))
        plain = sequence.replace(" ", chance.choice(("-", ".")))
        key = chance.choice(("", "", "", "subject:", "from:", "to:", "addressed:"))
        value = chance.choice((f'"{sequence}"', plain, plain[:-1] or plain))
        other = chance.choice(
            (
                f"dkim:{chance.choice(RESULTS)}",
                f"spf:{chance.choice(RESULTS)}",
                "via:yes",
                "is:unread",
                "has:attachment",
                f"after:1970-01-01T00:00:{chance.randint(0, 59):02}",
                f"before:1970-01-01T00:00:{chance.randint(0, 59):02}",
            )
        )
        terms.append(chance.choice(("", "", "-")) + (key + value if chance.random() < 0.7 else other))
    return " ".join(terms)


def test_indexed_or_not_the_answers_are_equal(store, scope, captured_mail):
    chance = random.Random(20261124)

    def text(most):
        return " ".join(chance.choices(WORDS, k=chance.randint(0, most)))

    with store.write() as writer:
        numbers = [
            writer.capture(
                captured_mail(
                    received_at=float(second),
                    from_=f"{text(2)} <{chance.choice(WORDS)}@x.org>",
                    to=(f"{text(2)} <b@y.org>",),
                    subject=text(4),
                    text=text(12),
                    attachments=chance.randint(0, 1),
                    scope=chance.choice((scope, FAR, None)),
                    verdict=verdict(
                        chance.choice(RESULTS),
                        chance.choices(("pass", "fail"), k=chance.randint(0, 2)),
                        "pass",
                        chance.choice((None, "amazonses.com")),
                    ),
                )
            )
            for second in range(60)
        ]
        writer.mark_read(chance.sample(numbers, 20))
    searches = [(random_search(chance), chance.choice((None, scope.account))) for _ in range(80)]
    unindexed = [found(store, q, account=account) for q, account in searches]
    assert sum(1 for ids in unindexed if 0 < len(ids) < 60) > 30
    assert store.index(25) == 25
    assert [found(store, q, account=account) for q, account in searches] == unindexed
    index_all(store)
    assert [found(store, q, account=account) for q, account in searches] == unindexed
    gone = set(chance.sample(numbers, 15))
    with store.write() as writer:
        for number in gone:
            assert writer.delete_captured_id(number)
    left = [[number for number in ids if number not in gone] for ids in unindexed]
    assert [found(store, q, account=account) for q, account in searches] == left


@pytest.mark.parametrize("indexed", [0, 3, 9])
def test_pages_and_neighbours_go_both_ways_within_a_search(store, captured_mail, indexed):
    with store.write() as writer:
        numbers = [writer.capture(captured_mail(subject="ice" if n % 2 else "snow")) for n in range(9)]
    store.index(indexed)
    ice = [number for place, number in enumerate(numbers) if place % 2][::-1]
    wanted = MessageFilter(q="subject:ice")
    with store.read() as reader:
        first = [line.id for line in reader.lines(wanted, 3)]
        second = [line.id for line in reader.lines(replace(wanted, before=first[-1]), 3)]
        back = [line.id for line in reader.lines(replace(wanted, after=second[0]), 2, oldest=True)]
        assert (first, second, back) == (ice[:3], ice[3:], ice[1:3])
        assert reader.neighbours(wanted, ice[1]) == Neighbours(newer=ice[0], older=ice[2])
        assert reader.neighbours(wanted, ice[0]) == Neighbours(newer=None, older=ice[1])
        assert reader.neighbours(wanted, ice[-1]) == Neighbours(newer=ice[-2], older=None)
        assert reader.neighbours(wanted, numbers[4]) == Neighbours(newer=numbers[5], older=numbers[3])
        assert reader.neighbours(MessageFilter(), numbers[4]) == Neighbours(newer=numbers[5], older=numbers[3])
        assert reader.neighbours(MessageFilter(), 10**30) == Neighbours(newer=None, older=numbers[8])


def test_a_line_shows_the_mail(store, scope, captured_mail):
    mail = captured_mail(message_id="m", scope=scope, attachments=1, text="The ice\r\n\thas   come. " + "x" * 999)
    nameless = captured_mail(from_="", to=(), verdict=verdict(dkim=("fail", "pass", "fail"), via="amazonses.com"))
    with store.write() as writer:
        first, second = writer.capture(mail), writer.capture(nameless)
        writer.mark_read([first])
        other, line = writer.lines(MessageFilter(), 9)
    assert (line.id, line.received_at, line.message_id, line.scope) == (first, 2000.5, "m", scope)
    assert (line.from_, line.to, line.subject, line.size) == (mail.from_, mail.to, mail.subject, 30)
    assert line.snippet.startswith("The ice has come. xxx")
    assert len(line.snippet) == 160
    assert (line.attachments, line.unread) == (1, False)
    assert (line.spf, line.dkim, line.dmarc, line.via) == ("pass", ("pass", "fail"), "pass", None)
    assert (other.id, other.scope, other.unread) == (second, None, True)
    assert (other.from_, other.to) == ("x@mail.abashiri.domain", ("rcpt@example.org",))
    assert (other.dkim, other.via) == (("fail", "pass"), "amazonses.com")
