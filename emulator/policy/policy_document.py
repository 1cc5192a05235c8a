"""A sending authorization policy as JSON text, read and judged whole: what is in none of SES's policies, or in none
that can be evaluated here, is refused when the policy is put and not passed over when a mail is sent.

Source: Developer Guide "Amazon SES policy anatomy" (elements, 4 KB, condition keys), IAM User Guide "Grammar of the
IAM JSON policy language" and "IAM JSON policy elements: Condition operators". Left out and refused by name: policy
variables, BinaryEquals, and condition keys whose values SES would take from a signed-in session.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from emulator import errors
from emulator.aws.sigv4 import is_account
from emulator.errors.identity_policies import invalid_policy
from emulator.policy.conditions import KEYS, OPERATORS, is_readable

MAX_BYTES = 4096
ANYONE = "*"

_VERSIONS = ("2008-10-17", "2012-10-17")
_TOP = frozenset({"Version", "Id", "Statement"})
_ELEMENTS = frozenset(
    {
        *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"),
        "Condition",
    }
)
_OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?")
_PRINCIPAL_ARN = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::([0-9]{12}):(root|(?:user|role|assumed-role)/.+)")


@dataclass(frozen=True, slots=True)
class Condition:
    """``quantifier``: ForAllValues, ForAnyValue or "". ``key`` in lower case."""

    quantifier: str
    operator: str
    if_exists: bool
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """``principals`` are ``*``, accounts of 12 digits and ARNs; with ``except_principals`` everyone else is meant, and
    likewise for actions (lower case) and resources."""

    allows: bool
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]
    except_principals: bool = False
    except_actions: bool = False
    except_resources: bool = False


def compact(text: str) -> str:
    """The policy as it is kept and shown: without blanks between its elements (observed). Raises for what is no
    policy."""
    parse(text)
    return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=256)
def parse(text: str) -> tuple[Statement, ...]:
    """The statements of a policy. Raises ``invalid_policy``, or ``feature_not_emulated`` for what it could say at SES
    and is not understood here."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise invalid_policy("it is longer than 4 KB.")
    try:
        tree = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise invalid_policy("it is not JSON, or names an element twice.") from None
    if not isinstance(tree, dict):
        raise invalid_policy("it is not a JSON object.")
    _require_known(tree, _TOP, "the policy")
    if tree.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise invalid_policy(f"Version must be one of {', '.join(_VERSIONS)}.")
    statements = tree.get("Statement")
    listed: list[Any] = statements if isinstance(statements, list) else [statements]
    if not listed or not all(isinstance(one, dict) for one in listed):
        raise invalid_policy("it needs a Statement.")
    return tuple(_statement(one) for one in listed)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("twice")
    return dict(pairs)


def _no_constant(text: str) -> object:
    raise ValueError(text)


def _statement(tree: Mapping[str, Any]) -> Statement:
    _require_known(tree, _ELEMENTS, "a statement")
    if "Sid" in tree and not isinstance(tree["Sid"], str):
        raise invalid_policy("a Sid is not a string.")
    if tree.get("Effect") not in ("Allow", "Deny"):
        raise invalid_policy("Effect must be Allow or Deny.")
    principal, except_principals = _one_of(tree, "Principal", "NotPrincipal")
    action, except_actions = _one_of(tree, "Action", "NotAction")
    resource, except_resources = _one_of(tree, "Resource", "NotResource")
    actions = _strings(action, "Action")
    for one in actions:
        if one != ANYONE and not one.lower().startswith("ses:"):
            raise invalid_policy(f"{one} is not an action of SES.")
    resources = _strings(resource, "Resource")
    for one in resources:
        if one != ANYONE and len(one.split(":", 5)) != 6:
            raise invalid_policy(f"{one} is not an ARN.")
    return Statement(
        allows=tree["Effect"] == "Allow",
        principals=_principals(principal),
        actions=tuple(one.lower() for one in actions),
        resources=resources,
        conditions=_conditions(tree.get("Condition", {})),
        except_principals=except_principals,
        except_actions=except_actions,
        except_resources=except_resources,
    )


def _require_known(tree: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    for name in tree:
        if name not in known:
            raise invalid_policy(f"{where} has no element {name}.")


def _one_of(tree: Mapping[str, Any], name: str, negated: str) -> tuple[Any, bool]:
    if (name in tree) == (negated in tree):
        raise invalid_policy(f"a statement needs either {name} or {negated}.")
    return (tree[name], False) if name in tree else (tree[negated], True)


def _strings(value: Any, element: str) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(one, str) and one for one in listed):
        raise invalid_policy(f"{element} is neither a string nor a list of strings.")
    for one in listed:
        _require_no_variable(one)
    return tuple(listed)


def _require_no_variable(text: str) -> None:
    if "${" in text:
        raise errors.feature_not_emulated("The use of policy variables")


def _principals(value: Any) -> tuple[str, ...]:
    """Services and federated users are kept as they are written: none of them calls here."""
    if value == ANYONE:
        return (ANYONE,)
    if not isinstance(value, dict) or not value:
        raise invalid_policy("invalid principal.")
    found: list[str] = []
    for kind, given in value.items():
        names = _strings(given, "Principal")
        if kind == "AWS":
            for name in names:
                if name != ANYONE and not is_account(name) and not _PRINCIPAL_ARN.fullmatch(name):
                    raise invalid_policy(f"invalid principal {name}.")
            found += names
        elif kind in ("Service", "Federated", "CanonicalUser"):
            found += [f"{kind}:{name}" for name in names]
        else:
            raise invalid_policy(f"invalid principal {kind}.")
    return tuple(found)


def _conditions(tree: Any) -> tuple[Condition, ...]:
    if not isinstance(tree, dict):
        raise invalid_policy("Condition is not a JSON object.")
    found = []
    for written, keys in tree.items():
        match = _OPERATOR.fullmatch(written)
        if match is None or match[2] not in OPERATORS or (match[2] == "Null" and match[3]):
            if match is not None and match[2] == "BinaryEquals":
                raise errors.feature_not_emulated("The condition operator BinaryEquals")
            raise invalid_policy(f"{written} is not a condition operator.")
        if not isinstance(keys, dict) or not keys:
            raise invalid_policy(f"{written} needs a condition key.")
        found += [_condition(match, key, value) for key, value in keys.items()]
    return tuple(found)


def _condition(operator: re.Match[str], key: str, value: Any) -> Condition:
    if key.lower() not in KEYS:
        raise errors.feature_not_emulated(f"The condition key {key}")
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(one, str | int | float) for one in listed):
        raise invalid_policy(f"the values of {key} are neither strings, numbers nor booleans.")
    values = tuple(_as_text(one) for one in listed)
    for one in values:
        _require_no_variable(one)
        if not is_readable(operator[2], one):
            raise invalid_policy(f"{one} is no value for {operator[2]}.")
    return Condition(operator[1] or "", operator[2], operator[3] is not None, key.lower(), values)


def _as_text(value: str | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else repr(value)
