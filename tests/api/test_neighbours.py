"""Other AWS services on the same port, and Route 53's records in the world's DNS."""

from __future__ import annotations

import http.client
import socket

import dns.message
import dns.query
import dns.rdatatype
import pytest
from botocore.exceptions import ClientError

from emulator.http import subscribers


def txt(lab, name: str) -> list[str]:
    """Asks our DNS port as anybody would."""
    host, _, port = lab.addresses.dns.rpartition(":")
    answer = dns.query.udp(dns.message.make_query(name, "TXT"), host, port=int(port), timeout=5)
    return [text.decode() for group in answer.answer for one in group for text in getattr(one, "strings", ())]


def publish(lab, domain: str, value: str, action: str = "UPSERT") -> None:
    route53 = lab.client("route53", "us-east-1")
    zones = [zone for zone in route53.list_hosted_zones()["HostedZones"] if zone["Name"] == f"{domain}."]
    if not zones:
        zones = [route53.create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]]
    record = {"Name": f"t.{domain}", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": f'"{value}"'}]}
    route53.change_resource_record_sets(
        HostedZoneId=zones[0]["Id"], ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )


def test_route53_records_are_in_dns_at_once_and_go_when_deleted(lab):
    publish(lab, "r53.example", "one")
    assert txt(lab, "t.r53.example") == ["one"]
    publish(lab, "r53.example", "two")
    assert txt(lab, "t.r53.example") == ["two"]
    publish(lab, "r53.example", "two", "DELETE")
    assert txt(lab, "t.r53.example") == []


def test_the_zones_of_two_accounts_stand_beside_each_other(lab, account_numbers):
    other = type(lab)(lab.emulator, str(next(account_numbers)))
    publish(lab, "mine.example", "mine")
    publish(other, "theirs.example", "theirs")
    publish(lab, "mine.example", "still mine")
    assert txt(lab, "t.mine.example") == ["still mine"]
    assert txt(lab, "t.theirs.example") == ["theirs"]


def test_records_put_by_the_api_survive_route53_changes(lab):
    lab.api("PUT", "dns/records", {"name": "t.api.example", "type": "TXT", "value": "by hand"})
    publish(lab, "elsewhere.example", "x")
    assert txt(lab, "t.api.example") == ["by hand"]


def test_sts_knows_the_account_of_the_key(lab):
    assert lab.client("sts").get_caller_identity()["Account"] == lab.account


def test_sns_and_sqs_are_there(lab):
    topic = lab.client("sns").create_topic(Name="bounces")["TopicArn"]
    assert topic == f"arn:aws:sns:{lab.region}:{lab.account}:bounces"
    assert lab.client("sqs").create_queue(QueueName="q")["QueueUrl"]


def test_what_moto_fails_on_is_told_in_words_that_an_sdk_reads(lab, monkeypatch):
    # However busy this machine is, it is known before the message is left to its line.
    monkeypatch.setattr(subscribers, "_PATIENCE", 30.0)
    sns, named = lab.client("sns"), lab.client("sns").create_topic(Name="t")["TopicArn"]
    # Bound and not listening: nobody else can get the port meanwhile.
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        sns.subscribe(TopicArn=named, Protocol="http", Endpoint=f"http://127.0.0.1:{nobody.getsockname()[1]}/")
        with pytest.raises(ClientError, match=r"moto's sns failed on this request \(500") as refused:
            sns.publish(TopicArn=named, Message="x")
    assert refused.value.response["Error"]["Code"] == "NeighbourFailed"
    events = lab.client("events")
    events.put_rule(Name="r", EventPattern='{"source":["x"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": named}])
    with pytest.raises(ClientError, match=r"moto's events failed on this request \(500"):
        events.put_events(Entries=[{"Source": "x", "DetailType": "y", "Detail": "{}"}])


def test_objects_have_the_keys_they_were_put_under(lab):
    s3, keys = lab.client("s3"), {"a?b", "a#b", "a%2Fb", "a/b", "a%b", "a+b", "a b", "ü"}
    s3.create_bucket(Bucket="odd-keys", CreateBucketConfiguration={"LocationConstraint": lab.region})
    for key in keys:
        s3.put_object(Bucket="odd-keys", Key=key, Body=key.encode())
    assert {one["Key"] for one in s3.list_objects_v2(Bucket="odd-keys")["Contents"]} == keys
    assert {s3.get_object(Bucket="odd-keys", Key=key)["Body"].read().decode() for key in keys} == keys


def test_an_empty_object_is_put_without_waiting_for_a_body(lab):
    s3 = lab.client("s3", region="us-east-1")
    s3.create_bucket(Bucket=f"empty-{lab.account}")
    # boto3 sends Expect: 100-continue with each object, and Content-Length: 0 with this one.
    s3.put_object(Bucket=f"empty-{lab.account}", Key="nothing", Body=b"")
    assert s3.get_object(Bucket=f"empty-{lab.account}", Key="nothing")["Body"].read() == b""


@pytest.mark.parametrize("service", ["email", "nonsense", "sesv2"])
def test_a_signature_for_a_service_that_is_not_here_is_refused_in_ses_words(lab, service):
    connection = http.client.HTTPConnection(lab.endpoint.removeprefix("http://"), timeout=10)
    scope = (
        f"AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=x"
    )
    connection.request("POST", "/", "Action=GetSendQuota&Version=2010-12-01", {"Authorization": scope})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status == 403
    assert "Credential should be scoped to correct service: &apos;ses&apos;." in body.replace("'", "&apos;")
