"""How a call through boto3 was refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def told(problem: ClientError) -> tuple[int, str, str | None]:
    """Status, code and text; None where there is no text."""
    answer = problem.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"].get("Message")


def refused(call: Callable[..., Any], *arguments: Any, **params: Any) -> tuple[int, str, str | None]:
    """What ``call`` is refused with: that it is refused is asserted."""
    with pytest.raises(ClientError) as problem:
        call(*arguments, **params)
    return told(problem.value)


def refused_with(call: Callable[..., Any], *arguments: Any, **params: Any) -> tuple[str, str | None]:
    """The code and the text that ``call`` is refused with, whatever the status."""
    return refused(call, *arguments, **params)[1:]
