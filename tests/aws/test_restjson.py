"""The REST-JSON protocol where the wire shows it: routes, texts of type errors, and what SDKs never send."""

from __future__ import annotations

import json

import pytest

from emulator.aws.model import Service
from emulator.aws.restjson import RestJsonCodec
from emulator.errors import Fault

SEND = ("POST", "/v2/email/outbound-emails", "", {})


def body(rest, content, route=("POST", "/v2/email/outbound-emails")):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return rest.parse(*route, "", {}, data).params


def refused(rest, content, route=("POST", "/v2/email/outbound-emails")):
    with pytest.raises(Fault) as caught:
        body(rest, content, route)
    return caught.value.v2, caught.value.message


def routed(rest, method, path, query=""):
    found = rest.parse(method, path, query, {}, b"")
    return found.operation, found.params


# --- routes --------------------------------------------------------------------------------------


def test_a_label_is_decoded_once(rest):
    assert routed(rest, "GET", "/v2/email/identities/a%40b.c") == ("GetEmailIdentity", {"EmailIdentity": "a@b.c"})
    assert routed(rest, "GET", "/v2/email/identities/a%2540b")[1] == {"EmailIdentity": "a%40b"}
    assert routed(rest, "GET", "/v2/email/identities/a+b@c.d")[1] == {"EmailIdentity": "a+b@c.d"}
    assert routed(rest, "GET", "/v2/email/identities/%C3%A4")[1] == {"EmailIdentity": "ä"}


def test_an_encoded_slash_stays_in_its_label(rest):
    assert routed(rest, "DELETE", "/v2/email/identities/a%2Fb%2fpolicies")[1] == {"EmailIdentity": "a/b/policies"}


def test_labels_in_the_middle_and_at_the_end(rest):
    assert routed(rest, "DELETE", "/v2/email/identities/a/policies/p") == (
        "DeleteEmailIdentityPolicy",
        {"EmailIdentity": "a", "PolicyName": "p"},
    )
    assert routed(rest, "PUT", "/v2/email/identities/a/dkim/signing")[0] == "PutEmailIdentityDkimSigningAttributes"
    assert routed(rest, "PUT", "/v2/email/identities/a/dkim")[0] == "PutEmailIdentityDkimAttributes"


def test_a_literal_segment_wins_over_a_label(rest):
    assert routed(rest, "POST", "/v2/email/contact-lists/x/contacts/list")[0] == "ListContacts"
    assert routed(rest, "GET", "/v2/email/contact-lists/x/contacts/list")[0] == "GetContact"


def test_one_trailing_slash_is_ignored(rest):
    assert routed(rest, "GET", "/v2/email/account/")[0] == "GetAccount"
    assert routed(rest, "GET", "/v2/email/identities/a/")[0] == "GetEmailIdentity"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/email/nothing"),
        ("PATCH", "/v2/email/account"),
        ("GET", "/v2/email/outbound-emails"),
        ("DELETE", "/v2/email/identities/"),
        ("GET", "/v2/email/identities/a/b/c/d/e"),
        ("GET", "/v2/email/identities/%zz"),
        ("GET", "/v2/email/identities/%ff"),
        ("GET", "/v2/email//account"),
        ("GET", "/v2/email%2Faccount"),
        ("GET", "v2/email/identities/a"),
        ("GET", "/x/v2/email/account"),
        ("GET", ""),
        ("GET", "/"),
        ("get\r\n", "/ä\r\n\x00"),
    ],
)
def test_no_such_method_and_path_is_an_unknown_operation(rest, method, path):
    with pytest.raises(Fault) as caught:
        rest.parse(method, path, "", {}, b"")
    answer = rest.refuse(caught.value, "an-id")
    assert (answer.status, answer.body) == (404, b'{"message":null}')
    assert dict(answer.headers)["x-amzn-ErrorType"] == "UnknownOperationException"
    assert caught.value.hint.isprintable()
    assert caught.value.hint.isascii()


def test_members_of_the_query_string(rest):
    assert routed(rest, "GET", "/v2/email/suppression/addresses", "Reason=BOUNCE&Reason=COMPLAINT&PageSize=5") == (
        "ListSuppressedDestinations",
        {"Reasons": ["BOUNCE", "COMPLAINT"], "PageSize": 5},
    )
    found = routed(rest, "GET", "/v2/email/suppression/addresses", "StartDate=2021-03-20T01%3A00%3A00Z&NextToken=a%2Bb")
    assert found[1] == {"StartDate": 1616202000.0, "NextToken": "a+b"}


def test_an_empty_number_in_the_query_is_absent(rest):
    assert routed(rest, "GET", "/v2/email/templates", "PageSize=&NextToken=")[1] == {"NextToken": ""}


@pytest.mark.parametrize("text", ["abc", "99999999999", "1.5", "9" * 5000, "%C2%B2", "+", "--1"])
def test_a_query_number_that_is_none(rest, text):
    with pytest.raises(Fault) as caught:
        rest.parse("GET", "/v2/email/templates", f"PageSize={text}", {}, b"")
    assert caught.value.v2 == "SerializationException"
    shown = text.replace("%C2%B2", "²").replace("+", " ")[:256]
    assert caught.value.message == f"'{shown}' can not be converted to Integer"


def test_a_body_cannot_set_what_stands_in_the_path(rest):
    found = rest.parse(
        "PUT", "/v2/email/identities/real/dkim", "", {}, b'{"EmailIdentity":"other","SigningEnabled":true}'
    )
    assert found.params == {"EmailIdentity": "real", "SigningEnabled": True}


def test_a_body_in_which_no_member_stands_is_not_read(rest):
    assert rest.parse("GET", "/v2/email/identities/a", "", {}, b"not json").params == {"EmailIdentity": "a"}


# --- bodies --------------------------------------------------------------------------------------


def test_an_empty_body_is_an_empty_structure(rest):
    assert body(rest, b"") == {}
    assert body(rest, b" \r\n") == {}


def test_null_members_are_absent_and_unknown_ones_ignored(rest):
    content = {"FromEmailAddress": None, "Nothing": [1, {"x": None}], "FeedbackForwardingEmailAddress": "a"}
    assert body(rest, content) == {"FeedbackForwardingEmailAddress": "a"}


def test_null_elements_are_kept_for_validation(rest):
    assert body(rest, {"ReplyToAddresses": ["a", None]}) == {"ReplyToAddresses": ["a", None]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"FromEmailAddress": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"FromEmailAddress": 1.5}, "NUMBER_VALUE can not be converted to a String"),
        ({"FromEmailAddress": True}, "TRUE_VALUE can not be converted to a String"),
        ({"FromEmailAddress": False}, "FALSE_VALUE can not be converted to a String"),
        ({"FromEmailAddress": ["x"]}, "Start of list found where not expected"),
        ({"FromEmailAddress": {}}, "Start of structure or map found where not expected."),
        ({"ReplyToAddresses": "x"}, "Expected list or null"),
        ({"ReplyToAddresses": 1}, "Expected list or null"),
        ({"ReplyToAddresses": {}}, "Start of structure or map found where not expected."),
        ({"ReplyToAddresses": [1]}, "NUMBER_VALUE can not be converted to a String"),
        ({"ReplyToAddresses": [["a"]]}, "Start of list found where not expected"),
        ({"Content": "x"}, "Expected null"),
        ({"Content": 1}, "Expected null"),
        ({"Content": []}, "Start of list found where not expected"),
        ({"EmailTags": [1]}, "Expected null"),
        ({"Content": {"Raw": {"Data": 1}}}, "NUMBER_VALUE can not be converted to a Blob"),
        (
            {"Content": {"Raw": {"Data": "abcde"}}},
            "'abcde' can not be converted to a Blob: "
            "Base64 encoded length is expected a multiple of 4 bytes but found: 5",
        ),
        (
            {"Content": {"Raw": {"Data": "a" * 1001}}},
            "Base64 encoded length is expected a multiple of 4 bytes but found: 1001",
        ),
        ([], "Start of list found where not expected"),
        (1, "Expected null"),
    ],
)
def test_a_json_value_of_the_wrong_type_is_named_in_ses_words(rest, content, message):
    assert refused(rest, content) == ("SerializationException", message)


SENDING = ("PUT", "/v2/email/account/sending")


@pytest.mark.parametrize(
    ("given", "expected"), [(True, True), (False, False), ("true", True), ("YES", True), ("f", False), ("0", False)]
)
def test_a_boolean_may_be_a_word(rest, given, expected):
    assert body(rest, {"SendingEnabled": given}, SENDING) == {"SendingEnabled": expected}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("maybe", "STRING_VALUE can not be converted to an Boolean"),
        (1, "NUMBER_VALUE can not be converted to a Boolean"),
        ([], "Start of list found where not expected"),
        (None, None),
    ],
)
def test_what_is_no_boolean(rest, given, message):
    assert refused(rest, {"SendingEnabled": given}, SENDING) == ("SerializationException", message)


def test_the_boxed_boolean_may_be_null(rest):
    content = {"MailType": "MARKETING", "WebsiteURL": "https://a.b", "ProductionAccessEnabled": None}
    assert "ProductionAccessEnabled" not in body(rest, content, ("POST", "/v2/email/account/details"))


EXPORT = ("POST", "/v2/email/export-jobs")


def insights(number):
    return {"ExportDataSource": {"MessageInsightsDataSource": {"StartDate": 1, "EndDate": 2, "MaxResults": number}}}


@pytest.mark.parametrize(("given", "expected"), [(7, 7), (7.9, 7), (-1.5, -1)])
def test_a_fraction_for_an_integer_is_cut_off(rest, given, expected):
    found = body(rest, insights(given), EXPORT)["ExportDataSource"]["MessageInsightsDataSource"]["MaxResults"]
    assert found == expected
    assert type(found) is int


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("1", "STRING_VALUE can not be converted to an Integer"),
        (True, "TRUE_VALUE can not be converted to an Integer"),
        (2**31, None),
        (10**400, None),
    ],
)
def test_what_is_no_integer(rest, given, message):
    assert refused(rest, insights(given), EXPORT) == ("SerializationException", message)


def test_instants_are_epoch_seconds(rest):
    source = body(rest, insights(1), EXPORT)["ExportDataSource"]["MessageInsightsDataSource"]
    assert (source["StartDate"], source["EndDate"]) == (1.0, 2.0)


@pytest.mark.parametrize("when", [b'"2021-03-20T01:00:00Z"', b"1e999", b"1e300", b"9" * 400, b"true"])
def test_what_is_no_instant(rest, when):
    content = b'{"ExportDataSource":{"MessageInsightsDataSource":{"StartDate":%s}}}' % when
    assert refused(rest, content, EXPORT)[0] == "SerializationException"


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"null x",
        b'{"FromEmailAddress":"x",}',
        b"{} {}",
        b"{'a':1}",
        b'{"FromEmailAddress":NaN}',
        b'{"FromEmailAddress":-Infinity}',
        b'{"FromEmailAddress":"a","FromEmailAddress":"b"}',
        b'{"x":{"a":1,"a":2}}',
        b'{"FromEmailAddress":"\xff"}',
        b'\xef\xbb\xbf{"FromEmailAddress":"x"}',
        b'{"FromEmailAddress":"\\ud800"}',
        b'{"FromEmailAddress":"a\nb"}',
        b'{"x":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        '{"FromEmailAddress":"x"}'.encode("utf-16"),
    ],
)
def test_a_body_that_is_not_json_is_refused_without_a_text(rest, content):
    assert refused(rest, content) == ("SerializationException", None)


def test_an_escaped_pair_of_surrogates_is_one_character(rest):
    assert body(rest, b'{"FromEmailAddress":"\\ud834\\udd1e"}') == {"FromEmailAddress": "𝄞"}


def test_the_top_may_not_be_null(rest):
    assert refused(rest, b"null") == ("SerializationException", "Expected null")


def test_null_values_of_a_map_are_dropped_and_bad_keys_refused(rest):
    tenants = ("POST", "/v2/email/tenants/list")
    assert body(rest, {"Filter": {"SENDING_STATUS": None}}, tenants) == {"Filter": {}}
    assert refused(rest, b'{"Filter":{"\\ud800":"x"}}', tenants)[0] == "SerializationException"
    assert refused(rest, {"Filter": []}, tenants)[1] == "Start of list found where not expected"
    assert refused(rest, {"Filter": "x"}, tenants)[1] == "Expected null"


# --- what the SES model does not use, but the protocol has ---------------------------------------


def synthetic(payload, kind):
    members = {
        "Path": {"shape": "Text", "location": "uri", "locationName": "Path"},
        "Token": {"shape": "Text", "location": "header", "locationName": "X-Token"},
        "Sum": {"shape": "Text", "locationName": "sum"},
        "Body": {"shape": kind},
    }
    return RestJsonCodec(
        Service(
            {
                "metadata": {"apiVersion": "2000-01-01"},
                "operations": {
                    "Put": {
                        "http": {"method": "PUT", "requestUri": "/files/{Path+}/end", "responseCode": 201},
                        "input": {"shape": "In"},
                        "output": {"shape": "In"},
                    },
                    "One": {"http": {"method": "PUT", "requestUri": "/files/{Name}/end"}},
                },
                "shapes": {
                    "In": {"type": "structure", "members": members, **({"payload": "Body"} if payload else {})},
                    "Text": {"type": "string"},
                    "Blob": {"type": "blob"},
                    "Structure": {"type": "structure", "members": {"A": {"shape": "Text"}}},
                },
            }
        )
    )


def test_a_greedy_label_takes_what_a_plain_one_cannot():
    codec = synthetic(False, "Structure")
    assert codec.parse("PUT", "/files/a/end", "", {}, b"").operation == "One"
    assert codec.parse("PUT", "/files/a/b%2Fc/end", "", {}, b"").params == {"Path": "a/b/c"}


def test_headers_and_wire_names_follow_the_model():
    found = synthetic(False, "Structure").parse("PUT", "/files/a/b/end", "", {"X-Token": "t"}, b'{"sum":"5"}')
    assert found.params == {"Path": "a/b", "Token": "t", "Sum": "5"}
    answer = synthetic(False, "Structure").answer("Put", {"Token": "t", "Sum": "5"}, "an-id")
    assert (answer.status, answer.body) == (201, b'{"sum":"5"}')
    assert ("X-Token", "t") in answer.headers


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [("Structure", b'{"A":"x"}', {"A": "x"}), ("Blob", b"\x00\xff", b"\x00\xff"), ("Text", "ä".encode(), "ä")],
)
def test_a_payload_member_is_the_whole_body(kind, sent, expected):
    assert synthetic(True, kind).parse("PUT", "/files/a/b/end", "", {}, sent).params["Body"] == expected
    assert "Body" not in synthetic(True, kind).parse("PUT", "/files/a/b/end", "", {}, b"").params


def test_a_payload_member_is_the_whole_answer():
    assert synthetic(True, "Structure").answer("Put", {"Body": {"A": "x"}}, "an-id").body == b'{"A":"x"}'
