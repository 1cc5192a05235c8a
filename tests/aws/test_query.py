"""The Query protocol where the wire shows it: texts, layout, and what SDKs never send."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import errors
from emulator.aws import faults, wire
from emulator.aws.model import Service
from emulator.aws.query import QueryCodec
from emulator.errors import Fault
from emulator.values import Door

FORM = "application/x-www-form-urlencoded; charset=utf-8"


def form(action, **fields):
    return urlencode({"Action": action, "Version": "2010-12-01", **fields}).encode()


def call(query, action, fields):
    return query.parse(form(action, **fields), "", FORM).params


def refused(query, action, fields):
    with pytest.raises(Fault) as caught:
        query.parse(form(action, **fields), "", FORM)
    return caught.value.v1, caught.value.message


# --- reading -------------------------------------------------------------------------------------


def test_a_list_is_read_in_the_order_of_its_numbers_with_gaps(query):
    fields = {"Identities.member.10": "c", "Identities.member.2": "b", "Identities.member.1": "a"}
    assert call(query, "GetIdentityDkimAttributes", fields) == {"Identities": ["a", "b", "c"]}


def test_an_empty_list_is_an_empty_value(query):
    assert call(query, "GetIdentityDkimAttributes", {"Identities": ""}) == {"Identities": []}


def test_line_ends_in_a_value_survive(query):
    assert call(query, "VerifyEmailIdentity", {"EmailAddress": "a\r\nb\rc\n"}) == {"EmailAddress": "a\r\nb\rc\n"}


def test_an_empty_string_is_a_value(query):
    assert call(query, "VerifyEmailIdentity", {"EmailAddress": ""}) == {"EmailAddress": ""}


def test_unknown_fields_are_ignored(query):
    fields = {"EmailAddress": "a@b.c", "Nothing": "x", "Nothing.member.1": "y", "EmailAddress2": "z"}
    assert call(query, "VerifyEmailIdentity", fields) == {"EmailAddress": "a@b.c"}


def test_a_field_given_twice_counts_once_the_first(query):
    body = form("VerifyEmailIdentity") + b"&EmailAddress=first&EmailAddress=second"
    assert query.parse(body, "", FORM).params == {"EmailAddress": "first"}


def test_the_query_string_comes_before_the_form(query):
    found = query.parse(b"Version=2010-12-01&EmailAddress=form", "Action=VerifyEmailIdentity&EmailAddress=url", FORM)
    assert found.params == {"EmailAddress": "url"}


def test_a_body_that_is_not_a_form_is_not_read(query):
    with pytest.raises(Fault) as caught:
        query.parse(form("GetSendQuota"), "", "application/json")
    assert caught.value.v1 == "MissingAction"


@pytest.mark.parametrize(
    "content_type", ["", "application/x-www-form-urlencoded", "Application/X-WWW-Form-URLEncoded;"]
)
def test_a_form_is_read_whatever_its_parameters(query, content_type):
    assert query.parse(form("GetSendQuota"), "", content_type).operation == "GetSendQuota"


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_booleans_are_xsd(query, text, expected):
    fields = {"Identity": "a", "DkimEnabled": text}
    assert call(query, "SetIdentityDkimEnabled", fields)["DkimEnabled"] is expected


def test_a_required_boolean_left_out_is_false(query):
    assert call(query, "SetIdentityDkimEnabled", {"Identity": "a"}) == {"Identity": "a", "DkimEnabled": False}


@pytest.mark.parametrize(
    ("text", "expected"), [("5", 5), ("+900", 900), ("0900", 900), ("-1", -1), ("2147483647", 2**31 - 1)]
)
def test_integers_are_signed_32_bit(query, text, expected):
    assert call(query, "ListIdentities", {"MaxItems": text}) == {"MaxItems": expected}


MALFORMED = [
    ("ListIdentities", {"MaxItems": ""}, "missing value for decimal type"),
    ("ListIdentities", {"MaxItems": "abc"}, None),
    ("ListIdentities", {"MaxItems": "1.5"}, None),
    ("ListIdentities", {"MaxItems": "2147483648"}, None),
    ("ListIdentities", {"MaxItems": "9" * 5000}, None),
    ("ListIdentities", {"MaxItems": "٣"}, None),
    ("SetIdentityDkimEnabled", {"DkimEnabled": ""}, "missing value for boolean type"),
    ("SetIdentityDkimEnabled", {"DkimEnabled": "TRUE"}, "boolean must follow xsd1.1 definition"),
    ("SetIdentityDkimEnabled", {"DkimEnabled": "yes"}, "boolean must follow xsd1.1 definition"),
    ("GetIdentityDkimAttributes", {"Identities.member.0": "a"}, "0 is not a valid index"),
    ("GetIdentityDkimAttributes", {"Identities.member.x": "a"}, "x is not a valid index"),
    ("GetIdentityDkimAttributes", {"Identities.1": "a"}, "Top level element may not be treated as a list"),
    ("GetIdentityDkimAttributes", {"Identities": "a"}, None),
    ("VerifyEmailIdentity", {"EmailAddress.member.1": "a"}, "Start of list found where not expected"),
    ("VerifyEmailIdentity", {"EmailAddress.X": "a"}, "Start of structure or map found where not expected."),
    ("SendEmail", {"Message": "a"}, None),
    (
        "SendRawEmail",
        {"RawMessage.Data": "abcde"},
        "Base64 encoded length is expected a multiple of 4 bytes but found: 5",
    ),
    ("SendRawEmail", {"RawMessage.Data": "ab*="}, "Invalid Base64 character"),
    ("SendRawEmail", {"RawMessage.Data": "+/+="}, "Invalid last non-pad Base64 character dectected"),
]


@pytest.mark.parametrize(("action", "fields", "message"), MALFORMED)
def test_a_value_that_is_not_of_its_type_is_malformed_input(query, action, fields, message):
    assert refused(query, action, fields) == ("MalformedInput", message)


def test_an_unknown_action_is_named(query):
    assert refused(query, "Nothing", {}) == ("InvalidAction", "Could not find operation Nothing for version 2010-12-01")


def test_a_v2_operation_is_unknown_to_v1(query):
    assert refused(query, "GetAccount", {})[0] == "InvalidAction"


def test_another_version_is_refused(query):
    with pytest.raises(Fault) as caught:
        query.parse(b"Action=GetSendQuota&Version=2009-01-01", "", FORM)
    assert caught.value.message == "Could not find operation GetSendQuota for version 2009-01-01"


def test_without_a_version_the_refusal_is_in_another_namespace(query):
    with pytest.raises(Fault) as caught:
        query.parse(b"Action=GetSendQuota", "", FORM)
    assert caught.value.message == "Could not find operation GetSendQuota for version NO_VERSION_SPECIFIED"
    answer = query.refuse(caught.value, "id")
    assert answer.body.startswith(b'<ErrorResponse xmlns="http://webservices.amazon.com/AWSFault/2005-15-09">')
    assert answer.status == 400


def test_without_an_action_it_is_missing(query):
    with pytest.raises(Fault) as caught:
        query.parse(b"Version=2010-12-01", "", FORM)
    assert (caught.value.v1, caught.value.message) == ("MissingAction", "Missing Action")


@pytest.mark.parametrize(
    "field", [b"EmailAddress=%", b"EmailAddress=%4", b"EmailAddress=%zz", b"%=1", b"EmailAddress=%ff"]
)
def test_broken_encoding_is_a_malformed_query_string(query, field):
    with pytest.raises(Fault) as caught:
        query.parse(form("VerifyEmailIdentity") + b"&" + field, "", FORM)
    assert caught.value.v1 == "MalformedQueryString"
    assert faults.status_of(caught.value, Door.V1, query._service) == 404


def test_more_fields_than_any_call_needs_are_not_read(query):
    def fields(count):
        return b"Action=GetSendQuota&Version=2010-12-01" + b"&a=1" * (count - 2)

    assert query.parse(fields(wire.MAX_PAIRS), "", FORM).operation == "GetSendQuota"
    with pytest.raises(Fault) as caught:
        query.parse(fields(wire.MAX_PAIRS + 1), "", FORM)
    assert (caught.value.v1, caught.value.hint) == ("MalformedQueryString", "too many fields")


def test_a_name_that_is_a_value_and_a_list_is_a_list(query):
    for body in (b"&Identities=&Identities.member.1=a", b"&Identities.member.1=a&Identities="):
        assert query.parse(form("GetIdentityDkimAttributes") + body, "", FORM).params == {"Identities": ["a"]}


@given(st.binary(max_size=60))
def test_percent_decoding_is_that_of_the_standard_library(data):
    try:
        assert wire.unquote(data) == unquote_to_bytes(data)
    except ValueError:
        assert b"%" in data


@given(st.binary(max_size=60))
def test_every_encoded_byte_comes_back(data):
    assert wire.unquote("".join(f"%{byte:02x}" for byte in data).encode()) == data
    assert wire.unquote("".join(f"%{byte:02X}" for byte in data).encode() + b"=\r\n=") == data + b"=\r\n="


@given(st.binary(max_size=40))
def test_base64_is_read_as_it_was_written(data):
    assert wire.base64_bytes(base64.b64encode(data)) == data


@pytest.mark.parametrize("bad", [b"====", b"=AAA", b"AA=A", b"A===", b"AAA=AAAA", b"AAA\n", b"AA AA===", b"AB=="])
def test_base64_that_only_a_lenient_reader_takes_is_refused(bad):
    with pytest.raises(ValueError, match="Base64"):
        wire.base64_bytes(bad)


# --- writing -------------------------------------------------------------------------------------


def test_an_answer_is_laid_out_as_ses_does(query):
    answer = query.answer("SendEmail", {"MessageId": "0106-x"}, "an-id")
    assert answer.status == 200
    assert answer.headers == (("Content-Type", "text/xml"), ("x-amzn-RequestId", "an-id"))
    assert answer.body == (
        b'<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">'
        b"<SendEmailResult><MessageId>0106-x</MessageId></SendEmailResult>"
        b"<ResponseMetadata><RequestId>an-id</RequestId></ResponseMetadata></SendEmailResponse>"
    )


@pytest.mark.parametrize("operation", ["VerifyEmailIdentity", "VerifyEmailAddress", "ListVerifiedEmailAddresses"])
def test_an_answer_without_members_still_has_its_result(query, operation):
    assert f"<{operation}Result/>".encode() in query.answer(operation, {}, "an-id").body


def test_instants_leave_as_iso_8601(query):
    points = [{"Timestamp": 1616202000.0}, {"Timestamp": 1616202000.25}]
    body = query.answer("GetSendStatistics", {"SendDataPoints": points}, "an-id").body
    assert b"<Timestamp>2021-03-20T01:00:00Z</Timestamp>" in body
    assert b"<Timestamp>2021-03-20T01:00:00.250Z</Timestamp>" in body


def test_what_xml_cannot_hold_leaves_the_answer_readable(query):
    text = "".join(map(chr, range(0x20))) + "\ud800\udfff\ufffe\uffff<&>\x7f𝄞"
    answer = query.answer("SendEmail", {"MessageId": text}, "an-id")
    found = next(ElementTree.fromstring(answer.body).iter("{http://ses.amazonaws.com/doc/2010-12-01/}MessageId")).text
    assert found == "".join(c if c in "\t\n\r" else "\ufffd" for c in text[:0x20]) + "\ufffd" * 4 + "<&>\x7f𝄞"


def test_a_result_of_another_shape_is_our_mistake(query):
    with pytest.raises(ValueError, match="Nothing"):
        query.answer("SendEmail", {"Nothing": "x"}, "an-id")
    with pytest.raises(ValueError, match="Nothing"):
        query.answer("VerifyEmailAddress", {"Nothing": "x"}, "an-id")
    with pytest.raises(ValueError, match="Nothing"):
        query.answer("Nothing", {}, "an-id")


def test_members_that_are_none_are_left_out(query):
    assert b"NextToken" not in query.answer("ListIdentities", {"Identities": [], "NextToken": None}, "an-id").body


def test_a_refusal_is_laid_out_as_ses_does(query):
    answer = query.refuse(errors.configuration_set_does_not_exist("x & y"), "an-id")
    assert answer.status == 400
    assert answer.headers == (("Content-Type", "text/xml"), ("x-amzn-RequestId", "an-id"))
    assert answer.body == (
        b'<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>'
        b"<Code>ConfigurationSetDoesNotExist</Code>"
        b"<Message>Configuration set &lt;x &amp; y&gt; does not exist.</Message>"
        b"<ConfigurationSetName>x &amp; y</ConfigurationSetName></Error><RequestId>an-id</RequestId></ErrorResponse>"
    )


def test_a_refusal_without_a_text_has_no_message_element(query):
    assert b"Message" not in query.refuse(faults.malformed_input(None), "an-id").body


# --- what the SES model does not use, but the protocol has ---------------------------------------

SYNTHETIC = Service(
    {
        "metadata": {"apiVersion": "2000-01-01", "xmlNamespace": "urn:x"},
        "operations": {
            "Do": {
                "http": {"method": "POST", "requestUri": "/"},
                "input": {"shape": "In"},
                "output": {"shape": "In", "resultWrapper": "DoResult"},
            }
        },
        "shapes": {
            "In": {
                "type": "structure",
                "members": {
                    "Flat": {"shape": "FlatList"},
                    "FlatMap": {"shape": "FlatMap"},
                    "Map": {"shape": "Map"},
                    "When": {"shape": "When"},
                    "Ratio": {"shape": "Ratio"},
                },
            },
            "FlatList": {"type": "list", "member": {"shape": "Text"}, "flattened": True},
            "FlatMap": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}, "flattened": True},
            "Map": {
                "type": "map",
                "key": {"shape": "Text", "locationName": "Name"},
                "value": {"shape": "Text", "locationName": "Value"},
            },
            "Text": {"type": "string"},
            "When": {"type": "timestamp"},
            "Ratio": {"type": "double"},
        },
    }
)


def synthetic(fields):
    data = urlencode({"Action": "Do", "Version": "2000-01-01", **fields}).encode()
    return QueryCodec(SYNTHETIC).parse(data, "", FORM).params


def test_flattened_lists_and_maps_follow_the_model():
    fields = {"Flat.2": "b", "Flat.1": "a", "FlatMap.1.key": "k", "FlatMap.1.value": "v"}
    assert synthetic(fields) == {"Flat": ["a", "b"], "FlatMap": {"k": "v"}}
    body = QueryCodec(SYNTHETIC).answer("Do", {"Flat": ["a", "b"], "FlatMap": {"k": "v"}}, "i").body
    assert b"<Flat>a</Flat><Flat>b</Flat><FlatMap><FlatMap><key>k</key><value>v</value></FlatMap></FlatMap>" not in body
    assert b"<Flat>a</Flat><Flat>b</Flat><FlatMap><key>k</key><value>v</value></FlatMap>" in body


def test_maps_use_the_names_of_the_model():
    assert synthetic({"Map.entry.1.Name": "k", "Map.entry.1.Value": "v"}) == {"Map": {"k": "v"}}
    body = QueryCodec(SYNTHETIC).answer("Do", {"Map": {"k": "v"}}, "i").body
    assert b"<Map><entry><Name>k</Name><Value>v</Value></entry></Map>" in body


@pytest.mark.parametrize("fields", [{"Map.entry.1.Name": "k"}, {"Map.entry.1.Value": "v"}, {"Map.entry.1": "v"}])
def test_half_a_map_entry_is_malformed(fields):
    with pytest.raises(Fault) as caught:
        synthetic(fields)
    assert caught.value.v1 == "MalformedInput"


def test_timestamps_and_doubles_are_read():
    assert synthetic({"When": "2021-03-20T01:00:00.5Z", "Ratio": "-1.5e3"}) == {"When": 1616202000.5, "Ratio": -1500.0}
    assert synthetic({"When": "2021-03-20T10:00:00+09:00"}) == {"When": 1616202000.0}


@pytest.mark.parametrize("when", ["", "yesterday", "2021-03-20", "2021-13-20T01:00:00Z", "2021-03-20T01:00:00", "ü"])
def test_a_timestamp_that_is_none_is_malformed(when):
    with pytest.raises(Fault) as caught:
        synthetic({"When": when})
    assert caught.value.message == "timestamp must follow ISO8601"


@pytest.mark.parametrize("number", ["x", "1e999", "nan", "inf", "1_0", "1e9999", " 1"])
def test_a_double_that_is_none_is_malformed(number):
    with pytest.raises(Fault) as caught:
        synthetic({"Ratio": number})
    assert (caught.value.v1, caught.value.message) == ("MalformedInput", None)
