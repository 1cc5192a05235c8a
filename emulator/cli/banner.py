"""What ``start`` says: where everything is, and settings to paste into what is to send through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.settings import DEFAULT_REGION, Settings

if TYPE_CHECKING:
    from emulator.listening import Addresses

_ACCESS_KEY = "test"


def banner(addresses: Addresses, settings: Settings) -> str:
    """Of a running emulator. Credentials and region are examples that work."""
    from emulator.smtp.credentials import password

    at, region = addresses.endpoint, DEFAULT_REGION
    secret = settings.secret_of(_ACCESS_KEY)
    host, _, port = addresses.smtp.rpartition(":")
    lines = (
        ("SES endpoint", at),
        ("Inbox", f"{addresses.ui}   ({at}/_ses/api/messages as JSON)"),
        ("SES SMTP", f"{addresses.smtp} STARTTLS, {addresses.smtps} TLS"),
        ("Mail sink", addresses.sink),
        ("DNS", addresses.dns),
        ("", ""),
        ("boto3", f"export AWS_ENDPOINT_URL_SES={at} AWS_ENDPOINT_URL_SESV2={at}"),
        ("", f"export AWS_ACCESS_KEY_ID={_ACCESS_KEY} AWS_SECRET_ACCESS_KEY={secret} AWS_DEFAULT_REGION={region}"),
        ("aws CLI", f"the same, or: aws --endpoint-url {at} ses get-send-quota"),
        (
            "JS SDK",
            f'new SESv2Client({{ endpoint: "{at}", region: "{region}", '
            f'credentials: {{ accessKeyId: "{_ACCESS_KEY}", secretAccessKey: "{secret}" }} }})',
        ),
        ("Django", 'EMAIL_BACKEND = "django_ses.SESBackend"'),
        ("", f'AWS_SES_REGION_NAME, AWS_SES_REGION_ENDPOINT_URL = "{region}", "{at}"'),
        ("SMTP", f"host {host}, port {port}, user {_ACCESS_KEY}, password {password(secret, region)}"),
    )
    return "\n".join(f"{name:<14} {what}".rstrip() for name, what in lines)
