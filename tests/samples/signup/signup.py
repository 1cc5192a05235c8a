"""A small sign-up app: a welcome mail with a link, a code to set a new password, and a mail to friends."""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from flask import Flask, request

SENDER = "Harbour <hello@harbour.example>"
log = logging.getLogger(__name__)


class Undeliverable(Exception):
    """SES refuses to send to this address."""


class Mailer:
    """Sends by SES, and waits and tries again where SES says that it is too fast: up to ``patience`` seconds."""

    def __init__(self, patience: float = 10.0) -> None:
        self._ses = boto3.client("sesv2", config=Config(retries={"total_max_attempts": 1}))
        self._patience = patience

    def send(self, to: list[str], subject: str, text: str, html: str | None = None) -> str:
        body = {"Text": {"Data": text}} | ({"Html": {"Data": html}} if html else {})
        pause, waited = 0.2, 0.0
        while True:
            try:
                answer = self._ses.send_email(
                    FromEmailAddress=SENDER,
                    Destination={"ToAddresses": to},
                    Content={"Simple": {"Subject": {"Data": subject}, "Body": body}},
                )
                return answer["MessageId"]
            except ClientError as problem:
                code = problem.response["Error"]["Code"]
                if code == "MessageRejected":
                    raise Undeliverable(problem.response["Error"]["Message"]) from problem
                if code != "TooManyRequestsException" or waited >= self._patience:
                    raise
                log.warning("SES: %s; again in %g s", code, pause)
            time.sleep(pause)
            waited += pause
            pause = min(2 * pause, 1.0)


@dataclass
class People:
    """Who signed up, by address; a real one would keep them in a database, and the password's hash alone."""

    passwords: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)


def create_app(mailer: Mailer | None = None) -> Flask:
    app = Flask(__name__)
    people = People()
    mailer = mailer or Mailer()

    @app.post("/signup")
    def signup() -> tuple[str, int]:
        address, password = request.form["email"], request.form["password"]
        token = secrets.token_urlsafe(24)
        link = f"https://harbour.example/confirm?email={quote(address)}&token={token}"
        try:
            mailer.send(
                [address],
                "Welcome to Harbour",
                f"Welcome aboard!\n\nOne step is left: {link}\n\nThe harbour master",
                f'<h1>Welcome aboard!</h1><p>One step is left: <a href="{link}">confirm your address</a>.</p>',
            )
        except Undeliverable:
            return f"We cannot send mail to {address}. Is it spelled as it should be?", 422
        people.passwords[address], people.tokens[token] = password, address
        return "Look into your inbox.", 201

    @app.get("/confirm")
    def confirm() -> tuple[str, int]:
        if people.tokens.pop(request.args["token"], None) != request.args["email"]:
            return "This link is not valid any more.", 404
        return "Your address is confirmed.", 200

    @app.post("/forgot")
    def forgot() -> tuple[str, int]:
        address = request.form["email"]
        if address in people.passwords:
            code = f"{secrets.randbelow(10**6):06}"
            people.codes[address] = code
            mailer.send([address], "Your code", f"Your code is {code}. It is for setting a new password.")
        # The same to everybody: who has an account here is nobody's business.
        return "If we know you, a code is on its way.", 202

    @app.post("/reset")
    def reset() -> tuple[str, int]:
        address = request.form["email"]
        if people.codes.pop(address, None) != request.form["code"]:
            return "That is not the code.", 403
        people.passwords[address] = request.form["password"]
        return "Your new password is set.", 200

    @app.post("/invite")
    def invite() -> tuple[str, int]:
        friends = request.form.getlist("friend")
        mailer.send(friends, "Come to Harbour", f"{request.form['email']} thinks you would like it here.")
        return "Invited.", 202

    return app
