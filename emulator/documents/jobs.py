"""Import and export jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document

PROCESSING = "PROCESSING"
COMPLETED = "COMPLETED"
FAILED = "FAILED"
CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob(Document):
    """``name`` is the job's id. ``contact_list`` None: into the suppression list. ``action``: PUT or DELETE;
    ``format``: CSV or JSON. ``failed_key``: the object with the records that failed, None when there are none."""

    KIND: ClassVar[str] = "import-job"

    contact_list: str | None
    action: str
    s3_url: str
    format: str
    status: str
    completed_at: float
    processed: int = 0
    failed: int = 0
    failed_key: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportJob(Document):
    """``name`` is the job's id, ``source`` the request's ExportDataSource as JSON, instants in seconds. ``type``:
    METRICS_DATA or MESSAGE_INSIGHTS. ``key`` is the object written, once COMPLETED."""

    KIND: ClassVar[str] = "export-job"

    type: str
    source: str
    format: str
    status: str = PROCESSING
    completed_at: float | None = None
    processed: int = 0
    exported: int = 0
    key: str | None = None
    error: str | None = None
