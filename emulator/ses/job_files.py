"""Files of jobs, in S3 beside us: what an import reads, what jobs write, and the URLs by which it is fetched.

SES writes into a bucket of its own; here it is one of the account's, ``ses-jobs-<account>-<region>``, made when first
needed. URLs hold for an hour, as a presigned URL does by default.
"""

from __future__ import annotations

import contextlib
from typing import Any

from emulator.ses.call import Desk
from emulator.values import Scope

_MOST_BYTES = 64 * 1024 * 1024


class Unreadable(Exception):
    """The text is for whoever looks at the job."""


class Unwritable(Exception):
    """As ``Unreadable``."""


def read(desk: Desk, scope: Scope, url: str) -> str:
    """The text behind ``s3://bucket/key``; UTF-8. Raises ``Unreadable``."""
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, key = url.removeprefix("s3://").partition("/")
    try:
        found = desk.neighbour("s3", scope).get_object(Bucket=bucket, Key=key)
        with found["Body"] as body:
            data: bytes = body.read(_MOST_BYTES + 1)
    except (ClientError, BotoCoreError, ValueError) as problem:
        raise Unreadable(f"{url} cannot be read: {problem}") from problem
    if len(data) > _MOST_BYTES:
        raise Unreadable(f"{url} has more than {_MOST_BYTES} bytes.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(f"{url} is not UTF-8.") from None


def write(desk: Desk, scope: Scope, key: str, text: str) -> None:
    """Makes the bucket where it is missing. Raises ``Unwritable``."""
    from botocore.exceptions import BotoCoreError, ClientError

    s3 = desk.neighbour("s3", scope)
    place = {} if scope.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": scope.region}}
    try:
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou, s3.exceptions.BucketAlreadyExists):
            s3.create_bucket(Bucket=_bucket(scope), **place)
        s3.put_object(Bucket=_bucket(scope), Key=key, Body=text.encode("utf-8", "replace"))
    except (ClientError, BotoCoreError) as problem:
        raise Unwritable(f"s3://{_bucket(scope)}/{key} cannot be written: {problem}") from problem


def url(desk: Desk, scope: Scope, key: str) -> str:
    """Presigned, for a GET."""
    s3: Any = desk.neighbour("s3", scope)
    made: str = s3.generate_presigned_url("get_object", Params={"Bucket": _bucket(scope), "Key": key})
    return made


def _bucket(scope: Scope) -> str:
    return f"ses-jobs-{scope.account}-{scope.region}"
