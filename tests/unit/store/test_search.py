"""The search language: what each term means, and that any text is either a search or refused with a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.store.search import MessageId, Received, SearchError, Term, Unread, parse
from emulator.store.words import Fact, Words, fact

ANYWHERE = ("sender", "recipients", "cc", "subject", "body")


def anywhere(*sequence, whole=False, negated=False):
    return Term(Words(ANYWHERE, sequence, whole), negated)


def of(kind, value, negated=False):
    return Term(Fact(fact(kind, value)), negated)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        (" \t\u3000", ()),
        ("ice", (anywhere("ice"),)),
        ("Drift ICE", (anywhere("drift"), anywhere("ice"))),
        ("ice ice", (anywhere("ice"),)),
        ('"drift ice"', (anywhere("drift", "ice", whole=True),)),
        ("\u201cdrift ice\u201d", (anywhere("drift", "ice", whole=True),)),
        ('"drift ice', (anywhere("drift", "ice", whole=True),)),
        ("-ice !snow", (anywhere("ice", negated=True), anywhere("snow", negated=True))),
        ('-"drift ice"', (anywhere("drift", "ice", whole=True, negated=True),)),
        ("drift - ice", (anywhere("drift"), anywhere("ice"))),
        ("drift-ice", (anywhere("drift", "ice"),)),
        ("x", (anywhere("x", whole=True),)),
        ("ann@a.o", (anywhere("ann", "a", "o", whole=True),)),
        ("http://x.org/y1", (anywhere("http", "x", "org", "y1"),)),
        ("Re: ice", (anywhere("re"), anywhere("ice"))),
        ('re:"a ice"', (anywhere("re", "a", "ice", whole=True),)),
        ("流氷", (anywhere("流", "氷", whole=True),)),
        ("ＩＣＥ", (anywhere("ice"),)),
        ("from:ann@a.org", (Term(Words(("sender",), ("ann", "a", "org"), False)),)),
        ('FROM:"Some One"', (Term(Words(("sender",), ("some", "one"), True)),)),
        ("to:bob", (Term(Words(("recipients",), ("bob",), False)),)),
        ("cc:bob", (Term(Words(("cc",), ("bob",), False)),)),
        ("reply-to:bob", (Term(Words(("reply_to",), ("bob",), False)),)),
        ("subject:ice", (Term(Words(("subject",), ("ice",), False)),)),
        ("!addressed:bob", (Term(Words(("sender", "recipients", "cc", "reply_to"), ("bob",), False), True),)),
        ("is:unread", (Term(Unread()),)),
        ("is:Read", (Term(Unread(), True),)),
        ("-is:read", (Term(Unread()),)),
        ("has:attachment -has:attachments", (of("has", "attachment"), of("has", "attachment", True))),
        ("dkim:fail spf:pass dmarc:none", (of("dkim", "fail"), of("spf", "pass"), of("dmarc", "none"))),
        ("via:yes", (of("via", "yes"),)),
        ("via:no", (of("via", "yes", True),)),
        ("-via:no", (of("via", "yes"),)),
        ("tag:Campaign=Spring", (of("tag", "campaign=spring"),)),
        ("message-id:<0100-0@email.amazonses.com>", (Term(MessageId("0100-0")),)),
        ("after:1970-01-02", (Term(Received(86400.0)),)),
        ("before:1970-01-02", (Term(Received(86400.0), True),)),
        ("-before:1970-01-01T01:00", (Term(Received(3600.0)),)),
        ('after:"1970-01-01 01:00+01:00"', (Term(Received(0.0)),)),
        ("after:1970-01-01T00:00:01.5Z", (Term(Received(1.5)),)),
    ],
)
def test_a_text_means_these_terms(text, terms):
    assert parse(text) == terms


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("is:green", "is: knows unread and read."),
        ("has:wings", "has: knows attachment."),
        ("via:", "via: needs a value right after the colon."),
        ('from:" "', "from: needs a value right after the colon."),
        ("from: ann", "from: needs a value right after the colon."),
        ("to:@", "to: needs a letter, a digit or a symbol to look for."),
        ("dkim:good", "dkim: knows pass, fail, none, neutral, policy, temperror and permerror."),
        ("before:soon", "before: needs a date as 2026-01-31 or a time as 2026-01-31T09:30."),
        ("after:2026-02-30", "after: needs a date as 2026-01-31 or a time as 2026-01-31T09:30."),
        ("- ...", "This search holds no letter, digit or symbol to look for."),
        (" ".join(f"w{n}" for n in range(21)), "A search has at most 20 terms."),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(SearchError) as refusal:
        parse(text)
    assert str(refusal.value) == sentence


_KEYS = ("from:", "is:", "before:", "tag:", "dkim:", "message-id:", "-", "!", '"', ":")
_VALUES = ("unread", "2026-01-31", "0001-01-01T00:00+14:00", "a=b", "fail", "<>", "@", "İ", "ﷺ", "𝕚", "流", "🎉")
_ODD = (" ", "\u3000", "\u201d", "\x00", "\ud800")
_PIECES = st.sampled_from(_KEYS + _VALUES + _ODD)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=30).map("".join)))
def test_any_text_is_a_search_or_refused(text):
    try:
        terms = parse(text)
    except SearchError as refusal:
        sentence = str(refusal)
    else:
        sentence = "."
        assert bool(terms) == bool(text.strip())
        assert len(terms) <= 20
    assert sentence.endswith(".")
