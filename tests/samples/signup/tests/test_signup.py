"""Signing up: the welcome mail, and what somebody sees whose address cannot be written to."""

from urllib.parse import urlsplit


def test_the_welcome_mail_comes_from_us_and_its_link_confirms_the_address(harbour, inbox, anna):
    assert harbour.post("/signup", data={"email": anna, "password": "sea"}).status_code == 201

    mail = inbox.wait_for(to=anna, subject="Welcome")
    assert mail.from_ == "Harbour <hello@harbour.example>"
    assert (mail.signed_by, mail.via) == ("harbour.example", None)
    assert (mail.spf, mail.dkim) == ("pass", "pass")
    [link] = mail.links
    where = urlsplit(link)
    assert where.netloc == "harbour.example"
    assert harbour.get(f"{where.path}?{where.query}").status_code == 200
    assert harbour.get(f"{where.path}?{where.query}").status_code == 404


def test_the_welcome_mail_looks_as_agreed(harbour, inbox, anna):
    harbour.post("/signup", data={"email": anna, "password": "sea"})
    assert inbox.wait_for(to=anna).matches_golden("welcome", replace={r"token=[\w-]+": "token=<token>"})


def test_whoever_cannot_be_written_to_is_told_so(harbour, inbox, ses):
    answer = harbour.post("/signup", data={"email": "stranger@example.com", "password": "sea"})
    assert (answer.status_code, answer.text) == (
        422,
        "We cannot send mail to stranger@example.com. Is it spelled as it should be?",
    )
    [call] = ses.requests()
    assert (call.accepted, call.code) == (False, "MessageRejected")
    inbox.expect_none(within=0.2)


def test_in_production_nobody_needs_to_be_known(harbour, inbox, ses):
    ses.production()
    harbour.post("/signup", data={"email": "stranger@example.com", "password": "sea"})
    assert inbox.wait_for(to="stranger@example.com").links
