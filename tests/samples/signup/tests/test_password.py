"""A forgotten password: the code in the mail, and no mail for whom we do not know."""

import pytest


@pytest.fixture
def forgetful(harbour, anna):
    """Anna has signed up, and the second in which SES lets the sandbox send one mail is over."""
    harbour.post("/signup", data={"email": anna, "password": "sea"})
    return harbour


def test_the_code_in_the_mail_sets_a_new_password(forgetful, inbox, anna):
    forgetful.post("/forgot", data={"email": anna})
    code = inbox.wait_for(to=anna, subject="Your code").code(r"\b\d{6}\b")
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert forgetful.post("/reset", data={"email": anna, "code": wrong, "password": "ice"}).status_code == 403

    forgetful.post("/forgot", data={"email": anna})
    second = inbox.wait_for(to=anna, subject="Your code", after=inbox.wait_for(text=code))
    new = {"email": anna, "code": second.code(r"\b\d{6}\b"), "password": "ice"}
    assert forgetful.post("/reset", data=new).status_code == 200
    assert forgetful.post("/reset", data=new).status_code == 403


def test_nothing_is_sent_to_whom_we_do_not_know(harbour, inbox, anna):
    assert harbour.post("/forgot", data={"email": anna}).status_code == 202
    inbox.expect_none(within=0.2)
