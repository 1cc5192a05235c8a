"""SES's limits: too fast is tried again, too much in a day is an error until the day is over."""

import pytest
from botocore.exceptions import ClientError
from signup import Mailer


def test_a_mail_that_is_too_soon_after_another_is_sent_a_little_later(harbour, inbox, ses, anna):
    ses.verify("bert@example.com", "carla@example.com")
    # One mail to two counts twice: the account may send again when two seconds are over.
    harbour.post("/invite", data={"email": anna, "friend": ["bert@example.com", "carla@example.com"]})
    assert harbour.post("/signup", data={"email": anna, "password": "sea"}).status_code == 201

    inbox.wait_for(to=anna, subject="Welcome")
    calls = ses.requests()
    assert (calls[0].accepted, calls[-1].accepted) == (True, True)
    assert {(call.accepted, call.code) for call in calls[1:-1]} == {(False, "TooManyRequestsException")}


@pytest.mark.ses_emulator("--max-24-hour-send", "2", "--max-send-rate", "-1")
def test_the_day_s_quota_comes_back(ses, inbox):
    ses.verify("harbour.example", "anna@example.com")
    mailer = Mailer(patience=0)
    for number in (1, 2):
        mailer.send(["anna@example.com"], f"{number}", "test-body")
    with pytest.raises(ClientError, match="Daily message quota exceeded"):
        mailer.send(["anna@example.com"], "3", "test-body")

    ses.clock.advance(hours=24, seconds=1)
    mailer.send(["anna@example.com"], "4", "test-body")
    assert inbox.wait_for(subject="4")
    assert [mail.subject for mail in inbox.all()] == ["1", "2", "4"]
