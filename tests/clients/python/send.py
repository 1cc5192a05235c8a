"""Sends the mail that standard input describes through Django, with the backend that the first argument names, and
prints what came of it: ``{"message_id"}`` or ``{"error", "message"}``. Where SES is comes from the environment."""

import base64
import json
import os
import sys

import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

REGION = os.environ["AWS_DEFAULT_REGION"]
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]

WAYS = {
    "django-ses": {
        "EMAIL_BACKEND": "django_ses.SESBackend",
        "AWS_SES_REGION_NAME": REGION,
        "AWS_SES_REGION_ENDPOINT_URL": ENDPOINT,
    },
    "django-ses, v2": {
        "EMAIL_BACKEND": "django_ses.SESBackend",
        "AWS_SES_REGION_NAME": REGION,
        "AWS_SES_REGION_ENDPOINT_URL": ENDPOINT,
        "USE_SES_V2": True,
    },
    "django-anymail": {"EMAIL_BACKEND": "anymail.backends.amazon_ses.EmailBackend"},
}


def main() -> None:
    settings.configure(INSTALLED_APPS=["anymail"], SECRET_KEY="for a test", **WAYS[sys.argv[1]])
    django.setup()
    mail = json.load(sys.stdin)
    message = EmailMultiAlternatives(
        subject=mail["subject"],
        body=mail["text"],
        from_email=mail["from"],
        to=mail["to"],
        cc=mail["cc"],
        bcc=mail["bcc"],
        reply_to=mail["reply_to"],
        headers=mail["headers"],
    )
    message.attach_alternative(mail["html"], "text/html")
    for file in mail["attachments"]:
        message.attach(file["name"], base64.b64decode(file["content"]), file["type"])
    try:
        message.send()
    except Exception as problem:
        answer = {"error": type(problem).__name__, "message": str(problem)}
    else:
        status = getattr(message, "anymail_status", None)
        answer = {"message_id": status.message_id if status else message.extra_headers["message_id"]}
    sys.stdout.write(json.dumps(answer))


main()
