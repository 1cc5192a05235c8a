"""Whose identities a mail rests on, by the ARNs that its caller named (sending authorization).

Source: API1 SendRawEmail, API2 SendEmail, DG:sending-authorization-delegate-sender-tasks-email. The call's parameters
beat the X-SES-*-ARN fields of a raw message; SourceArn alone stands for From and return path too.
"""

from __future__ import annotations

from emulator.policy.headers import first
from emulator.values import IdentityArns, Letter, Scope, Submission

SOURCE_ARN = "x-ses-source-arn"
FROM_ARN = "x-ses-from-arn"
RETURN_PATH_ARN = "x-ses-return-path-arn"

_KIND = "identity/"


def parse(arn: str) -> tuple[Scope, str] | None:
    """Whose identity, and its name as it is kept; None when it is no identity's ARN."""
    fields = arn.split(":", 5)
    if len(fields) != 6 or fields[0] != "arn" or fields[2] != "ses" or not (fields[3] and fields[4]):
        return None
    if not fields[5].startswith(_KIND) or fields[5] == _KIND:
        return None
    name = fields[5].removeprefix(_KIND)
    return Scope(fields[4], fields[3]), name if "@" in name else name.lower()


def arn_of(scope: Scope, name: str) -> str:
    return f"arn:aws:ses:{scope.region}:{scope.account}:{_KIND}{name}"


def arns_of(submission: Submission, letter: Letter) -> IdentityArns | None:
    """Those in force; None when there are none, as with nearly every mail."""
    given = submission.arns
    if letter.headers is None or not any(header.name[:6].lower() == "x-ses-" for header in letter.headers):
        return given
    given = given or IdentityArns()
    found = IdentityArns(
        given.source or first(letter.headers, SOURCE_ARN) or None,
        given.from_ or first(letter.headers, FROM_ARN) or None,
        given.return_path or first(letter.headers, RETURN_PATH_ARN) or None,
    )
    return found if found != IdentityArns() else None


def arn_for(raw: str, submission: Submission, letter: Letter, arns: IdentityArns) -> str | None:
    """The ARN under which one of ``letter.senders`` is used."""
    if raw not in letter.from_ and raw == submission.source:
        return arns.source
    if raw not in letter.from_ and raw in (submission.return_path, letter.return_path):
        return arns.return_path or arns.source
    return arns.from_ or arns.source


def named(arns: IdentityArns) -> dict[str, str]:
    """What the caller named, by the parameter's name."""
    every = {"SourceArn": arns.source, "FromArn": arns.from_, "ReturnPathArn": arns.return_path}
    return {parameter: arn for parameter, arn in every.items() if arn}
