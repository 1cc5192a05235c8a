"""``send`` and ``verify``: a test mail through SES's own API, and identities that may send it."""

from __future__ import annotations

from typing import Any, BinaryIO

import click

from emulator.cli.client import Api, Failed, Unreachable, api_options, json_option
from emulator.cli.options import option
from emulator.cli.terminal import print_json, print_table, safe
from emulator.settings import DEFAULT_SECRET

_HINT = "x-ses-emulator-hint"


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@json_option
@api_options
def verify(url: str, account: str | None, region: str | None, as_json: bool, names: tuple[str, ...]) -> None:
    """Verify addresses and domains, as though links were opened and records published; made where they are missing."""
    api = Api(url, account, region)
    whose, where = api.whose
    done = [api.call("PUT", "identities", name, query={"account": whose, "region": where}) for name in names]
    if as_json:
        print_json({"identities": done})
    else:
        print_table(
            ("IDENTITY", "REGION", "ACCOUNT", "STATUS"),
            [(one["identity"], one["region"], one["account"], one["verification"]) for one in done],
        )


@click.command()
@click.option("--from", "from_", help="The sender; of a raw mail its From unless given.")
@click.option("--to", multiple=True, help="Repeatable; of a raw mail its To, Cc and Bcc unless given.")
@click.option("--cc", multiple=True)
@click.option("--bcc", multiple=True)
@click.option("--reply-to", multiple=True)
@click.option("--subject", default="Test", show_default=True)
@click.option("--text", help="The body. [It works.]")
@click.option("--html", help="The body in HTML, beside or instead of --text.")
@click.option("--raw", type=click.File("rb"), help="A whole message (.eml) instead; - is standard input.")
@option("--secret", default=DEFAULT_SECRET, show_default=True, help="The secret access key, where it is looked at.")
@json_option
@api_options
def send(url: str, account: str | None, region: str | None, as_json: bool, secret: str, **mail: Any) -> None:
    """Send a test mail through the SES API (boto3, SendEmail of v2), held to every rule."""
    api = Api(url, account, region)
    answer = _send(api, secret, _request(**mail))
    if as_json:
        print_json({"message_id": answer})
    else:
        click.echo(safe(answer))


def _request(
    from_: str | None,
    to: tuple[str, ...],
    cc: tuple[str, ...],
    bcc: tuple[str, ...],
    reply_to: tuple[str, ...],
    subject: str,
    text: str | None,
    html: str | None,
    raw: BinaryIO | None,
) -> dict[str, Any]:
    """The arguments of SendEmail."""
    if raw is None and (from_ is None or not (to or cc or bcc)):
        raise click.UsageError("--from and --to say who writes to whom; only a --raw mail says so itself.")
    if raw is not None and (text is not None or html is not None):
        raise click.UsageError("--raw is the whole mail; --text and --html make one.")
    request: dict[str, Any] = {}
    if from_ is not None:
        request["FromEmailAddress"] = from_
    given = {"ToAddresses": to, "CcAddresses": cc, "BccAddresses": bcc}
    destination = {name: list(addresses) for name, addresses in given.items() if addresses}
    if destination:
        request["Destination"] = destination
    if reply_to:
        request["ReplyToAddresses"] = list(reply_to)
    if raw is not None:
        request["Content"] = {"Raw": {"Data": raw.read()}}
        return request
    body = {}
    if text is not None or html is None:
        body["Text"] = {"Data": "It works." if text is None else text, "Charset": "UTF-8"}
    if html is not None:
        body["Html"] = {"Data": html, "Charset": "UTF-8"}
    request["Content"] = {"Simple": {"Subject": {"Data": subject, "Charset": "UTF-8"}, "Body": body}}
    return request


def _send(api: Api, secret: str, request: dict[str, Any]) -> str:
    # Loaded here: it takes longer than everything else that a command does.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

    account, region = api.whose
    try:
        client = boto3.client(
            "sesv2",
            endpoint_url=api.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, proxies={}, connect_timeout=10),
        )
        return str(client.send_email(**request)["MessageId"])
    except ClientError as problem:
        said = problem.response["Error"]
        hint = problem.response["ResponseMetadata"]["HTTPHeaders"].get(_HINT)
        raise Failed(f"{said['Code']}: {said['Message']}" + (f" ({hint})" if hint else "")) from problem
    except (ConnectionError, HTTPClientError) as problem:
        raise Unreachable(api.url, problem) from problem
    except (BotoCoreError, ValueError) as problem:
        raise Failed(str(problem)) from problem
