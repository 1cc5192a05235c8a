"""Receipt rule sets, rules and filters (v1). Mail that comes in for the account goes by the active set, from the next
one on: who receives is decided in ``post/mailboxes.py``, and what is done in ``post/receipt.py``.

Source: API1, events-and-api.md 6.1 and 6.6. Order of checks, where no sighting tells: the names' form, the rule by
itself, the rule set and its rules, the sender of bounces, then the neighbours (which see a setup notification).
"""

from __future__ import annotations

import re
from dataclasses import replace

from emulator.aws import faults
from emulator.documents.receipt import ReceiptFilter, ReceiptRule, ReceiptRuleSet
from emulator.documents.receiving import RECEIVING, Receiving
from emulator.errors import receipt as errors
from emulator.policy.addresses import parse
from emulator.policy.identity import candidates
from emulator.ses import paging, receipt_setup
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.ses.receipt_actions import rule_from, rule_told
from emulator.store.ports import Reader, Writer
from emulator.values import Scope

_MOST_RULE_SETS = 40
_MOST_RULES = 200
_MOST_FILTERS = 100
_PAGE = 100
_KIND = "receipt rule sets"
_NOT_EMPTY = "Member must have length greater than or equal to 1"
_OF_CHARACTERS = "Member must satisfy regular expression pattern: ^[a-zA-Z0-9_.-]+$"
_REORDERED_NAME = 100
_CHARACTERS = re.compile(r"[a-zA-Z0-9_.-]+")
_VALID = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?")


# --- rule sets ----------------------------------------------------------------------------------


def create_receipt_rule_set(desk: Desk, call: Call, params: Params) -> Result:
    """Empty, and not active."""
    name = params["RuleSetName"]
    _require_names(("ruleSetName", name))
    with desk.store.write() as writer:
        _add_rule_set(writer, ReceiptRuleSet(scope=call.scope, name=name, created_at=desk.clock.now()))
    return {}


def clone_receipt_rule_set(desk: Desk, call: Call, params: Params) -> Result:
    """A new set with the rules of another, in their order. That the new one is there already is told before that the
    other is not (observed)."""
    name, original = params["RuleSetName"], params["OriginalRuleSetName"]
    _require_characters(("originalRuleSetName", original), ("ruleSetName", name))
    _require_valid("ruleSetName", name, original)
    with desk.store.write() as writer:
        _require_no_rule_set(writer, call.scope, name)
        rules = _rule_set(writer, call, original).rules
        _add_rule_set(writer, ReceiptRuleSet(scope=call.scope, name=name, created_at=desk.clock.now(), rules=rules))
    return {}


def delete_receipt_rule_set(desk: Desk, call: Call, params: Params) -> Result:
    """With its rules. Succeeds for unknown sets; the active one stays."""
    name = params["RuleSetName"]
    _require_names(("ruleSetName", name))
    with desk.store.write() as writer:
        if _active(writer, call) == name:
            raise errors.cannot_delete_active_rule_set(name)
        writer.delete_document(ReceiptRuleSet, call.scope, name)
    return {}


def list_receipt_rule_sets(desk: Desk, call: Call, params: Params) -> Result:
    """By name, 100 a page (API1)."""
    token = params.get("NextToken")
    after = paging.begin(desk, call, _KIND, token, errors.invalid_page_token(token or ""), empty_is_none=True)
    with desk.store.read() as reader:
        found = reader.list_documents(ReceiptRuleSet, call.scope, after=after, limit=_PAGE + 1)
    told = [_metadata(one) for one in found]
    return paging.told(desk, call, _KIND, "RuleSets", told, [one.name for one in found], _PAGE)


def describe_receipt_rule_set(desk: Desk, call: Call, params: Params) -> Result:
    """With its rules in their order."""
    name = params["RuleSetName"]
    _require_names(("ruleSetName", name))
    with desk.store.read() as reader:
        return _described(_rule_set(reader, call, name))


def describe_active_receipt_rule_set(desk: Desk, call: Call, params: Params) -> Result:
    """Nothing at all when no set is active (observed)."""
    with desk.store.read() as reader:
        name = _active(reader, call)
        return _described(_rule_set(reader, call, name)) if name is not None else {}


def set_active_receipt_rule_set(desk: Desk, call: Call, params: Params) -> Result:
    """Without a name no set is active, and nothing is kept of it: that somebody receives is asked for every mail."""
    name = params.get("RuleSetName")
    if name is not None:
        _require_names(("ruleSetName", name))
    with desk.store.write() as writer:
        if name is not None:
            _locked(writer, call, name)
            writer.save_document(Receiving(scope=call.scope, active_rule_set=name))
        else:
            writer.delete_document(Receiving, call.scope, RECEIVING)
    return {}


def reorder_receipt_rule_set(desk: Desk, call: Call, params: Params) -> Result:
    """``RuleNames`` names every rule of the set once. What is told first of one named twice, one left out and one that
    is not there is observed."""
    name, order = params["RuleSetName"], params["RuleNames"]
    violations = _violations(("ruleSetName", name))
    if not all(len(one) <= _REORDERED_NAME and _CHARACTERS.fullmatch(one) for one in order):
        violations.append(
            "Value at 'ruleNames' failed to satisfy constraint: Member must satisfy constraint: [Member must have "
            f"length less than or equal to {_REORDERED_NAME}, {_NOT_EMPTY}, {_OF_CHARACTERS}]"
        )
    if violations:
        raise faults.validation_error(violations)
    _require_valid("ruleSetName", name)
    with desk.store.write() as writer:
        rule_set = _locked(writer, call, name)
        rules = {rule.name: rule for rule in rule_set.rules}
        named: set[str] = set()
        for one in order:
            if one in named:
                raise errors.multiple_positions(one)
            named.add(one)
        if missing := [one for one in rules if one not in named]:
            raise errors.positions_not_found(missing)
        for one in order:
            if one not in rules:
                raise errors.rule_does_not_exist(one)
        writer.save_document(replace(rule_set, rules=tuple(rules[one] for one in order)))
    return {}


# --- rules --------------------------------------------------------------------------------------


def create_receipt_rule(desk: Desk, call: Call, params: Params) -> Result:
    """Without ``After`` the rule becomes the first (observed)."""
    name, after = params["RuleSetName"], params.get("After")
    rule = _rule_from(params, after)
    with desk.store.read() as reader:
        _with_new(_rule_set(reader, call, name), rule, after)
        _require_verified_senders(reader, call, rule)
    receipt_setup.set_up(desk, call, rule)
    with desk.store.write() as writer:
        writer.save_document(_with_new(_locked(writer, call, name), rule, after))
    return {}


def update_receipt_rule(desk: Desk, call: Call, params: Params) -> Result:
    """The whole rule is replaced, at its place."""
    name = params["RuleSetName"]
    rule = _rule_from(params, None)
    with desk.store.read() as reader:
        _index(_rule_set(reader, call, name), rule.name)
        _require_verified_senders(reader, call, rule)
    receipt_setup.set_up(desk, call, rule)
    with desk.store.write() as writer:
        rule_set = _locked(writer, call, name)
        place = _index(rule_set, rule.name)
        rules = (*rule_set.rules[:place], rule, *rule_set.rules[place + 1 :])
        writer.save_document(replace(rule_set, rules=rules))
    return {}


def delete_receipt_rule(desk: Desk, call: Call, params: Params) -> Result:
    """Succeeds for unknown rules (observed)."""
    name, rule_name = params["RuleSetName"], params["RuleName"]
    _require_names(("ruleSetName", name), ("ruleName", rule_name))
    with desk.store.write() as writer:
        rule_set = _locked(writer, call, name)
        rules = tuple(rule for rule in rule_set.rules if rule.name != rule_name)
        writer.save_document(replace(rule_set, rules=rules))
    return {}


def describe_receipt_rule(desk: Desk, call: Call, params: Params) -> Result:
    """With the defaults of what was left out."""
    name, rule_name = params["RuleSetName"], params["RuleName"]
    _require_names(("ruleSetName", name), ("ruleName", rule_name))
    with desk.store.read() as reader:
        rule_set = _rule_set(reader, call, name)
    return {"Rule": rule_told(rule_set.rules[_index(rule_set, rule_name)])}


def set_receipt_rule_position(desk: Desk, call: Call, params: Params) -> Result:
    """Without ``After`` the rule becomes the first (observed). A rule stays where it is after itself."""
    name, rule_name, after = params["RuleSetName"], params["RuleName"], params.get("After")
    _require_names(("ruleSetName", name), ("ruleName", rule_name), ("after", after))
    with desk.store.write() as writer:
        rule_set = _locked(writer, call, name)
        rule = rule_set.rules[_index(rule_set, rule_name)]
        if after is not None:
            _index(rule_set, after)
        if after != rule_name:
            others = replace(rule_set, rules=tuple(one for one in rule_set.rules if one is not rule))
            writer.save_document(_inserted(others, rule, after))
    return {}


# --- filters ------------------------------------------------------------------------------------


def create_receipt_filter(desk: Desk, call: Call, params: Params) -> Result:
    """``Cidr`` is an address or a range; it is told as it was given."""
    given = params["Filter"]
    name, ip_filter = given["Name"], given["IpFilter"]
    if not _VALID.fullmatch(name):
        raise errors.not_a_valid("filterName")
    _require_cidr(ip_filter["Cidr"])
    with desk.store.write() as writer:
        if writer.document_for_update(ReceiptFilter, call.scope, name) is not None:
            raise errors.filter_already_exists(name)
        if writer.count_documents(ReceiptFilter, call.scope) >= _MOST_FILTERS:
            raise errors.too_many("filters", _MOST_FILTERS)
        writer.save_document(
            ReceiptFilter(
                scope=call.scope,
                name=name,
                created_at=desk.clock.now(),
                policy=ip_filter["Policy"],
                cidr=ip_filter["Cidr"],
            )
        )
    return {}


def delete_receipt_filter(desk: Desk, call: Call, params: Params) -> Result:
    """Succeeds for unknown filters."""
    name = params["FilterName"]
    if not _VALID.fullmatch(name):
        raise errors.not_a_valid("filterName")
    with desk.store.write() as writer:
        writer.delete_document(ReceiptFilter, call.scope, name)
    return {}


def list_receipt_filters(desk: Desk, call: Call, params: Params) -> Result:
    """All, by name: the operation knows no pages."""
    with desk.store.read() as reader:
        found = reader.list_documents(ReceiptFilter, call.scope)
    return {"Filters": [{"Name": one.name, "IpFilter": {"Policy": one.policy, "Cidr": one.cidr}} for one in found]}


# --- shared -------------------------------------------------------------------------------------


def _rule_from(params: Params, after: str | None) -> ReceiptRule:
    rule = params["Rule"]
    _require_names(("ruleSetName", params["RuleSetName"]), ("after", after), ("rule.name", rule["Name"]))
    return rule_from(rule)


def _require_names(*given: tuple[str, str | None]) -> None:
    """The front end's constraints, which the model does not have, and then SES's own rule, which it does not hold
    against ``after`` (all observed)."""
    _require_characters(*given)
    for path, name in given:
        if name is not None and path != "after":
            _require_valid("ruleSetName" if path == "ruleSetName" else "ruleName", name)


def _require_characters(*given: tuple[str, str | None]) -> None:
    if violations := _violations(*given):
        raise faults.validation_error(violations)


def _violations(*given: tuple[str, str | None]) -> list[str]:
    """An empty name violates both."""
    found = []
    for path, name in given:
        constraints = [] if name is None or _CHARACTERS.fullmatch(name) else [_OF_CHARACTERS]
        if name == "":
            constraints.insert(0, _NOT_EMPTY)
        found += [f"Value at '{path}' failed to satisfy constraint: {one}" for one in constraints]
    return found


def _require_valid(what: str, *names: str) -> None:
    for name in names:
        if not _VALID.fullmatch(name):
            raise errors.not_a_valid(what, name)


def _require_cidr(cidr: str) -> None:
    from ipaddress import ip_network

    _, slash, prefix = cidr.partition("/")
    # A mask, as 10.0.0.0/255.0.0.0, is no CIDR block, though ip_network reads it.
    if slash and not (prefix.isascii() and prefix.isdigit()):
        raise errors.invalid_cidr_block()
    try:
        ip_network(cidr, strict=False)
    except ValueError as problem:
        raise errors.invalid_cidr_block() from problem


def _require_verified_senders(reader: Reader, call: Call, rule: ReceiptRule) -> None:
    for action in rule.actions:
        if action.bounce is not None:
            names = candidates(parse(action.bounce.sender).addr_spec)
            if not any(identity.verified for identity in reader.identities(call.scope, names)):
                raise errors.identity_is_not_verified(action.bounce.sender)


def _rule_set(reader: Reader, call: Call, name: str) -> ReceiptRuleSet:
    return _there(reader.document(ReceiptRuleSet, call.scope, name), name)


def _locked(writer: Writer, call: Call, name: str) -> ReceiptRuleSet:
    """To be changed: alone with it until the transaction ends."""
    return _there(writer.document_for_update(ReceiptRuleSet, call.scope, name), name)


def _there(found: ReceiptRuleSet | None, name: str) -> ReceiptRuleSet:
    if found is None:
        raise errors.rule_set_does_not_exist(name)
    return found


def _require_no_rule_set(writer: Writer, scope: Scope, name: str) -> None:
    if writer.document_for_update(ReceiptRuleSet, scope, name) is not None:
        raise errors.rule_set_already_exists(name)


def _add_rule_set(writer: Writer, rule_set: ReceiptRuleSet) -> None:
    _require_no_rule_set(writer, rule_set.scope, rule_set.name)
    if writer.count_documents(ReceiptRuleSet, rule_set.scope) >= _MOST_RULE_SETS:
        raise errors.too_many("rule sets", _MOST_RULE_SETS)
    writer.save_document(rule_set)


def _active(reader: Reader, call: Call) -> str | None:
    receiving = reader.document(Receiving, call.scope, RECEIVING)
    return receiving.active_rule_set if receiving is not None else None


def _index(rule_set: ReceiptRuleSet, name: str) -> int:
    for place, rule in enumerate(rule_set.rules):
        if rule.name == name:
            return place
    raise errors.rule_does_not_exist(name)


def _with_new(rule_set: ReceiptRuleSet, rule: ReceiptRule, after: str | None) -> ReceiptRuleSet:
    """The set with one rule more. Raises when it cannot have it."""
    if any(one.name == rule.name for one in rule_set.rules):
        raise errors.rule_already_exists(rule.name)
    if len(rule_set.rules) >= _MOST_RULES:
        raise errors.too_many("rules", _MOST_RULES)
    return _inserted(rule_set, rule, after)


def _inserted(rule_set: ReceiptRuleSet, rule: ReceiptRule, after: str | None) -> ReceiptRuleSet:
    place = 0 if after is None else _index(rule_set, after) + 1
    return replace(rule_set, rules=(*rule_set.rules[:place], rule, *rule_set.rules[place:]))


def _metadata(rule_set: ReceiptRuleSet) -> Result:
    return {"Name": rule_set.name, "CreatedTimestamp": rule_set.created_at}


def _described(rule_set: ReceiptRuleSet) -> Result:
    return {"Metadata": _metadata(rule_set), "Rules": [rule_told(rule) for rule in rule_set.rules]}


V1 = {
    "CreateReceiptRuleSet": create_receipt_rule_set,
    "CloneReceiptRuleSet": clone_receipt_rule_set,
    "DeleteReceiptRuleSet": delete_receipt_rule_set,
    "ListReceiptRuleSets": list_receipt_rule_sets,
    "DescribeReceiptRuleSet": describe_receipt_rule_set,
    "DescribeActiveReceiptRuleSet": describe_active_receipt_rule_set,
    "SetActiveReceiptRuleSet": set_active_receipt_rule_set,
    "ReorderReceiptRuleSet": reorder_receipt_rule_set,
    "CreateReceiptRule": create_receipt_rule,
    "UpdateReceiptRule": update_receipt_rule,
    "DeleteReceiptRule": delete_receipt_rule,
    "DescribeReceiptRule": describe_receipt_rule,
    "SetReceiptRulePosition": set_receipt_rule_position,
    "CreateReceiptFilter": create_receipt_filter,
    "DeleteReceiptFilter": delete_receipt_filter,
    "ListReceiptFilters": list_receipt_filters,
}
V2: dict[str, Operation] = {}
