"""One mail opened in the inbox: the card as Gmail shows it, and what each tab tells."""

from __future__ import annotations

import re
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest

DOMAIN = "opened.example"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
FIXTURES = Path(__file__).parents[2] / "fixtures" / "mail"


def visible(page):
    """The text of a page, blanks made one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def ready(lab):
    lab.verify(DOMAIN)
    lab.production()
    return lab


@pytest.fixture
def tab(ask):
    """``tab(lab, mail, name, **query)``: the page of a tab."""

    def get(lab, mail, name="", rest=""):
        answer = ask(lab, "GET", f"/_ses/messages/{mail['id']}?tab={name}{rest}")
        assert answer.status == 200, answer.body
        return answer.body.decode()

    return get


@pytest.fixture
def rich(ready):
    """A mail with text, HTML, an inline image, an attached text and an unsubscribe, sent raw through SES."""
    mail = EmailMessage()
    mail["From"] = f"Abashiri Tours <tours@{DOMAIN}>"
    mail["To"] = "Reader <reader@here.example>"
    mail["Cc"] = "second@here.example"
    mail["Reply-To"] = f"help@{DOMAIN}"
    mail["Subject"] = "Drift ice 流氷"
    mail["List-Unsubscribe"] = "<https://opened.example/u>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("Book at http://opened.example/book?a=1&b=2.\n")
    mail.add_alternative(
        '<h1>Ice</h1><img src="cid:pic@x"><img src="cid:missing@x" alt=""><a href="http://opened.example/">go</a>'
        '<a href="https://evil.example/">https://opened.example/safe</a><img src="https://t.example/p.gif" alt="">',
        subtype="html",
    )
    mail.get_payload()[1].add_related(PNG, "image", "png", cid="<pic@x>", filename="ice.png")
    mail.add_attachment("name,seats\nReader,2\n", subtype="csv", filename="seats.csv")
    message_id = ready.ses.send_raw_email(RawMessage={"Data": mail.as_bytes()})["MessageId"]
    # SES writes down what became of the copies a moment after they are in the inbox.
    ready.settled(message_id)
    return ready.wait(message_id=message_id, to="reader@here.example")


def test_the_card_says_what_gmail_says(ready, tab, rich):
    text = visible(tab(ready, rich))
    assert f"Abashiri Tours < tours@{DOMAIN} >" in text
    for label, value in (
        ("reply-to:", f"help@{DOMAIN}"),
        ("to:", "Reader < reader@here.example >"),
        ("cc:", "second@here.example"),
        ("subject:", "Drift ice 流氷"),
        ("mailed-by:", "ap-northeast-1.amazonses.com"),
        ("signed-by:", DOMAIN),
        ("security:", "No encryption: ap-northeast-1.amazonses.com did not encrypt this message"),
    ):
        assert f"{label} {value}" in text, label
    assert "via" not in text.split("Details")[0].split("Abashiri Tours")[1]


def test_a_copy_that_no_field_names_shows_its_recipient_as_bcc(ready, tab):
    message_id = ready.ses.send_email(
        Source=f"a@{DOMAIN}",
        Destination={"ToAddresses": ["to@here.example"], "BccAddresses": ["secret@here.example"]},
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    )["MessageId"]
    ready.wait(message_id=message_id, q="addressed:secret@here.example")
    ready.wait(message_id=message_id, q="-addressed:secret@here.example")
    copies = ready.api("GET", f"messages?message_id={message_id}")["messages"]
    by_recipient = {copy["envelope"]["rcpt_to"][0]: visible(tab(ready, copy)) for copy in copies}
    assert "bcc: secret@here.example (in the envelope only)" in by_recipient["secret@here.example"]
    assert "bcc:" not in by_recipient["to@here.example"]


def test_via_and_the_question_mark_stand_beside_the_sender(ready, tab, post):
    ready.ses.set_identity_dkim_enabled(Identity=DOMAIN, DkimEnabled=False)
    mail = ready.wait(message_id=ready.send(f"a@{DOMAIN}", "r@here.example"))
    assert re.search(r'<span class="via">via <bdi>amazonses.com</bdi></span>', tab(ready, mail))
    stranger = tab(ready, post(ready, b"From: Bank <b@bank.example>\r\n\r\nhi\r\n", to="q@here.example"))
    assert '<span class="avatar unknown" aria-hidden="true">?</span>' in stranger
    assert "not authenticated" in stranger


def test_html_is_the_first_tab_where_there_is_html_and_the_frame_holds_it(ready, tab, rich, ask):
    page = tab(ready, rich)
    assert '<a id="tab-html"' in page
    assert re.search(r'id="tab-html"[^>]*aria-current="page"', page)
    frame = re.search(r"<iframe[^>]*>", page)[0]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame
    assert f'src="/_ses/messages/{rich["id"]}/html"' in frame
    assert "1 remote address blocked." in page

    body = ask(ready, "GET", f"/_ses/messages/{rich['id']}/html").body.decode()
    assert body.startswith('<!doctype html><meta charset="utf-8"><base target="_blank">')
    assert 'src="data:image/png;base64,' in body
    assert "cid:missing@x" in body
    assert "cid:pic@x" not in body


def test_remote_images_are_loaded_only_when_asked_for(ready, tab, rich, ask):
    page = tab(ready, rich, "html", "&remote=1&dark=1&width=phone")
    assert f'src="/_ses/messages/{rich["id"]}/html?remote=1&amp;dark=1"' in page
    assert '<div class="stage phone dark">' in page
    shut = ask(ready, "GET", f"/_ses/messages/{rich['id']}/html").headers["content-security-policy"]
    assert "img-src data:;" in shut
    opened = ask(ready, "GET", f"/_ses/messages/{rich['id']}/html?remote=1&dark=1")
    assert opened.headers["content-security-policy"] == shut.replace("img-src data:", "img-src data: https: http:")
    assert b"color-scheme:dark" in opened.body


def test_text_shows_addresses_as_links_that_tell_nothing_about_us(ready, tab, rich):
    page = tab(ready, rich, "text")
    address = "http://opened.example/book?a=1&amp;b=2"
    assert f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">{address}</a>.' in page


def test_a_mail_without_html_opens_with_its_text(ready, tab):
    mail = ready.wait(message_id=ready.send(f"a@{DOMAIN}", "r@here.example", text="only text"))
    assert re.search(r'id="tab-text"[^>]*aria-current="page"', tab(ready, mail))
    assert "No HTML part" in tab(ready, mail, "html")
    assert "only text" in tab(ready, mail, "nonsense"), "an unknown tab is the first"


@pytest.mark.parametrize(
    ("body", "in_text", "in_html"),
    [
        (b"Content-Type: text/html\r\n\r\n<p>x", "This mail has HTML only", "<iframe"),
        (b"Content-Type: application/pdf\r\n\r\nx", "This mail has no HTML either", "This mail has no text either"),
        (b"\r\n \r\n", "The text is empty", "This mail is text only"),
    ],
)
def test_what_a_mail_has_not_is_said(ready, tab, post, body, in_text, in_html):
    mail = post(ready, b"From: x@away.example\r\nSubject: bare\r\n" + body)
    assert in_text in tab(ready, mail, "text")
    assert in_html in tab(ready, mail, "html")


def test_a_name_cannot_be_turned_into_another(ready, tab, post):
    name = "=?utf-8?q?=E2=80=AEgnp.exe?="
    mail = post(ready, f'From: x@away.example\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nx'.encode())
    for place in ("attachments", "mime", "headers"):
        page = tab(ready, mail, place)
        assert "\ufffdgnp.exe" in page
        assert "\u202e" not in page


def test_source_is_gmails_show_original(ready, tab, rich):
    page = tab(ready, rich, "source")
    text = visible(page)
    client = rich["envelope"]["client_ip"]
    header = dict(rich["headers"])
    assert f"Message ID {header['Message-ID']}" in text
    assert f"Created at {header['Date']} (Delivered after " in text
    assert f"SPF PASS with IP {client}, domain ap-northeast-1.amazonses.com" in text
    assert f"DKIM 'PASS' with domain {DOMAIN} DKIM 'PASS' with domain amazonses.com" in text
    assert "DMARC 'NONE' no record published" in text
    raw = ready.get(f"/_ses/api/messages/{rich['id']}/raw").decode()
    shown = re.search(r'<pre id="raw"[^>]*>(.*?)</pre>', page, re.DOTALL)[1]
    assert unescape(shown) == raw.replace("\r\n", "\n")


def test_a_huge_source_is_cut_and_says_so(lab, tab, post):
    mail = post(lab, b"From: a@b.example\r\n\r\n" + b"0123456789\r\n" * 30000, to="huge@here.example")
    page = tab(lab, mail, "source")
    assert "The first 256 KB are shown and copied" in page
    assert len(page) < 300_000


def test_huge_html_is_not_framed_before_somebody_asks_for_it(lab, tab, post, ask):
    html = b"<p>" + b"0123456789\r\n" * 200_000
    mail = post(lab, b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + html, to="huge@here.example")
    page = tab(lab, mail, "html")
    assert "<iframe" not in page
    assert f'href="/_ses/messages/{mail["id"]}/html"' in page
    frame = ask(lab, "GET", f"/_ses/messages/{mail['id']}/html")
    assert frame.status == 200
    assert len(frame.body) > len(html)
    assert "sandbox" in frame.headers["content-security-policy"]


def test_headers_are_all_there_in_order_and_decoded(ready, tab, rich):
    page = tab(ready, rich, "headers")
    shown = re.findall(r'<tr><th scope="row">(.*?)</th><td><bdi>(.*?)</bdi></td></tr>', page, re.DOTALL)
    assert [[unescape(name), unescape(value)] for name, value in shown] == rich["headers"]


def test_mime_draws_the_parts_inside_each_other(ready, tab, rich):
    tree = re.search(r'<ul class="tree">(.*)</ul>', tab(ready, rich, "mime"), re.DOTALL)[1]
    depth, found = 0, []
    for token in re.findall(r'<ul>|</ul>|<code class="strong">[^<]+', tree):
        depth += {"<ul>": 1, "</ul>": -1}.get(token, 0)
        if token.startswith("<code"):
            found.append((depth, token.rpartition(">")[2]))
    assert found == [
        (0, "multipart/mixed"),
        (1, "multipart/alternative"),
        (2, "text/plain"),
        (2, "multipart/related"),
        (3, "text/html"),
        (3, "image/png"),
        (1, "text/csv"),
    ]


def test_attachments_have_checksum_preview_and_download(ready, tab, rich, ask):
    page = tab(ready, rich, "attachments")
    for part in rich["attachments"]:
        assert part["sha256"] in page
        assert f'href="/_ses/api/messages/{rich["id"]}/attachments/{part["n"]}"' in page
    assert "name,seats\nReader,2" in page
    image = ask(ready, "GET", f"/_ses/messages/{rich['id']}/parts/0")
    assert (image.status, image.body, image.headers["content-type"]) == (200, PNG, "image/png")
    assert f'<img src="/_ses/messages/{rich["id"]}/parts/0" alt="Preview of ice.png"' in page


@pytest.mark.parametrize(
    ("dkim", "mail_from", "conclusion", "cell"),
    [
        (True, True, "Gmail shows no “via”", ("enabled", 0)),
        (False, True, "Gmail shows no “via”", ("disabled", 0)),
        (False, False, "Gmail shows “via amazonses.com”", ("disabled", 1)),
        (True, False, "Gmail shows no “via”", ("enabled", 1)),
    ],
)
def test_why_marks_the_articles_case_that_the_mail_fell_in(ready, tab, dkim, mail_from, conclusion, cell):
    ready.ses.set_identity_dkim_enabled(Identity=DOMAIN, DkimEnabled=dkim)
    if mail_from:
        ready.ses.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain=f"mail.{DOMAIN}")
        for type, value in (
            ("MX", "10 feedback-smtp.ap-northeast-1.amazonses.com"),
            ("TXT", "v=spf1 include:amazonses.com ~all"),
        ):
            ready.api("PUT", "dns/records", {"name": f"mail.{DOMAIN}", "type": type, "value": value})
    mail = ready.wait(message_id=ready.send(f"a@{DOMAIN}", "r@here.example"))
    ready.api("DELETE", f"dns/records?name=mail.{DOMAIN}")
    page = tab(ready, mail, "why")
    assert f'<title id="why-title">{conclusion}</title>' in page
    cases = re.search(r'<table class="table cases">(.*?)</table>', page, re.DOTALL)[1]
    marked = {}
    for name, rest in re.findall(r'<th scope="row">DKIM (\w+)</th>(.*?)</tr>', cases, re.DOTALL):
        cells = re.findall(r"<td[^>]*>", rest)
        marked |= {(name, place): 'class="here"' in one for place, one in enumerate(cells)}
    assert [where for where, here in marked.items() if here] == [cell]
    assert len(marked) == 4
    for reason in mail["explanation"]:
        assert reason["sentence"] in unescape(page)
        assert reason["change"] in unescape(page)
    assert not re.search(r"\sstyle=", page)


def test_why_has_no_case_for_mail_that_ses_did_not_send(lab, tab, post):
    page = tab(lab, post(lab, b"From: a@b.example\r\n\r\nhi\r\n", to="why@here.example"), "why")
    assert "four cases" not in page
    assert "Gmail shows a question mark" in page


def test_journey_tells_the_call_its_rules_and_every_step(ready, tab, rich):
    page = tab(ready, rich, "journey")
    steps = re.findall(r'<li>\s*<div class="row"><h2>([\w ]+)</h2>', page)
    assert steps == ["Called", "Ruled", "Composed", "Signed", "Enveloped", "Delivered", "Judged", "Told of it"]
    text = visible(page)
    assert "SendRawEmail came in by SES API v1 and was answered 200." in text
    assert re.search(r"\b(\d+) of \1 rules passed", text)
    entry = next(one for one in ready.api("GET", "requests")["requests"] if one["message_id"] == rich["message_id"])
    for rule in entry["rules"]:
        assert f"{rule['rule']} {rule['verdict']} {rule['fact']}" in text
    for signature in rich["authentication"]["dkim"]:
        assert f"key at {signature['selector']}._domainkey.{signature['domain']}" in text
    assert "2048-bit signature" in text
    assert "1024-bit signature" in text
    assert f"MAIL FROM <{rich['envelope']['mail_from']}>" in text
    assert "reader@here.example delivered after 1 attempt" in text
    assert "C: RCPT TO:<reader@here.example>" in text


def test_journey_of_a_call_that_left_the_request_log_is_told_from_the_outbox(fresh, tab):
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    lab.verify(DOMAIN)
    mail = lab.wait(message_id=lab.send(f"a@{DOMAIN}", "r@here.example"))
    lab.emulator._journal.clear()
    text = visible(tab(lab, mail, "journey"))
    assert "SendEmail came in by SES API v1. Its entry has left the request log." in text
    assert "Ruled" not in text


def test_journey_of_a_strangers_mail_begins_at_the_sink(lab, tab, post):
    text = visible(tab(lab, post(lab, b"From: a@b.example\r\n\r\nhi\r\n", to="s@here.example"), "journey"))
    assert "did not come through SES: 127.0.0.1 brought it straight to the mail sink" in text
    assert "Told of it" not in text


def test_checks_find_what_is_wrong(ready, tab, rich):
    page = tab(ready, rich, "checks")
    text = visible(page)
    assert "Images LOOK 1 image has no alt attribute" in text
    assert "Text part OK" in text
    assert f"One-click OK Both fields are covered by the valid DKIM signature of {DOMAIN}" in text
    assert "go http://opened.example/ plain http" in text
    assert "https://opened.example/safe https://evil.example/ shows another host" in text
    assert "https://t.example/p.gif" in text


def test_neighbours_are_those_of_the_search_and_keep_the_tab(fresh, tab, ask):
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    lab.verify(DOMAIN)
    first, other, last = (
        lab.wait(message_id=lab.send(f"a@{DOMAIN}", "r@here.example", subject=subject))
        for subject in ("find", "other", "find")
    )
    page = tab(lab, last, "why", "&q=subject:find")
    assert f'rel="next" href="/_ses/messages/{first["id"]}?q=subject%3Afind&amp;tab=why"' in page
    assert 'rel="prev"' not in page
    assert f'rel="prev" href="/_ses/messages/{last["id"]}?tab=text"' in tab(lab, other, "text")
    for opened_with in ("", "html", "nonsense"):
        page = tab(lab, last, opened_with, "&q=subject:find")
        assert f'rel="next" href="/_ses/messages/{first["id"]}?q=subject%3Afind"' in page, "each opens as itself"
    assert 'rel="next"' in tab(lab, last, "text", "&q=dkim:perhaps"), "an impossible search does not hide the mail"
