"""Dedicated IPs and their pools through boto3; addresses are leased with the inspection API."""

from __future__ import annotations

from emulator.dns.amazonses import own_records
from emulator.documents.dedicated_ips import DedicatedIp, DedicatedIpPool
from emulator.mail.envelope import outgoing
from emulator.post.dedicated_ips import outgoing_of
from emulator.store.sql.engine import open_store, sqlite_url
from emulator.values import Scope
from tests.api.refusals import refused

DAY = 86400
HERE = Scope("123456789012", "us-east-1")


def lease(lab, pool: str | None = None) -> str:
    body = {"pool": pool} if pool else {}
    return lab.api("POST", f"dedicated-ips?account={lab.account}&region={lab.region}", body)["ip"]


def told(lab, ip: str):
    return lab.sesv2.get_dedicated_ip(Ip=ip)["DedicatedIp"]


def test_a_pool_is_created_read_listed_and_deleted(lab):
    ses = lab.sesv2
    for name in ("b", "a", "c"):
        ses.create_dedicated_ip_pool(PoolName=name)
    assert ses.get_dedicated_ip_pool(PoolName="a")["DedicatedIpPool"] == {"PoolName": "a", "ScalingMode": "STANDARD"}
    page = ses.list_dedicated_ip_pools(PageSize=2)
    assert page["DedicatedIpPools"] == ["a", "b"]
    assert ses.list_dedicated_ip_pools(NextToken=page["NextToken"])["DedicatedIpPools"] == ["c"]
    assert refused(ses.list_dedicated_ip_pools, NextToken="abcd")[0] == 400
    assert refused(ses.list_dedicated_ip_pools, PageSize=0)[0] == 400
    ses.delete_dedicated_ip_pool(PoolName="a")
    assert ses.list_dedicated_ip_pools()["DedicatedIpPools"] == ["b", "c"]
    assert lab.client("sesv2", "eu-west-1").list_dedicated_ip_pools()["DedicatedIpPools"] == []


def test_the_texts_of_refusals_are_ses_own(lab):
    ses = lab.sesv2
    ses.create_dedicated_ip_pool(PoolName="p")
    missing = (404, "NotFoundException", "The requested pool <ghost> does not exist.")
    invalid = (400, "BadRequestException", "The ScalingMode parameter is invalid.")
    assert refused(ses.create_dedicated_ip_pool, PoolName="p") == (
        400,
        "AlreadyExistsException",
        "The pool <p> already exists.",
    )
    assert refused(ses.get_dedicated_ip_pool, PoolName="ghost") == missing
    assert refused(ses.delete_dedicated_ip_pool, PoolName="ghost") == missing
    put = ses.put_dedicated_ip_pool_scaling_attributes
    assert refused(put, PoolName="ghost", ScalingMode="STANDARD") == missing
    assert refused(put, PoolName="p", ScalingMode="NONSENSE") == invalid
    assert refused(ses.create_dedicated_ip_pool, PoolName="q", ScalingMode="NONSENSE") == invalid
    assert refused(ses.get_dedicated_ips, PoolName="ghost") == missing
    assert refused(ses.get_dedicated_ip, Ip="23.249.210.7")[:2] == (404, "NotFoundException")


def test_an_account_has_fifty_pools_at_most(lab):
    for number in range(50):
        lab.sesv2.create_dedicated_ip_pool(PoolName=f"p{number}")
    assert refused(lab.sesv2.create_dedicated_ip_pool, PoolName="more")[:2] == (400, "LimitExceededException")


def test_managed_is_for_good_and_has_an_address_of_ses_own(lab):
    ses = lab.sesv2
    ses.create_dedicated_ip_pool(PoolName="m", ScalingMode="MANAGED")
    (address,) = ses.get_dedicated_ips(PoolName="m")["DedicatedIps"]
    assert (address["WarmupStatus"], address["WarmupPercentage"]) == ("NOT_APPLICABLE", -1)
    put = ses.put_dedicated_ip_pool_scaling_attributes
    assert refused(put, PoolName="m", ScalingMode="STANDARD")[0] == 400
    ses.create_dedicated_ip_pool(PoolName="s")
    moved = lease(lab, "s")
    put(PoolName="s", ScalingMode="MANAGED")
    back = refused(put, PoolName="s", ScalingMode="STANDARD")
    assert back == (400, "BadRequestException", "The ScalingMode parameter is invalid.")
    assert ses.get_dedicated_ip_pool(PoolName="s")["DedicatedIpPool"]["ScalingMode"] == "MANAGED"
    assert [one["Ip"] for one in ses.get_dedicated_ips(PoolName="s")["DedicatedIps"]] == [moved]
    ip = address["Ip"]
    assert refused(ses.put_dedicated_ip_warmup_attributes, Ip=ip, WarmupPercentage=5)[0] == 400
    ses.create_dedicated_ip_pool(PoolName="t")
    assert refused(ses.put_dedicated_ip_in_pool, Ip=ip, DestinationPoolName="t")[0] == 400
    assert refused(ses.put_dedicated_ip_in_pool, Ip=lease(lab, "t"), DestinationPoolName="m")[0] == 400
    ses.delete_dedicated_ip_pool(PoolName="m")
    assert refused(ses.get_dedicated_ip, Ip=ip)[0] == 404


def test_addresses_are_leased_moved_and_given_back(lab):
    ses = lab.sesv2
    assert ses.get_dedicated_ips()["DedicatedIps"] == []
    ses.create_dedicated_ip_pool(PoolName="a")
    first, second = sorted((lease(lab), lease(lab, "a")))
    assert ses.list_dedicated_ip_pools()["DedicatedIpPools"] == ["a", "ses-default-dedicated-pool"]
    page = ses.get_dedicated_ips(PageSize=1)
    assert [one["Ip"] for one in page["DedicatedIps"]] == [first]
    assert [one["Ip"] for one in ses.get_dedicated_ips(NextToken=page["NextToken"])["DedicatedIps"]] == [second]
    for ip in (first, second):
        ses.put_dedicated_ip_in_pool(Ip=ip, DestinationPoolName="a")
        assert told(lab, ip)["PoolName"] == "a"
    assert refused(ses.put_dedicated_ip_in_pool, Ip=first, DestinationPoolName="ghost")[0] == 404
    assert refused(ses.put_dedicated_ip_in_pool, Ip="10.0.0.1", DestinationPoolName="a")[0] == 404
    ses.delete_dedicated_ip_pool(PoolName="a")
    assert told(lab, first)["PoolName"] == "ses-default-dedicated-pool"
    query = f"?account={lab.account}&region={lab.region}"
    lab.api("DELETE", f"dedicated-ips/{first}{query}")
    assert lab.raw_api("DELETE", f"dedicated-ips/{first}{query}")[0] == 404
    assert lab.raw_api("POST", f"dedicated-ips{query}", {"pool": "ghost"})[0] == 400
    assert lab.raw_api("POST", f"dedicated-ips{query}", {"pool": 1})[0] == 400
    assert lab.raw_api("POST", "dedicated-ips?region=nowhere", {})[0] == 400
    assert [one["Ip"] for one in ses.get_dedicated_ips()["DedicatedIps"]] == [second]


def test_an_address_warms_up_in_45_days(fresh):
    lab = fresh()
    ip = lease(lab)
    assert told(lab, ip)["WarmupStatus"] == "IN_PROGRESS"
    assert told(lab, ip)["WarmupPercentage"] == 0
    lab.advance(9 * DAY + 60)
    assert told(lab, ip)["WarmupPercentage"] == 20
    lab.sesv2.put_dedicated_ip_warmup_attributes(Ip=ip, WarmupPercentage=90)
    assert told(lab, ip)["WarmupPercentage"] == 90
    lab.advance(5 * DAY)
    assert told(lab, ip)["WarmupStatus"] == "DONE"
    assert told(lab, ip)["WarmupPercentage"] == 100
    lab.sesv2.put_account_dedicated_ip_warmup_attributes(AutoWarmupEnabled=False)
    assert told(lab, lease(lab))["WarmupStatus"] == "DONE"
    put = lab.sesv2.put_dedicated_ip_warmup_attributes
    assert refused(put, Ip=ip, WarmupPercentage=101)[0] == 400
    assert refused(put, Ip="10.0.0.1", WarmupPercentage=1)[0] == 404


def test_mail_leaves_from_an_address_of_its_pool_as_far_as_it_is_warm(tmp_path):
    store = open_store(sqlite_url(tmp_path))
    try:
        with store.write() as writer:
            for name, pool, warmup in (
                ("23.249.210.7", "warm", 100),
                ("23.249.210.8", "cold", 0),
                ("23.249.210.9", "half", 50),
            ):
                writer.save_document(
                    DedicatedIp(scope=HERE, name=name, pool=pool, warmup=warmup, warmup_at=0.0, warming=False)
                )
            writer.save_document(DedicatedIp(scope=HERE, name="23.249.210.6", pool="managed", warming=True))
            writer.save_document(DedicatedIpPool(scope=HERE, name="managed", scaling_mode="MANAGED"))
        shared = outgoing("us-east-1")
        with store.read() as reader:

            def seen(pool, scope=HERE):
                return {outgoing_of(reader, scope, pool, 0.0).ip for _ in range(200)}

            assert seen("warm") == {"23.249.210.7"}
            assert seen("managed") == {"23.249.210.6"}
            assert seen("cold") == seen("empty") == seen(None) == seen("ses-shared-pool") == {shared.ip}
            assert seen("half") == {"23.249.210.9", shared.ip}
            assert seen("warm", Scope(HERE.account, "eu-west-1")) == {outgoing("eu-west-1").ip}
            host = outgoing_of(reader, HERE, "warm", 0.0).host
    finally:
        store.close()
    (record,) = own_records("").records_at(host)
    assert (record.type, record.value) == ("A", "23.249.210.7")
