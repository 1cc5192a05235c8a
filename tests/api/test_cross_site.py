"""Web pages of others cannot read or change anything here, whatever a visitor's browser sends for them."""

from __future__ import annotations

import pytest

FOREIGN = "https://evil.example"
CHANGING = [
    ("POST", "/_ses/api/reset", b""),
    ("POST", "/_ses/api/clock", b'{"advance_seconds": 1}'),
    ("DELETE", "/_ses/api/messages", None),
    ("PUT", "/_ses/api/dns/records", b'{"name": "evil.example", "type": "A", "value": "192.0.2.1"}'),
    ("POST", "/_ses/api/identities/kept.example/verify", b""),
    ("POST", "/moto-api/reset", b""),
    ("DELETE", "/_aws/ses", None),
]
READING = [
    ("GET", "/_ses/api/messages", None),
    ("GET", "/_ses/api/messages/1/raw", None),
    ("GET", "/_ses/api/requests", None),
    ("GET", "/_ses/api/events", None),
    ("GET", "/_aws/ses", None),
    ("GET", "/_localstack/health", None),
    ("GET", "/_ses/", None),
]
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Accept-Language": "en"}


@pytest.fixture
def guarded(lab):
    lab.client("ses", "us-east-1").verify_domain_identity(Domain="kept.example")
    return lab


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": FOREIGN, "Content-Type": "text/plain"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": FOREIGN},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
)
@pytest.mark.parametrize(("method", "path", "body"), CHANGING + READING)
def test_a_foreign_pages_requests_are_refused(guarded, ask, method, path, body, headers):
    before = guarded.api("GET", "dns/records")
    answer = ask(guarded, method, path, body, headers)
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers
    assert guarded.api("GET", "dns/records") == before


@pytest.mark.parametrize(("method", "path", "body"), CHANGING + READING)
@pytest.mark.parametrize(
    "extra",
    [
        {},
        BROWSER,
        {"User-Agent": "Mozilla/5.0"},
        {"Accept-Language": "*"},
        {"Origin": "http://rebind.evil.example:{port}"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_a_foreign_name_for_this_machine_opens_nothing_to_a_browser(guarded, ask, method, path, body, extra):
    port = guarded.endpoint.rpartition(":")[2]
    headers = {"Host": f"rebind.evil.example:{port}"}
    headers |= {name: value.replace("{port}", port) for name, value in extra.items()}
    if extra:
        assert ask(guarded, method, path, body, headers).status == 403
    elif method == "GET":
        # No browser can be made to send so little: this is a program, and may call us by any name.
        assert ask(guarded, method, path, body, headers).status in (200, 404)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "192.168.1.5", "ses", "app.localhost", "LOCALHOST",
                                  "host.docker.internal", "ses.default.svc.cluster.local"])  # fmt: skip
def test_own_pages_and_private_names_are_fine(guarded, ask, host):
    place = f"{host}:{guarded.endpoint.rpartition(':')[2]}"
    same_origin = {"Host": place, "Origin": f"http://{place.lower()}", "Sec-Fetch-Site": "same-origin", **BROWSER}
    moved = ask(guarded, "POST", "/_ses/api/clock", b'{"advance_seconds": 0}', same_origin)
    assert moved.status == 200
    assert ask(guarded, "GET", "/_ses/", None, {"Host": place, **BROWSER}).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "local.", "a]b", "[::1"]
)
def test_names_that_only_look_like_ours_are_refused(guarded, ask, host):
    answer = ask(guarded, "GET", "/_ses/api/messages", None, {"Host": host, **BROWSER})
    assert (answer.status in (400, 403)) is (host != "local.")


def test_a_name_that_was_given_is_ours(fresh, ask):
    lab = fresh(public_url="https://ses.corp.example")
    headers = {"Host": "ses.corp.example", "Origin": "https://ses.corp.example", "Sec-Fetch-Site": "same-origin"}
    assert ask(lab, "GET", "/_ses/api/messages", None, headers | BROWSER).status == 200


def test_a_link_from_elsewhere_may_be_followed(guarded, ask):
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", **BROWSER}
    assert ask(guarded, "GET", "/_ses/", None, followed).status == 200
    assert ask(guarded, "GET", "/_ses/api/messages", None, followed).status == 200
    for method, path, body in CHANGING:
        assert ask(guarded, method, path, body, followed).status == 403


def test_programs_send_none_of_it_and_are_let_in(guarded, ask):
    for agent in ("Boto3/1.40", "curl/8.0", "python-requests/2.32", "node"):
        assert ask(guarded, "GET", "/_ses/api/messages", None, {"User-Agent": agent}).status == 200
    # Node's fetch, from another container.
    node = {"Host": "ses:4579", "Accept-Language": "*", "Sec-Fetch-Mode": "cors", "User-Agent": "node"}
    assert ask(guarded, "POST", "/_ses/api/clock", b'{"advance_seconds": 0}', node).status == 200


def test_a_preflight_grants_nothing(guarded, ask):
    wanted = {"Origin": FOREIGN, "Access-Control-Request-Method": "DELETE"}
    answer = ask(guarded, "OPTIONS", "/_ses/api/messages", None, wanted)
    assert answer.status == 403
    assert not any(name.startswith("access-control-") for name in answer.headers)


def test_no_page_may_frame_or_sniff_what_is_answered(guarded, ask):
    for path in ("/_ses/", "/_ses/api/messages", "/_ses/verifysuccess"):
        answer = ask(guarded, "GET", path)
        assert answer.status == 200
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
