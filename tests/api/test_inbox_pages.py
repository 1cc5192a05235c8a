"""The inbox at ``/_ses/`` as a browser without scripts uses it: list, search, paging, marks, deletion."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote, urlencode

import pytest

DOMAIN = "front.example"
SENDER = f"Front <a@{DOMAIN}>"


@pytest.fixture
def own(fresh):
    """An emulator of its own, with a verified domain and nothing captured."""
    lab = fresh(auto_verify=True, production=True, max_send_rate=-1.0)
    lab.verify(DOMAIN)
    return lab


@pytest.fixture
def page(ask):
    """The text of a page that answers 200."""

    def get(lab, path):
        answer = ask(lab, "GET", path)
        assert answer.status == 200, answer.body
        return answer.body.decode()

    return get


def ids(text):
    """The mails that a list shows, in its order."""
    return re.findall(r'data-id="(\d+)"', text)


def row(text, mail):
    return re.search(rf'<li class="mail[^"]*" id="mail-{mail["id"]}".*?</li>', text, re.DOTALL)[0]


def fill(lab, count):
    """Captures ``count`` mails to different readers, ``subject 0`` first."""
    for number in range(count):
        lab.wait(message_id=lab.send(SENDER, f"r{number}@here.example", subject=f"subject {number}"))


def press(ask, lab, path):
    """A form's button, as a browser submits it; the address that it is sent to."""
    answer = ask(lab, "POST", path, b"", {"Origin": lab.endpoint, "Sec-Fetch-Site": "same-origin"})
    assert answer.status == 303, answer.body
    return answer.headers["location"]


def test_a_browser_at_the_root_is_sent_to_the_inbox(lab, ask):
    answer = ask(lab, "GET", "/", None, {"Accept": "text/html"})
    assert (answer.status, answer.headers["location"]) == (302, "/_ses/")
    assert ask(lab, "GET", "/_ses").headers["location"] == "/_ses/"
    inbox = ask(lab, "GET", "/_ses/")
    assert (inbox.status, inbox.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_an_address_that_leads_nowhere_is_a_page_to_a_browser_and_json_to_others(lab, ask):
    page = ask(lab, "GET", "/_ses/nosuch<b>", None, {"Accept": "text/html,*/*;q=0.8"})
    assert (page.status, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no page /_ses/nosuch&lt;b&gt;." in page.body.decode()
    for path, headers in (("/_ses/nosuch", {}), ("/_ses/api/nosuch", {"Accept": "text/html"})):
        answer = ask(lab, "GET", path, None, headers)
        assert (answer.status, answer.headers["content-type"]) == (404, "application/json")


def test_the_icon_that_browsers_look_for_is_no_call_of_ses(fresh, ask):
    lab = fresh()
    answer = ask(lab, "GET", "/favicon.ico")
    assert answer.status == 302
    assert ask(lab, "GET", answer.headers["location"]).headers["content-type"] == "image/svg+xml"
    assert lab.api("GET", "requests")["requests"] == []


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("", "All accounts"),
        ("?account=111122223333", "111122223333 · all regions"),
        ("?region=eu-west-1", "All accounts · eu-west-1"),
        ("?region=eu-west-1&account=111122223333", "111122223333 · eu-west-1"),
    ],
)
def test_the_list_says_whose_mail_it_shows(lab, page, query, label):
    text = page(lab, f"/_ses/{query}")
    assert f'aria-label="Account and region: {label}"' in text
    assert (f"Only {label} <svg" in text) is bool(query)


def test_an_empty_inbox_says_how_to_fill_it(fresh, page):
    lab = fresh()
    text = page(lab, "/_ses/")
    assert "No mail yet" in text
    assert f"AWS_ENDPOINT_URL_SES={lab.endpoint}" in text
    assert ids(text) == []


def test_a_row_tells_who_wrote_what_to_whom_and_what_is_wrong_with_it(own, page, post):
    mail = own.wait(
        message_id=own.send(SENDER, "reader@away.example", "b@away.example", subject="流氷 today", text="ice " * 99)
    )
    text = row(page(own, "/_ses/"), mail)
    assert 'class="mail unread"' in text
    assert f'title="a@{DOMAIN}">Front</bdi>' in text
    assert 'to <bdi>reader@away.example</bdi></span> <span title="1 more">+1</span>' in text
    assert '<bdi class="mail-subject">流氷 today</bdi>' in text
    assert "ice ice ice" in text
    assert f'datetime="{mail["received_at"]}"' in text
    assert "just now</time>" in text
    assert "badge" not in text, "nothing is remarkable about a mail that passes"

    attached = (
        b"From: x@away.example\r\nSubject: bad\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nhi\r\n--b\r\nContent-Disposition: attachment; filename=f\r\n\r\nx\r\n--b--\r\n"
    )
    own.api("PUT", "dns/records", {"name": "away.example", "type": "TXT", "value": "v=spf1 -all"})
    bad = post(own, attached)
    text = row(page(own, "/_ses/"), bad)
    assert [unescape(one) for one in re.findall(r'<span class="badge[^"]*">([^<]+)</span>', text)] == [
        "SPF FAIL",
        "unsigned",
    ]
    assert 'title="1 attached"' in text


def test_via_is_marked(own, page):
    own.ses.set_identity_dkim_enabled(Identity=DOMAIN, DkimEnabled=False)
    mail = own.wait(message_id=own.send(SENDER, "reader@away.example"))
    assert '<span class="badge warn">via amazonses.com</span>' in row(page(own, "/_ses/"), mail)


def test_pages_follow_each_other_both_ways_and_new_mail_does_not_shift_them(own, page):
    own.ses.send_email(
        Source=SENDER,
        Destination={"ToAddresses": [f"r{number}@here.example" for number in range(50)]},
        Message={"Subject": {"Data": "many"}, "Body": {"Text": {"Data": "x"}}},
    )
    own.ses.send_email(
        Source=SENDER,
        Destination={"ToAddresses": [f"s{number}@here.example" for number in range(50)]},
        Message={"Subject": {"Data": "many"}, "Body": {"Text": {"Data": "x"}}},
    )
    fill(own, 3)
    all_ids = wait_for_total(own, 103)
    first = page(own, "/_ses/")
    assert ids(first) == all_ids[:50]
    assert 'rel="prev"' not in first
    second = page(own, link(first, "next"))
    assert ids(second) == all_ids[50:100]
    fill(own, 1)
    third = page(own, link(second, "next"))
    assert ids(third) == all_ids[100:]
    assert 'rel="next"' not in third
    assert ids(page(own, link(third, "prev"))) == all_ids[50:100]
    before = page(own, link(page(own, link(third, "prev")), "prev"))
    assert ids(before) == all_ids[:50]
    newest = page(own, link(before, "prev"))
    assert ids(newest)[1:] == all_ids[:49], "a page that would not be full is the first, with what came meanwhile"
    assert 'rel="prev"' not in newest


def link(text, rel):
    return unescape(re.search(rf'<a class="button" rel="{rel}" href="([^"]+)"', text)[1])


def wait_for_total(lab, total):
    for _ in range(200):
        found = lab.api("GET", "messages?limit=200")
        if found["total"] == total:
            return [mail["id"] for mail in found["messages"]]
        lab.raw_api("GET", f"messages/wait?timeout=0.2&after={found['messages'][0]['id'] if found['messages'] else 0}")
    raise AssertionError(found["total"])


def test_a_search_shows_what_matches_and_keeps_itself_in_every_link(own, page):
    fill(own, 3)
    text = page(own, "/_ses/?" + urlencode({"q": "to:r1 -nothing"}))
    assert len(ids(text)) == 1
    assert "1 of 3 mails" in text
    assert 'value="to:r1 -nothing"' in text
    assert f'href="/_ses/messages/{ids(text)[0]}?q=to%3Ar1+-nothing"' in text
    assert "No mail matches" in page(own, "/_ses/?q=nowhere")


def test_a_search_that_cannot_be_meant_is_a_sentence_and_never_everything(own, page, ask):
    fill(own, 1)
    text = page(own, "/_ses/?q=dkim:perhaps")
    assert re.search(r'<p class="notice fail" id="search-problem" role="alert">dkim: knows', text)
    assert ids(text) == []
    assert "Delete shown" not in text
    for action in ("read", "delete"):
        answer = ask(own, "POST", f"/_ses/messages/{action}?q=dkim:perhaps", b"")
        assert answer.status == 400
        assert b"dkim: knows" in answer.body
    assert own.api("GET", "messages")["total"] == 1


def test_region_and_account_narrow_the_list_and_travel_in_its_links(own, page):
    fill(own, 1)
    here = {"region": own.region, "account": own.account}
    assert len(ids(page(own, "/_ses/?" + urlencode(here)))) == 1
    elsewhere = page(own, "/_ses/?region=eu-west-1&account=111122223333")
    assert ids(elsewhere) == []
    assert 'href="/_ses/identities?region=eu-west-1&amp;account=111122223333"' in elsewhere
    assert "Only 111122223333 · eu-west-1" in elsewhere


def test_unread_is_counted_and_opening_a_mail_reads_it(own, page, ask):
    fill(own, 3)
    text = page(own, "/_ses/")
    newest = ids(text)[0]
    assert "<title>(3) Inbox · ses-emulator</title>" in text
    assert "3 mails, 3 unread" in text
    assert ask(own, "HEAD", f"/_ses/messages/{newest}").status == 200
    assert "3 unread" in page(own, "/_ses/"), "only looking opens"
    page(own, f"/_ses/messages/{newest}")
    text = page(own, "/_ses/")
    assert "3 mails, 2 unread" in text
    assert 'class="mail unread"' not in row(text, {"id": newest})

    assert press(ask, own, f"/_ses/messages/{newest}/unread?q=to:r2&region={own.region}") == (
        f"/_ses/?region={own.region}&q=to%3Ar2"
    )
    assert "3 unread" in page(own, "/_ses/")
    assert press(ask, own, "/_ses/messages/read?q=to:r0") == "/_ses/?q=to%3Ar0"
    assert "2 unread" in page(own, "/_ses/")
    assert press(ask, own, "/_ses/messages/read") == "/_ses/"
    assert "<title>Inbox · ses-emulator</title>" in page(own, "/_ses/")


def test_one_what_the_search_shows_or_all_is_deleted(own, page, ask):
    fill(own, 4)
    newest = ids(page(own, "/_ses/"))[0]
    assert press(ask, own, f"/_ses/messages/{newest}/delete?q=subject:subject") == "/_ses/?q=subject%3Asubject"
    assert ask(own, "GET", f"/_ses/messages/{newest}").status == 404
    assert ask(own, "POST", f"/_ses/messages/{newest}/delete", b"").status == 404
    press(ask, own, "/_ses/messages/delete?q=to:r1")
    assert len(ids(page(own, "/_ses/"))) == 2
    press(ask, own, "/_ses/messages/delete?account=111122223333")
    assert len(ids(page(own, "/_ses/"))) == 2
    assert ask(own, "POST", "/_ses/messages/delete?form=r0", b"").status == 400, "a mistyped filter spares everything"
    assert len(ids(page(own, "/_ses/"))) == 2
    press(ask, own, "/_ses/messages/delete")
    assert "No mail yet" in page(own, "/_ses/")


@pytest.mark.parametrize("path", ["read", "delete", "1/delete", "1/unread"])
def test_a_foreign_page_changes_nothing(own, ask, path):
    fill(own, 1)
    number = own.api("GET", "messages")["messages"][0]["id"]
    address = "/_ses/messages/" + path.replace("1", number)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert ask(own, "POST", address, b"", headers).status == 403
    assert ask(own, "GET", "/_ses/", None, {"Host": "evil.example", "Accept-Language": "en"}).status == 403
    assert own.api("GET", "messages?q=is:unread")["total"] == 1


def test_new_rows_are_what_came_after_those_shown(own, page):
    fill(own, 2)
    newest, older = ids(page(own, "/_ses/"))
    assert ids(page(own, f"/_ses/rows?after={newest}")) == []
    text = page(own, f"/_ses/rows?after={older}")
    assert ids(text) == [newest]
    assert "<title>(2) Inbox · ses-emulator</title>" in text
    assert '<span id="unread" hx-swap-oob="true" class="count" title="2 unread">2</span>' in text
    assert "2 mails, 2 unread" in text
    assert ids(page(own, f"/_ses/rows?after={older}&q=to:r0")) == []
    assert ids(page(own, "/_ses/rows?after=0")) == [newest, older]


def test_too_many_new_rows_replace_the_list(own, ask):
    own.ses.send_email(
        Source=SENDER,
        Destination={"ToAddresses": [f"r{number}@here.example" for number in range(50)]},
        Message={"Subject": {"Data": "many"}, "Body": {"Text": {"Data": "x"}}},
    )
    all_ids = wait_for_total(own, 50)
    answer = ask(own, "GET", "/_ses/rows?after=0")
    assert answer.headers["hx-reswap"] == "innerHTML"
    assert ids(answer.body.decode()) == all_ids
    assert "hx-reswap" not in ask(own, "GET", f"/_ses/rows?after={all_ids[3]}").headers
    assert ask(own, "GET", "/_ses/rows").headers["hx-reswap"] == "innerHTML"


@pytest.mark.parametrize(
    "query", ["cursor=0", "cursor=x", "cursor=-1", "newer=%00", "q=%00", "q=" + "x" * 1001, "region=%00", "account=%00"]
)
def test_what_no_page_can_mean_is_a_page_that_says_so(lab, ask, query):
    answer = ask(lab, "GET", f"/_ses/?{query}")
    assert answer.status == 400
    assert b'role="alert"' in answer.body
    assert b"</html>" in answer.body


@pytest.mark.parametrize("number", ["0", "99999999", "x", "-1", "1.5", "9" * 30, quote("٣"), "%00"])
def test_a_mail_that_is_not_there_is_a_page_that_says_so(lab, ask, number):
    for rest in ("", "?tab=why", "/html", "/parts/0"):
        answer = ask(lab, "GET", f"/_ses/messages/{number}{rest}")
        assert answer.status == 404, rest
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_files_are_cached_by_their_hash_and_no_other_is_served(lab, ask, page):
    address = re.search(r'href="(/_ses/static/style\.css\?v=[0-9a-f]+)"', page(lab, "/_ses/"))[1]
    style = ask(lab, "GET", address)
    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    plain = ask(lab, "GET", "/_ses/static/style.css")
    assert plain.headers["cache-control"] == "no-cache"
    again = ask(lab, "GET", "/_ses/static/style.css", None, {"If-None-Match": plain.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    for name in ("nothing.css", "..%2fframe.py", "%2e%2e", "base.html"):
        assert ask(lab, "GET", f"/_ses/static/{name}").status == 404


def test_what_is_not_there_is_404_for_every_method(lab, ask):
    for method in ("GET", "POST", "PUT", "DELETE", "BREW"):
        answer = ask(lab, method, "/_ses/nothing")
        assert (answer.status, answer.json["error"]["code"]) == (404, "NotFound")
