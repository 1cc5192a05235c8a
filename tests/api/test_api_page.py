"""The page that shows the API: every operation of the description, with calls that work as they stand."""

from __future__ import annotations

import html
import http.client
import re
import shlex
from urllib.parse import urlsplit

import pytest

CALL = re.compile(r'<pre id="call-([^"]+)">([^<]*)</pre>')


@pytest.fixture
def page(lab) -> str:
    return lab.get("/_ses/docs").decode()


def test_it_shows_every_operation_parameter_and_shape(lab, page):
    api = lab.api("GET", "openapi.json")
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            part = page[page.index(f'<article class="card" id="{operation["operationId"]}"') :].partition("</article>")[
                0
            ]
            for shown in (path, method.upper(), operation["summary"]):
                assert str(html.escape(shown, quote=False)).replace("'", "&#39;") in part
            for parameter in operation["parameters"]:
                assert f"<code>{parameter['name']}</code>" in part
    for name in api["components"]["schemas"]:
        assert f'id="shape-{name}"' in page


def test_every_link_in_it_leads_to_a_place_in_it(page):
    places = re.findall(r'\bid="([^"]+)"', page)
    assert len(places) == len(set(places))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(places)
    assert set(re.findall(r'data-copy="#([^"]+)"', page)) <= set(places)


def test_its_policy_lets_only_our_own_files_run(lab, ask, page):
    answer = ask(lab, "GET", "/_ses/docs")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "style=" not in page
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"\son\w+=", page) == []


def test_the_calls_to_copy_work_as_they_stand(fresh, post):
    lab = fresh(auto_verify=True)
    lab.verify("example.com", region="us-east-1")
    mail = post(
        lab,
        b"From: you@example.com\r\nMIME-Version: 1.0\r\nContent-Type: application/pdf\r\n"
        b"Content-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF\r\n",
        to="you@example.com",
    )
    assert (mail["id"], mail["attachments"][0]["n"]) == ("1", 0)
    calls = {name: html.unescape(call) for name, call in CALL.findall(lab.get("/_ses/docs").decode())}
    assert len(calls) == sum(len(one) for one in lab.api("GET", "openapi.json")["paths"].values())
    forgetting = [name for name in calls if "reset" in name or "delete" in name]
    for name in sorted(calls, key=lambda one: (one in forgetting, one != "delete_records", one)):
        words = shlex.split(calls[name])
        assert words[0] == "curl"
        url = next(word for word in words if word.startswith("http"))
        if name == "give_back":
            # Which address is leased is for SES to say; the example shows one.
            url = url.replace("23.249.210.7", lab.api("POST", "dedicated-ips", {})["ip"])
        asked = urlsplit(url)
        assert asked.netloc == lab.endpoint.removeprefix("http://")
        if "-N" in words:
            continue
        method = words[words.index("-X") + 1] if "-X" in words else "POST" if "-d" in words else "GET"
        body = words[words.index("-d") + 1].encode() if "-d" in words else None
        status, text = call(lab, method, f"{asked.path}?{asked.query}", body)
        # Of what a call before it has deleted, it is said that it is not there.
        assert status == 200 or (status == 404 and name in forgetting), (name, calls[name], status, text)


def call(lab, method: str, path: str, body: bytes | None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(lab.endpoint.removeprefix("http://"), timeout=30)
    try:
        # What curl sends with -d.
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
