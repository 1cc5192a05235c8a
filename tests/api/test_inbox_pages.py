"""The page at ``/_ses/``: the last mails, written by strangers and therefore escaped."""

from __future__ import annotations

import re

HOSTILE = "<script>alert(1)</script>\"&'><img src=x onerror=alert(2)>{{7*7}}{0}%s"


def test_a_browser_at_the_root_is_sent_to_the_page(lab, ask):
    answer = ask(lab, "GET", "/", None, {"Accept": "text/html"})
    assert (answer.status, answer.headers["location"]) == (302, "/_ses/")
    assert ask(lab, "GET", "/_ses").headers["location"] == "/_ses/"
    page = ask(lab, "GET", "/_ses/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_the_page_shows_who_sent_what_to_whom_and_how_it_was_judged(lab, ask):
    lab.verify("front.example")
    lab.production()
    mail = lab.wait(message_id=lab.send("Front <a@front.example>", "reader@away.example", subject="流氷 today"))
    page = ask(lab, "GET", "/_ses/").body.decode()
    row = next(line for line in page.splitlines() if f"/messages/{mail['id']}/raw" in line)
    cells = re.findall(r"<td>(.*?)(?=<td>|</tr>)", row)
    assert cells == [
        mail["received_at"],
        "Front &lt;a@front.example&gt;",
        "reader@away.example",
        "流氷 today",
        "ap-northeast-1.amazonses.com",
        "front.example",
        "",
        f'<a href="/_ses/api/messages/{mail["id"]}">JSON</a> <a href="/_ses/api/messages/{mail["id"]}/raw">raw</a>',
    ]


def test_nothing_that_a_mail_says_becomes_markup(lab, post, ask):
    data = f"From: {HOSTILE} <x@away.example>\r\nTo: {HOSTILE}\r\nSubject: {HOSTILE}\r\n\r\n{HOSTILE}\r\n".encode()
    post(lab, data, to="markup@here.example")
    answer = ask(lab, "GET", "/_ses/")
    page = answer.body.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{7*7}}" in page
    assert not re.search(r"<(script|img|iframe|link|object|form)", page)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_the_style_is_the_one_that_the_policy_allows(lab, ask):
    import base64
    import hashlib

    answer = ask(lab, "GET", "/_ses/")
    style = re.search(r"<style>(.*?)</style>", answer.body.decode(), re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]


def test_an_empty_inbox_says_so_and_a_full_one_shows_the_last_fifty(fresh, ask):
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    assert "None yet." in ask(lab, "GET", "/_ses/").body.decode()
    lab.ses.verify_domain_identity(Domain="front.example")
    for group in range(2):
        lab.send("a@front.example", *[f"r{group}-{number}@front.example" for number in range(30)])
    for _ in range(300):
        newest = lab.api("GET", "messages?limit=1")
        if newest["total"] == 60:
            break
        lab.raw_api(
            "GET", f"messages/wait?timeout=0.1&after={newest['messages'][0]['id'] if newest['messages'] else 0}"
        )
    page = ask(lab, "GET", "/_ses/").body.decode()
    assert "The last 50 of 60, newest first." in page
    assert page.count("/raw") == 50


def test_what_is_not_there_is_404_for_every_method(lab, ask):
    for method in ("GET", "POST", "PUT", "DELETE", "BREW"):
        answer = ask(lab, method, "/_ses/nothing")
        assert (answer.status, answer.json["error"]["code"]) == (404, "NotFound")
