"""Refusals of import and export jobs: v2 only. Texts observed (events-and-api.md 7) unless one is said to be ours."""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter


def one_data_source() -> Fault:
    return invalid_parameter("One data source must be provided")


def custom_url_not_supported() -> Fault:
    return invalid_parameter("Providing a custom S3 URL is not supported", "Leave ExportDestination.S3Url out.")


def invalid_date_range() -> Fault:
    return invalid_parameter("Invalid date range")


def page_size() -> Fault:
    return invalid_parameter("PageSize must be between 1 and 100")


def token_not_read() -> Fault:
    """Sic: with a blank at its end."""
    return invalid_parameter("Failed to deserialize token. ", "Tokens belong to one list, account and region.")


def one_destination() -> Fault:
    """Ours."""
    return invalid_parameter(
        "One import destination must be provided", "SuppressionListDestination or ContactListDestination"
    )


def too_many_metrics(most: int) -> Fault:
    """Ours; the number is documented."""
    return invalid_parameter(f"At most {most} metrics can be exported")


def job_does_not_exist(kind: str, id: str) -> Fault:
    """Ours. ``kind``: Import or Export."""
    return Fault(f"{kind} job <{id}> does not exist.", v1="InvalidParameterValue", v2="NotFoundException")


def cannot_cancel(id: str, status: str) -> Fault:
    """Ours."""
    return invalid_parameter(f"Export job <{id}> cannot be cancelled, it is {status}.")


def too_many_jobs(type: str) -> Fault:
    """The number is documented."""
    return Fault(
        f"There are too many <{type}> export jobs running - either cancel one of the jobs or wait for it to complete "
        "before resubmitting.",
        v1="InvalidParameterValue",
        v2="LimitExceededException",
    )
