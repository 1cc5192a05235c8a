"""Paths that suites written for moto and LocalStack use."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from emulator.version import VERSION


@pytest.fixture
def mails(fresh):
    """An emulator with two mails of SES (one of them to two recipients) and a stranger's; their MessageIds."""
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    lab.ses.verify_domain_identity(Domain="compat.example")
    first = lab.ses.send_email(
        Source="One <one@compat.example>",
        Destination={"ToAddresses": ["to@compat.example"], "CcAddresses": ["cc@compat.example"]},
        Message={
            "Subject": {"Data": "first"},
            "Body": {"Text": {"Data": "text"}, "Html": {"Data": "<p>html</p>"}},
        },
    )["MessageId"]
    second = lab.send("two@compat.example", "to@compat.example", subject="second", text="more")
    lab.ids = [first, second]
    return lab


def sent(lab, ask, query=""):
    answer = ask(lab, "GET", f"/_aws/ses{query}")
    assert answer.status == 200
    return answer.json["messages"]


def test_sent_mails_are_listed_at_once_in_localstacks_shape(mails, ask, post):
    first, second = sent(mails, ask)
    assert [first["Id"], second["Id"]] == mails.ids
    assert first["Region"] == mails.region
    assert first["Source"] == "One <one@compat.example>"
    assert first["Destination"] == {"ToAddresses": ["to@compat.example"], "CcAddresses": ["cc@compat.example"]}
    assert first["Subject"] == "first"
    assert {name: text.strip() for name, text in first["Body"].items()} == {
        "text_part": "text",
        "html_part": "<p>html</p>",
    }
    assert second["Body"]["html_part"] is None
    assert "Subject: first" in first["RawData"]
    assert first["Timestamp"]
    post(mails, b"From: x@away.example\r\nSubject: spam\r\n\r\nx\r\n")
    assert [one["Id"] for one in sent(mails, ask)] == mails.ids


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?id={0}", [0]),
        ("?id={1}", [1]),
        ("?id=unknown", []),
        ("?email=one@compat.example", [0]),
        ("?email=" + quote("One <one@compat.example>"), [0]),
        ("?email=two@compat.example", [1]),
        ("?email=to@compat.example", []),
        ("?id={0}&email=two@compat.example", []),
        ("?id={0}&email=one@compat.example", [0]),
        ("?id=", [0, 1]),
    ],
)
def test_id_and_email_filter(mails, ask, query, expected):
    found = sent(mails, ask, query.format(*mails.ids))
    assert [one["Id"] for one in found] == [mails.ids[number] for number in expected]


def test_one_mail_or_all_are_deleted(mails, ask):
    first, second = mails.ids
    assert ask(mails, "DELETE", f"/_aws/ses?id={first}").status == 204
    assert [one["Id"] for one in sent(mails, ask)] == [second]
    assert ask(mails, "DELETE", f"/_aws/ses?id={first}").status == 404
    assert ask(mails, "DELETE", "/_aws/ses?email=two@compat.example").status == 400
    assert [one["Id"] for one in sent(mails, ask)] == [second]
    assert ask(mails, "DELETE", "/_aws/ses").status == 204
    assert sent(mails, ask) == []


@pytest.mark.parametrize("query", ["?id=%00", "?email=%00", "?id=" + "x" * 1001])
def test_bad_filters_are_refused(mails, ask, query):
    answer = ask(mails, "GET", f"/_aws/ses{query}")
    assert (answer.status, answer.json["error"]["code"]) == (400, "BadRequest")


def test_health_names_the_services(lab, ask):
    answer = ask(lab, "GET", "/_localstack/health")
    assert answer.status == 200
    assert answer.json["services"]["ses"] in ("available", "running")
    assert answer.json["version"] == VERSION


def test_motos_reset_empties_ses_and_the_neighbours(fresh, ask):
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    # moto has not been loaded yet.
    assert ask(lab, "POST", "/moto-api/reset").json == {"status": "ok"}
    lab.ses.verify_domain_identity(Domain="reset.example")
    lab.wait(message_id=lab.send("a@reset.example", "b@reset.example"))
    lab.client("sns").create_topic(Name="bounces")
    route53 = lab.client("route53", "us-east-1")
    zone = route53.create_hosted_zone(Name="reset.example", CallerReference="1")["HostedZone"]["Id"]
    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": "www.reset.example",
                        "Type": "A",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": "192.0.2.1"}],
                    },
                }
            ]
        },
    )
    assert lab.api("GET", "dns/records?name=www.reset.example")["records"]
    assert ask(lab, "POST", "/moto-api/reset").json == {"status": "ok"}
    assert lab.api("GET", "dns/records")["records"] == []
    assert lab.api("GET", "messages")["total"] == 0
    assert lab.ses.list_identities()["Identities"] == []
    assert lab.client("sns").list_topics()["Topics"] == []
    assert route53.list_hosted_zones()["HostedZones"] == []
