"""``dns``: the world's zone, who asked it what, and the records that a domain needs in the real world."""

from __future__ import annotations

import click

from emulator.cli.client import Api, Failed, NotFound, api_options, json_option, with_url
from emulator.cli.terminal import print_json, print_table, safe

_TTL = 300


@click.group()
def dns() -> None:
    """Read and change the DNS that the emulator sees."""


@dns.command("list")
@click.argument("name", required=False)
@click.option("--type", "type_", help="Only of this type.")
@json_option
@with_url
def list_(url: str, as_json: bool, name: str | None, type_: str | None) -> None:
    """List the records: all, or those of NAME and of the names below it."""
    found = Api(url).call("GET", "dns", "records", query={"type": type_})
    if name is not None:
        top = name.lower().removesuffix(".")
        found["records"] = [one for one in found["records"] if f".{one['name']}".endswith(f".{top}")]
    if as_json:
        print_json(found)
        return
    print_table(
        ("NAME", "TTL", "TYPE", "VALUE", "FROM"),
        [(one["name"], one["ttl"], one["type"], one["value"], one["origin"]) for one in found["records"]],
    )


@dns.command()
@click.argument("name")
@click.argument("type")
@click.argument("value")
@click.option("--ttl", type=int, default=_TTL, show_default=True, help="Seconds.")
@json_option
@with_url
def add(url: str, as_json: bool, name: str, type: str, value: str, ttl: int) -> None:
    """Add a record, as `dns add example.com MX "10 mail.example.com"`."""
    record = {"name": name, "type": type, "value": value, "ttl": ttl}
    answer = Api(url).call("PUT", "dns", "records", body=record)
    if as_json:
        print_json(answer)
    else:
        one = answer["records"][0]
        click.echo(safe(f"{one['name']} {one['ttl']} {one['type']} {one['value']}"))


@dns.command()
@click.argument("name")
@click.argument("type", required=False)
@click.argument("value", required=False)
@json_option
@with_url
def remove(url: str, as_json: bool, name: str, type: str | None, value: str | None) -> None:
    """Remove the records of NAME, of TYPE, with VALUE; exit code 1 when there are none."""
    answer = Api(url).call("DELETE", "dns", "records", query={"name": name, "type": type, "value": value})
    if as_json:
        print_json(answer)
    elif answer["deleted"]:
        click.echo(f"{answer['deleted']} removed")
    if not answer["deleted"]:
        raise Failed(f"there is no such record at {name}")


@dns.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many at most.")
@json_option
@with_url
def queries(url: str, as_json: bool, limit: int) -> None:
    """List what the DNS was asked, newest first."""
    found = Api(url).call("GET", "dns", "queries", query={"limit": limit})
    if as_json:
        print_json(found)
        return
    print_table(
        ("TIME", "CLIENT", "NAME", "TYPE", "STATUS"),
        [
            (one["at"][:19].replace("T", " "), one["client"], one["name"], one["type"], one["status"])
            for one in found["queries"]
        ],
    )


@dns.command()
@click.argument("domain")
@click.option(
    "--format",
    "form",
    type=click.Choice(["zone", "terraform", "route53"]),
    default="zone",
    show_default=True,
    help="A zone file, aws_route53_record of Terraform, or a change batch of `aws route53`.",
)
@api_options
def zone(url: str, account: str | None, region: str | None, domain: str, form: str) -> None:
    """Print the records that DOMAIN needs in the real world: verification, DKIM, MAIL FROM, a first DMARC."""
    from emulator.cli import zones

    api = Api(url, account, region)
    whose, where = api.whose
    try:
        identity = api.call("GET", "identities", domain, query={"account": whose, "region": where})
    except NotFound as problem:
        raise NotFound(f"{problem.message[:-1]}; `ses-emulator verify {domain}` makes it") from problem
    if identity["kind"] != "DOMAIN":
        raise Failed(f"{domain} is an address; the records are those of its domain")
    records = zones.wanted(identity["identity"], identity["records"])
    click.echo(zones.FORMS[form](identity["identity"], where, records), nl=False)
