"""What the deliverability dashboard tells of a domain's mail (v2), from the mail that our receiver took.

Every copy in the inbox counts, placed by ``policy/placement.py``; mail deleted from it is forgotten, so there are no
rates of deletion, and what is projected is what was counted. A copy is read when it is marked so in the inbox. A
campaign is all mail of one From field and one subject. The samples of placement tests are left out.

Blocklists are asked in the world's own zone: whoever publishes ``7.210.249.23.zen.spamhaus.org`` (A, and TXT for the
description) there has the dedicated address 23.249.210.7 listed.

Source: API2; limits of the periods as documented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from emulator.documents.dedicated_ips import DedicatedIp
from emulator.errors import deliverability as errors
from emulator.policy.placement import PROVIDER, Place, place
from emulator.ses import lookup, paging
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.ses.deliverability import SEED_DOMAIN, require_dashboard, subscribed_domains
from emulator.store.ports import MessageFilter, Reader
from emulator.values import Captured, Scope

_DAY = 86400.0
_MOST_DAYS = 30
_AT_A_TIME = 500
_BLOCKLISTS = (
    "b.barracudacentral.org",
    "bl.spamcop.net",
    "cbl.abuseat.org",
    "dnsbl.sorbs.net",
    "psbl.surriel.com",
    "zen.spamhaus.org",
)


def get_domain_statistics_report(desk: Desk, call: Call, params: Params) -> Result:
    """One volume a day (UTC) from the day of StartDate to that of EndDate."""
    domain, since, until = lookup.key(params["Domain"]), params["StartDate"], params["EndDate"]
    _require_period(since, until)
    first, last = int(since // _DAY), int(-(-until // _DAY))
    days: dict[int, list[Captured]] = {day: [] for day in range(first, last)}
    with desk.store.read() as reader:
        _require_subscribed(reader, call, domain, desk.clock.now())
        for mail in _mails(reader, call.scope, domain):
            days.get(int(mail.received_at // _DAY), []).append(mail)
    everything = [mail for mails in days.values() for mail in mails]
    return {
        "OverallVolume": {**_volume(everything), "ReadRatePercent": _read_rate(everything)},
        "DailyVolumes": [{"StartDate": day * _DAY, **_volume(mails)} for day, mails in days.items()],
    }


def list_domain_deliverability_campaigns(desk: Desk, call: Call, params: Params) -> Result:
    """Campaigns of which mail came in the period, by id."""
    domain, since, until = lookup.key(params["SubscribedDomain"]), params["StartDate"], params["EndDate"]
    _require_period(since, until)
    kind = f"campaigns of {domain}"
    size, after = paging.asked(desk, call, params, kind)
    with desk.store.read() as reader:
        _require_subscribed(reader, call, domain, desk.clock.now())
        campaigns = _campaigns(mail for mail in _mails(reader, call.scope, domain) if since <= mail.received_at < until)
    names = sorted(id for id in campaigns if after is None or id > after)
    told = [_campaign_told(id, campaigns[id]) for id in names[:size]]
    return paging.told(desk, call, kind, "DomainDeliverabilityCampaigns", told, names, size)


def get_domain_deliverability_campaign(desk: Desk, call: Call, params: Params) -> Result:
    """Of any domain that is subscribed."""
    id, now = params["CampaignId"], desk.clock.now()
    with desk.store.read() as reader:
        domains = subscribed_domains(require_dashboard(reader, call.scope, now), now)
        for domain in domains:
            mails = _campaigns(_mails(reader, call.scope, domain)).get(id)
            if mails:
                return {"DomainDeliverabilityCampaign": _campaign_told(id, mails)}
    raise errors.campaign_does_not_exist(id)


def get_blacklist_reports(desk: Desk, call: Call, params: Params) -> Result:
    """Of the account's dedicated addresses; an empty list where one is listed nowhere. Needs no subscription, and of
    whatever else is named nothing is told (observed)."""
    report: dict[str, list[Result]] = {}
    with desk.store.read() as reader:
        for ip in params["BlacklistItemNames"]:
            if reader.document(DedicatedIp, call.scope, ip) is not None:
                report[ip] = list(_listings(reader, ip))
    return {"BlacklistReport": report}


def _listings(reader: Reader, ip: str) -> Iterator[Result]:
    reversed_ip = ".".join(reversed(ip.split(".")))
    for blocklist in _BLOCKLISTS:
        records = reader.records_at(f"{reversed_ip}.{blocklist}")
        if any(record.type == "A" for record in records):
            entry: Result = {"RblName": blocklist}
            texts = [record.value for record in records if record.type == "TXT"]
            if texts:
                entry["Description"] = texts[0]
            yield entry


def _require_period(since: float, until: float) -> None:
    if until <= since:
        raise errors.invalid_period()
    if until - since > _MOST_DAYS * _DAY:
        raise errors.period_too_long(_MOST_DAYS)


def _require_subscribed(reader: Reader, call: Call, domain: str, now: float) -> None:
    if domain not in subscribed_domains(require_dashboard(reader, call.scope, now), now):
        raise errors.domain_not_subscribed(domain)


def _mails(reader: Reader, scope: Scope, domain: str) -> Iterator[Captured]:
    """Mail from the domain or below it, newest first."""
    before = None
    while True:
        wanted = MessageFilter(from_=domain, account=scope.account, region=scope.region, before=before)
        found = reader.search(wanted, _AT_A_TIME)
        for mail in found:
            author = mail.verdict.dmarc.from_domain
            is_sample = any(address.endswith(f"@{SEED_DOMAIN}") for address in mail.envelope.rcpt_to)
            if (author == domain or author.endswith(f".{domain}")) and not is_sample:
                yield mail
        if len(found) < _AT_A_TIME:
            return
        before = found[-1].id


def _volume(mails: list[Captured]) -> Result:
    places = [place(mail.verdict) for mail in mails]
    inbox, spam = places.count(Place.INBOX), places.count(Place.SPAM)
    came = inbox + spam
    placement: Result = {"IspName": PROVIDER, "InboxRawCount": inbox, "SpamRawCount": spam}
    if came:
        placement["InboxPercentage"] = 100.0 * inbox / came
        placement["SpamPercentage"] = 100.0 * spam / came
    return {
        "VolumeStatistics": {
            "InboxRawCount": inbox,
            "SpamRawCount": spam,
            "ProjectedInbox": inbox,
            "ProjectedSpam": spam,
        },
        "DomainIspPlacements": [placement] if came else [],
    }


def _read_rate(mails: list[Captured]) -> float:
    return 100.0 * sum(not mail.unread for mail in mails) / len(mails) if mails else 0.0


def _campaigns(mails: Iterator[Captured]) -> dict[str, list[Captured]]:
    campaigns: dict[str, list[Captured]] = {}
    for mail in mails:
        about = f"{mail.from_}\0{mail.subject}".encode("utf-8", "replace")
        campaigns.setdefault(hashlib.sha256(about).hexdigest()[:32], []).append(mail)
    return campaigns


def _campaign_told(id: str, mails: list[Captured]) -> Result:
    places = [place(mail.verdict) for mail in mails]
    return {
        "CampaignId": id,
        "Subject": mails[0].subject,
        "FromAddress": mails[0].from_,
        "SendingIps": sorted({mail.envelope.client_ip for mail in mails}),
        "FirstSeenDateTime": min(mail.received_at for mail in mails),
        "LastSeenDateTime": max(mail.received_at for mail in mails),
        "InboxCount": places.count(Place.INBOX),
        "SpamCount": places.count(Place.SPAM),
        "ReadRate": _read_rate(mails),
        "ProjectedVolume": len(mails),
        "Esps": [PROVIDER],
    }


V1: dict[str, Operation] = {}
V2 = {
    "GetDomainStatisticsReport": get_domain_statistics_report,
    "ListDomainDeliverabilityCampaigns": list_domain_deliverability_campaigns,
    "GetDomainDeliverabilityCampaign": get_domain_deliverability_campaign,
    "GetBlacklistReports": get_blacklist_reports,
}
