"""The console's requests, DNS and clock pages, and what holds for all of its pages."""

from __future__ import annotations

import html
import re
from datetime import datetime

import pytest

REQUESTS, DNS, CLOCK = "/_ses/requests", "/_ses/dns", "/_ses/clock"
PAGES = ["/_ses/account", "/_ses/identities", "/_ses/identities/new", REQUESTS, DNS, CLOCK]
HOSTILE = "<script>alert(1)</script>\"'&"


# --- requests -----------------------------------------------------------------------------------


def test_a_refused_call_says_which_rule_refused_its_fact_and_what_to_do(lab, browser):
    with pytest.raises(lab.ses.exceptions.ClientError):
        lab.send("mail@unknown.example", "success@simulator.amazonses.com")
    page = browser(lab).open(REQUESTS, scope="here")
    (entry,) = lab.api("GET", f"requests?account={lab.account}")["requests"]
    rule = next(one for one in entry["rules"] if one["verdict"] == "refused")
    assert "Refused SendEmail v1" in page.words
    assert f"{entry['code']} {entry['message']}" in page.words
    assert re.search(rf"Refused by the rule {rule['rule']} ?: {re.escape(rule['fact'])}", page.words)
    assert f"What to do: {entry['hint']}" in page.words
    assert all(one["fact"] in page.words for one in entry["rules"])


def test_an_accepted_send_links_to_its_mail(lab, browser):
    lab.verify("seen.example")
    message_id = lab.send("mail@seen.example", "success@simulator.amazonses.com")
    page = browser(lab).open(REQUESTS, scope="here", operation="SendEmail")
    assert f'href="/_ses/sent/{message_id}?' in page.source
    assert "VerifyDomainDkim v1" not in page.words


def test_requests_are_filtered_by_result_operation_text_and_place(lab, browser):
    lab.sesv2.create_email_identity(EmailIdentity="one.example")
    lab.client("sesv2", "eu-west-1").create_email_identity(EmailIdentity="two.example")
    with pytest.raises(lab.sesv2.exceptions.AlreadyExistsException):
        lab.sesv2.create_email_identity(EmailIdentity="one.example")
    lab.sesv2.get_account()
    console = browser(lab)

    def shown(**query):
        page = console.open(REQUESTS, **query)
        assert page.status == 200
        return page.source.count('id="request-')

    assert shown(scope="here") == 3
    assert shown(q=lab.account) == 4
    assert shown(q=lab.account, result="refused") == 1
    assert 'value="alreadyEXISTS"' in console.open(REQUESTS, q="alreadyEXISTS").source, "what was typed stays"
    assert shown(scope="here", result="refused") == 1
    assert shown(scope="here", result="accepted") == 2
    assert shown(scope="here", operation="GetAccount") == 1
    assert shown(scope="here", q="ALREADYEXISTS") == 1
    assert shown(scope="here", q="nothing like it") == 0
    assert shown(scope="here", region="eu-west-1") == 1
    assert console.open(REQUESTS, result="maybe").status == 400


def test_many_requests_have_pages_newest_first(fresh, browser):
    lab = fresh()
    for _ in range(53):
        lab.ses.get_send_quota()
    console = browser(lab)
    first, second = console.open(REQUESTS), console.open(REQUESTS, page="2")
    assert re.findall(r'id="request-(\d+)"', first.source) == [str(number) for number in range(53, 3, -1)]
    assert re.findall(r'id="request-(\d+)"', second.source) == ["3", "2", "1"]
    assert "page=2" in first.source
    assert "No request" in console.open(REQUESTS, page="3").words


def test_the_table_can_be_fetched_again_when_something_happens(lab, browser):
    page = browser(lab).open(REQUESTS, q='a"b', result="refused")
    assert 'data-live="request"' in page.source
    address = re.search(r'hx-get="([^"]*)"', page.source)[1].replace("&amp;", "&")
    assert f"region={lab.region}&account={lab.account}&result=refused&q=a%22b" in address


# --- DNS ----------------------------------------------------------------------------------------


def test_records_are_added_shown_with_their_origin_and_removed(lab, browser):
    name = f"r{lab.account}.example"
    console = browser(lab)
    page = console.press(DNS, "add", {"name": f"{name}.", "type": "mx", "value": "10 mx.example.", "ttl": "60"}, q=name)
    assert "The record was added." in page.words
    assert f"{name} MX 10 mx.example 60 added here or by the API" in page.words
    (record,) = lab.api("GET", f"dns/records?name={name}")["records"]
    assert record == {"name": name, "type": "MX", "value": "10 mx.example", "ttl": 60, "origin": "api"}
    page = console.press(DNS, "remove", {"name": name, "type": "MX", "value": "10 mx.example"}, q=name)
    assert "The record was removed." in page.words
    assert lab.api("GET", f"dns/records?name={name}")["records"] == []


@pytest.mark.parametrize(
    "text", ['say "hi" \\ there', "two\nlines\r\nand\ttab", "  blanks  ", "é流", "v=spf1 -all", HOSTILE]
)
def test_a_text_record_is_removed_by_its_own_button_whatever_it_holds(lab, browser, text):
    name = f"t{lab.account}.example"
    lab.api("PUT", "dns/records", {"name": name, "type": "TXT", "value": '"kept"'})
    quoted = '"' + "".join(f"\\{byte:03d}" for byte in text.encode()) + '"'
    lab.api("PUT", "dns/records", {"name": name, "type": "TXT", "value": quoted})
    console = browser(lab)
    page = console.open(DNS, q=name)
    assert "<script>alert" not in page.source
    values = re.findall(r'name="value" value="([^"]*)"', page.source)
    (own,) = [html.unescape(value) for value in values if "kept" not in value]
    assert not {"\r", "\n"} & set(own)
    console.press(DNS, "remove", {"name": name, "type": "TXT", "value": own}, q=name)
    assert [one["value"] for one in lab.api("GET", f"dns/records?name={name}")["records"]] == ["kept"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "ten mx"}, "The preference of an MX record"),
        ({"type": "LOC"}, "DNS records of type 'LOC' are not kept here"),
        ({"name": "a..b"}, "has an empty label"),
        ({"name": HOSTILE}, "which no DNS name can have"),
        ({"name": "流.example"}, "is not ASCII"),
        ({"ttl": "soon"}, "The ttl of a DNS record is a whole number"),
        ({"ttl": "99999999999"}, "The ttl of a DNS record is a whole number"),
        ({"ttl": "-1"}, "The ttl of a DNS record is a whole number"),
        ({"name": "a\x00b"}, "without NUL"),
        ({"value": ""}, "An MX record is a preference and a host"),
    ],
)
def test_a_record_that_can_be_none_is_refused_beside_the_form(lab, browser, fields, words):
    before = lab.api("GET", "dns/records")
    wanted = {"name": "ok.example", "type": "MX", "value": "10 mx.example", "ttl": "300", **fields}
    page = browser(lab).press(DNS, "add", wanted)
    assert (page.status, words in page.words) == (400, True), page.words
    assert "<script>alert" not in page.source
    assert lab.api("GET", "dns/records") == before


def test_a_cname_stands_alone_here_too(lab, browser):
    name = f"c{lab.account}.example"
    lab.api("PUT", "dns/records", {"name": name, "type": "TXT", "value": "x"})
    page = browser(lab).press(DNS, "add", {"name": name, "type": "CNAME", "value": "y.example", "ttl": "1"})
    assert "a CNAME must stand alone" in page.words


def test_keys_of_ses_are_shown_as_its_own_and_adding_records_verifies(lab, browser):
    domain = f"k{lab.account}.example"
    tokens = lab.sesv2.create_email_identity(EmailIdentity=domain)["DkimAttributes"]["Tokens"]
    console = browser(lab)
    page = console.open(DNS, q=tokens[0], origin="ses")
    assert f"{tokens[0]}.dkim.amazonses.com TXT p=MII" in page.words
    assert "Remove" not in page.words.partition("Origin Remove")[2]
    assert "No record matches" in console.open(DNS, q=tokens[0], origin="own").words
    for token in tokens:
        fields = {"name": f"{token}._domainkey.{domain}", "type": "CNAME", "value": f"{token}.dkim.amazonses.com"}
        console.press(DNS, "add", {**fields, "ttl": "300"})
    assert lab.sesv2.get_email_identity(EmailIdentity=domain)["VerificationStatus"] == "SUCCESS"


def test_route53s_records_name_their_zone_and_are_not_removed_here(fresh, browser):
    lab = fresh()
    route53 = lab.client("route53")
    zone = route53.create_hosted_zone(Name="zoned.example", CallerReference="1")["HostedZone"]["Id"].rpartition("/")[2]
    page = browser(lab).open(DNS, q="zoned.example")
    assert f"Route 53, {lab.account}:{zone}" in page.words
    assert 'value="remove"' not in page.source


def test_dns_is_asked_and_the_query_log_shows_it(lab, browser):
    name = f"q{lab.account}.example"
    lab.api("PUT", "dns/records", {"name": name, "type": "A", "value": "192.0.2.7"})
    console = browser(lab)
    assert f"NOERROR {name} A 192.0.2.7" in console.open(DNS, ask=name, type="A").words
    assert f"NXDOMAIN no.{name} MX No record of this type." in console.open(DNS, ask=f"no.{name}", type="mx").words
    log = console.open(DNS, view="queries", q=name)
    assert re.search(rf"NXDOMAIN no\.{name} MX 127\.0\.0\.1:\d+ udp .*NOERROR {name} A", log.words)
    assert "Nobody asked for such a name" in console.open(DNS, view="queries", q="never-asked").words
    assert console.open(DNS, ask=name, type="LOC").status == 400
    assert console.open(DNS, view="none").status == 400
    assert console.open(DNS, ask=HOSTILE + "é" * 300, type="A").status == 200


# --- the clock ----------------------------------------------------------------------------------


def test_the_clock_is_advanced_set_and_reset_and_what_followed_is_said(fresh, browser):
    lab = fresh()
    lab.verify("clock.example", "reader@clock.example")
    lab.ses.verify_email_identity(EmailAddress="late@x.example")
    lab.send("mail@clock.example", "reader@clock.example")
    console = browser(lab)

    def now():
        return datetime.fromisoformat(lab.api("GET", "clock")["now"])

    start = now()
    page = console.press(CLOCK, "60")
    assert 60 <= (now() - start).total_seconds() < 90
    assert "No quota and no identity changed." in page.words
    console.press(CLOCK, "3600")
    page = console.press(CLOCK, "86400")
    assert 90060 <= (now() - start).total_seconds() < 90090
    assert "1 d 1 h 1 min ahead of real time" in page.words
    assert f"Quota of {lab.account} in {lab.region}: 1 used before, 0 now." in page.words
    assert f"late@x.example in {lab.region}: identity Failed" in page.words
    assert "clock.example in" not in page.words
    page = console.press(CLOCK, "set", {"now": "2030-01-02T03:04:05"})
    assert now().isoformat().startswith("2030-01-02T03:04:")
    assert "2030-01-02 03:04:" in page.words
    console.press(CLOCK, "reset")
    assert 0 <= (now() - start).total_seconds() < 30
    assert "Real time" in console.open(CLOCK).words


@pytest.mark.parametrize(
    "when", ["", "soon", "0000-01-01T00:00", "1969-12-31T23:59:59", "99999-01-01T00:00", "9999-12-31T23:59"]
)
def test_a_time_that_no_clock_shows_is_refused(lab, browser, when):
    page = browser(lab).press(CLOCK, "set", {"now": when})
    assert page.status == 400
    assert re.search(r"now must be an ISO 8601 time|The clock must stay between", page.words)
    assert "Real time" in browser(lab).open(CLOCK).words


@pytest.mark.parametrize("query", [{"from": "nan"}, {"from": "1e999"}, {"from": "-5"}, {"from": HOSTILE}])
def test_an_invented_past_of_the_clock_is_ignored(lab, browser, query):
    page = browser(lab).open(CLOCK, **query, changed0=f"{lab.account}/{lab.region}/{HOSTILE}")
    assert page.status == 200
    assert "The clock was moved" not in page.words
    page = browser(lab).open(CLOCK, **{"from": "1"}, changed0="a/b/c", changed1="x", changed2="\x00/\x00/\x00")
    assert page.status == 200


# --- all pages ----------------------------------------------------------------------------------


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    {"Host": "evil.example"},
]


@pytest.mark.parametrize("path", ["/_ses/account", "/_ses/identities/new", "/_ses/identity", DNS, CLOCK])
def test_foreign_sites_can_press_no_button(lab, browser, path):
    for headers in FOREIGN:
        assert browser(lab).send(path, {"do": "pause"}, headers).status == 403, headers
    assert lab.sesv2.get_account()["SendingEnabled"] is True


@pytest.mark.parametrize("path", [*PAGES, "/_ses/identity", "/_ses/sent/x"])
def test_foreign_sites_can_read_no_page(lab, ask, path):
    for headers in ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, {"Origin": "https://evil.example"}):
        assert ask(lab, "GET", path, None, headers).status == 403
    rebound = {"Host": "evil.example", "User-Agent": "Mozilla/5.0"}
    assert ask(lab, "GET", path, None, rebound).status == 403


@pytest.mark.parametrize("path", PAGES)
def test_pages_run_nothing_inline_and_load_only_from_here(lab, browser, path):
    page = browser(lab).open(path)
    assert page.status == 200
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", page.source)
    loaded = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]*)"', page.source)
    assert loaded
    assert all(address.startswith("/_ses/static/") for address in loaded)


@pytest.mark.parametrize("path", PAGES)
def test_hostile_filters_are_escaped_and_answered(lab, browser, path):
    for value in (HOSTILE, "%" * 200, "é流" * 100, "x" * 5000, "a\x00b"):
        query = dict.fromkeys(
            ("q", "kind", "status", "operation", "page", "after", "span", "ask", "type", "name"), value
        )
        page = browser(lab).open(path, **query)
        assert page.status in (200, 400)
        assert "<script>alert" not in page.source


@pytest.mark.parametrize("page", ["0", "-1", "x", "100001", "9" * 30])
def test_a_page_that_is_none_is_said_so(lab, browser, page):
    for path in (REQUESTS, DNS):
        answer = browser(lab).open(path, page=page)
        assert answer.status == 400
        assert "page must be a whole number" in answer.words
