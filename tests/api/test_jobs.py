"""Import and export jobs through boto3, with the S3 that is beside SES."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from emulator.ses import job_files
from tests.api.refusals import refused

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "jobs.json").read_text("utf-8"))
SENDER = "sender@jobs.example"
TOPIC = {"TopicName": "Sports", "DisplayName": "Sports", "DefaultSubscriptionStatus": "OPT_OUT"}


def prepared(lab):
    lab.production()
    lab.sesv2.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    return lab


@pytest.fixture
def ready(lab):
    return prepared(lab)


@pytest.fixture(scope="module")
def unchanged(another):
    """For refusals, which change nothing."""
    return prepared(another())


def upload(lab, text):
    s3 = lab.client("s3")
    bucket = f"given-{lab.account}"
    if bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": lab.region})
    s3.put_object(Bucket=bucket, Key="folder/list", Body=text.encode())
    return f"s3://{bucket}/folder/list"


def imported(lab, text, format="CSV", action="PUT", into=None):
    """The job, as it stands after it was created."""
    destination = {"SuppressionListDestination": {"SuppressionListImportAction": action}}
    if into is not None:
        destination = {"ContactListDestination": {"ContactListName": into, "ContactListImportAction": action}}
    source = {"S3Url": text if text.startswith("s3://") else upload(lab, text), "DataFormat": format}
    id = lab.sesv2.create_import_job(ImportDestination=destination, ImportDataSource=source)["JobId"]
    job = lab.sesv2.get_import_job(JobId=id)
    assert (job["JobId"], job["ImportDestination"], job["ImportDataSource"]) == (id, destination, source)
    return job


def counters(job):
    return job["JobStatus"], job["ProcessedRecordsCount"], job["FailedRecordsCount"]


def fetch(url):
    with urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def suppressed(lab):
    found = lab.sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    return {one["EmailAddress"]: one["Reason"] for one in found}


def test_a_csv_comes_onto_the_suppression_list_and_off_it(ready):
    job = imported(ready, "a@Reader.example,BOUNCE\r\n\r\nb@reader.example,complaint\nnobody,BOUNCE\nc@x.example,WHY\n")
    assert counters(job) == ("COMPLETED", 4, 2)
    assert suppressed(ready) == {"a@reader.example": "BOUNCE", "b@reader.example": "COMPLAINT"}
    assert fetch(job["FailureInfo"]["FailedRecordsS3Url"]).splitlines() == ["nobody,BOUNCE", "c@x.example,WHY"]
    again = imported(ready, "a@reader.example\nghost@reader.example\n", action="DELETE")
    assert counters(again) == ("COMPLETED", 2, 0)
    assert "FailureInfo" not in again
    assert suppressed(ready) == {"b@reader.example": "COMPLAINT"}


def test_json_is_an_object_a_line(ready):
    lines = '{"emailAddress":"a@reader.example","reason":"BOUNCE"}\n[1]\n{"emailAddress":\n{"emailAddress":7}\n'
    assert counters(imported(ready, lines, "JSON")) == ("COMPLETED", 4, 3)
    assert suppressed(ready) == {"a@reader.example": "BOUNCE"}


@pytest.mark.parametrize(
    ("format", "text"),
    [
        (
            "CSV",
            "emailAddress,unsubscribeAll,attributesData,topicPreferences.Sports\n"
            'a@reader.example,false,"{""Name"":""A""}",OPT_IN\n'
            "b@reader.example,true,,\nc@reader.example,maybe,,\n",
        ),
        (
            "JSON",
            '{"emailAddress":"a@reader.example","attributesData":"{\\"Name\\":\\"A\\"}",'
            '"topicPreferences":[{"topicName":"Sports","subscriptionStatus":"OPT_IN"}]}\n'
            '{"emailAddress":"b@reader.example","unsubscribeAll":true}\n'
            '{"emailAddress":"c@reader.example","topicPreferences":[{"topicName":"ghost"}]}\n',
        ),
    ],
)
def test_contacts_come_into_a_list_with_what_they_said(ready, format, text):
    ready.sesv2.create_contact_list(ContactListName="news", Topics=[TOPIC])
    assert counters(imported(ready, text, format, into="news")) == ("COMPLETED", 3, 1)
    first, second = (
        ready.sesv2.get_contact(ContactListName="news", EmailAddress=f"{name}@reader.example") for name in "ab"
    )
    assert first["TopicPreferences"] == [{"TopicName": "Sports", "SubscriptionStatus": "OPT_IN"}]
    assert (first["AttributesData"], first["UnsubscribeAll"]) == ('{"Name":"A"}', False)
    assert second["UnsubscribeAll"] is True
    assert len(ready.sesv2.list_contacts(ContactListName="news")["Contacts"]) == 2
    again = imported(ready, "emailAddress,attributesData\na@reader.example,new\n", into="news")
    assert counters(again) == ("COMPLETED", 1, 0)
    replaced = ready.sesv2.get_contact(ContactListName="news", EmailAddress="a@reader.example")
    assert (replaced["TopicPreferences"], replaced["AttributesData"]) == ([], "new")
    deleted = imported(ready, "emailAddress\na@reader.example\n", action="DELETE", into="news")
    assert counters(deleted) == ("COMPLETED", 1, 0)
    assert len(ready.sesv2.list_contacts(ContactListName="news")["Contacts"]) == 1


def test_a_file_that_is_not_there_fails_the_job(ready):
    job = imported(ready, "s3://no-such-bucket-anywhere/key")
    assert counters(job) == ("FAILED", 0, 0)
    assert "s3://no-such-bucket-anywhere/key" in job["FailureInfo"]["ErrorMessage"]


def test_imports_are_listed_newest_first_by_destination_and_page(ready):
    ready.sesv2.create_contact_list(ContactListName="news")
    ids = [imported(ready, "a@reader.example,BOUNCE")["JobId"] for _ in range(3)]
    other = imported(ready, "emailAddress\na@reader.example\n", into="news")["JobId"]

    def listed(**params):
        return [one["JobId"] for one in ready.sesv2.list_import_jobs(**params)["ImportJobs"]]

    assert listed() == [other, *reversed(ids)]
    assert listed(ImportDestinationType="CONTACT_LIST") == [other]
    first = ready.sesv2.list_import_jobs(PageSize=3)
    assert listed(PageSize=3, NextToken=first["NextToken"]) == [ids[0]]
    assert ready.client("sesv2", "eu-west-1").list_import_jobs()["ImportJobs"] == []
    assert refused(ready.client("sesv2", "eu-west-1").get_import_job, JobId=other)[:2] == (404, "NotFoundException")


def test_the_sandbox_imports_nothing(lab):
    answer = refused(imported, lab=lab, text="a@reader.example,BOUNCE")
    assert answer[:2] == (400, "BadRequestException")


# --- exports --------------------------------------------------------------------------------------


def period():
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"StartDate": today - timedelta(days=1), "EndDate": today + timedelta(days=2)}


def export(lab, source, format="CSV"):
    asked = {"ExportDataSource": source, "ExportDestination": {"DataFormat": format}}
    return lab.sesv2.create_export_job(**asked)["JobId"]


def result(lab, id):
    """The finished job and its file."""
    lab.until(lambda: lab.sesv2.get_export_job(JobId=id)["JobStatus"] != "PROCESSING")
    job = lab.sesv2.get_export_job(JobId=id)
    assert job["JobStatus"] == "COMPLETED"
    return job, fetch(job["ExportDestination"]["S3Url"])


def insights(**more):
    return {"MessageInsightsDataSource": {**period(), **more}}


def metrics(**more):
    wanted = [{"Name": "SEND", "Aggregation": "VOLUME"}, {"Name": "DELIVERY", "Aggregation": "RATE"}]
    return {"MetricsDataSource": {**period(), "Dimensions": {"ISP": ["*"]}, "Namespace": "VDM", "Metrics": wanted}}


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case["text"][:40])
def test_the_texts_of_refusals_are_ses_own(unchanged, case):
    answer = refused(getattr(unchanged.sesv2, case["operation"]), **case["request"])
    assert answer == (case["status"], case["code"], case["text"])


def test_an_export_holds_what_became_of_the_mail(ready):
    ready.verify("jobs.example")
    message_id = ready.send(SENDER, "a@reader.example", "b@reader.example", subject="Told")
    other = ready.send(SENDER, "c@reader.example", subject="Else")
    # A mail is in the inbox a moment before its sender knows that it was delivered.
    for sent in (message_id, other):
        ready.settled(sent)
    first = export(ready, insights(Include={"Subject": ["Told"]}, Exclude={"Destination": ["b@reader.example"]}))
    assert ready.sesv2.get_export_job(JobId=first)["JobStatus"] in ("PROCESSING", "COMPLETED")
    second, third = export(ready, metrics(), "JSON"), export(ready, insights(MaxResults=2))
    job, text = result(ready, first)
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["MessageId"], row["Destination"], row["Subject"]) == (message_id, "a@reader.example", "Told")
    assert row["LastDeliveryEvent"] == "DELIVERY"
    assert job["Statistics"] == {"ProcessedRecordsCount": 1, "ExportedRecordsCount": 1}
    assert job["ExportSourceType"] == "MESSAGE_INSIGHTS"
    assert job["ExportDataSource"]["MessageInsightsDataSource"]["Include"] == {"Subject": ["Told"]}
    records = [json.loads(line) for line in result(ready, second)[1].splitlines()]
    totals = {one["Metric"]: one["Value"] for one in records}
    assert totals["SEND"] == 3
    assert totals["DELIVERY"] == 1.0
    assert len(list(csv.DictReader(io.StringIO(result(ready, third)[1])))) == 2


def test_an_export_of_no_mail_is_an_empty_file(ready):
    job, text = result(ready, export(ready, insights(), "JSON"))
    assert text == ""
    assert job["Statistics"] == {"ProcessedRecordsCount": 0, "ExportedRecordsCount": 0}


def test_exports_are_cancelled_listed_newest_first_and_filtered(fresh):
    lab = prepared(fresh())
    lab.stand_still()
    cancelled = export(lab, insights())
    lab.sesv2.cancel_export_job(JobId=cancelled)
    assert lab.sesv2.get_export_job(JobId=cancelled)["JobStatus"] == "CANCELLED"
    lab.advance(1)
    done = export(lab, metrics())
    lab.advance(4)
    newest = export(lab, insights())

    def listed(**params):
        return [one["JobId"] for one in lab.sesv2.list_export_jobs(**params)["ExportJobs"]]

    assert listed() == [newest, done, cancelled]
    assert listed(JobStatus="COMPLETED") == [done]
    assert listed(JobStatus="CANCELLED", ExportSourceType="MESSAGE_INSIGHTS") == [cancelled]
    assert listed(ExportSourceType="METRICS_DATA") == [done]
    first = lab.sesv2.list_export_jobs(PageSize=2)
    assert listed(PageSize=2, NextToken=first["NextToken"]) == [cancelled]
    for id in (cancelled, done):
        assert refused(lab.sesv2.cancel_export_job, JobId=id)[:2] == (400, "BadRequestException")
    assert refused(lab.sesv2.cancel_export_job, JobId="ghost")[:2] == (404, "NotFoundException")
    assert refused(lab.client("sesv2", "eu-west-1").get_export_job, JobId=done)[0] == 404


def test_twenty_exports_run_at_once(fresh):
    lab = prepared(fresh())
    lab.stand_still()
    ids = [export(lab, insights()) for _ in range(20)]
    assert refused(export, lab=lab, source=insights()) == (
        400,
        "LimitExceededException",
        "There are too many <MESSAGE_INSIGHTS> export jobs running - either cancel one of the jobs or wait for it to "
        "complete before resubmitting.",
    )
    lab.advance(4)
    export(lab, insights())
    assert lab.sesv2.get_export_job(JobId=ids[0])["JobStatus"] == "COMPLETED"


def test_jobs_whose_files_s3_does_not_take_say_so_and_stop_no_other(ready, monkeypatch):
    monkeypatch.setattr(job_files, "_bucket", lambda scope: "no bucket")
    failing = export(ready, insights())
    ready.until(lambda: ready.sesv2.get_export_job(JobId=failing)["JobStatus"] != "PROCESSING")
    job = ready.sesv2.get_export_job(JobId=failing)
    assert (job["JobStatus"], "Statistics" in job) == ("FAILED", False)
    assert "no bucket" in job["FailureInfo"]["ErrorMessage"]
    assert [one["JobStatus"] for one in ready.sesv2.list_export_jobs()["ExportJobs"]] == ["FAILED"]
    job = imported(ready, "a@reader.example,BOUNCE\nnobody,BOUNCE\n")
    assert counters(job) == ("COMPLETED", 2, 1)
    assert "no bucket" in job["FailureInfo"]["ErrorMessage"]
    monkeypatch.undo()
    assert result(ready, export(ready, metrics()))[0]["JobStatus"] == "COMPLETED"


def test_without_vdm_nothing_is_exported(lab):
    """Told before an empty period is (observed)."""
    source = insights()
    source["MessageInsightsDataSource"]["EndDate"] = source["MessageInsightsDataSource"]["StartDate"]
    text = "To use this feature you must enable Virtual Deliverability Manager"
    assert refused(export, lab=lab, source=source) == (400, "BadRequestException", text)
