"""Every operation of both models, both directions, with botocore's serializers and parsers at the other end."""

from __future__ import annotations

import datetime

import botocore.awsrequest
import botocore.model
import botocore.parsers
import botocore.serialize
import pytest
from botocore.loaders import Loader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.errors import Fault

EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
MODELS = {
    name: botocore.model.ServiceModel(Loader().load_service_model(name, "service-2"), name) for name in ("ses", "sesv2")
}
OPERATIONS = {name: list(model.operation_names) for name, model in MODELS.items()}
REQUEST_ID = "7f1d4a52-0c5e-4f0e-9a0e-0a1b2c3d4e5f"

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["a\r\nb", " x ", "a+b&c=d%41", "ä ☃ 𝄞", "\x00\x01\x1f", "\ufeff", "..", "a/b?c#d"]
)
# What XML 1.0 can hold; CR among it, which only a reference brings through.
XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12
) | st.sampled_from(["a\r\nb", "<&>]]>\"'", "\t\n x ", "\ufffd"])
MOMENTS = st.integers(-(10**12), 4 * 10**12).map(
    lambda ms: datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(milliseconds=ms)
)


def values(shape, texts, lively):
    """Values of a botocore shape. ``lively``: no empty structures below the top, since the Query protocol has none."""
    kind = shape.type_name
    if kind == "structure":
        members = {name: values(member, texts, lively) for name, member in shape.members.items()}
        if shape.is_tagged_union:
            return st.one_of(*(st.fixed_dictionaries({name: member}) for name, member in members.items()))
        required = {name: members.pop(name) for name in shape.required_members}
        return st.fixed_dictionaries(required, optional=members).filter(bool if lively else lambda _: True)
    if kind == "list":
        return st.lists(values(shape.member, texts, lively), max_size=2)
    if kind == "map":
        return st.dictionaries(values(shape.key, texts, lively), values(shape.value, texts, lively), max_size=2)
    if kind == "string":
        if shape.enum:
            return st.sampled_from(shape.enum)
        return texts.filter(bool) if shape.serialization.get("location") == "uri" else texts
    return {
        "integer": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "double": st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
        "timestamp": MOMENTS,
        "blob": st.binary(max_size=30),
    }[kind]


def top(shape, texts, lively):
    if shape is None:
        return st.just({})
    members = {name: values(member, texts, lively) for name, member in shape.members.items()}
    required = {name: members.pop(name) for name in shape.required_members}
    return st.fixed_dictionaries(required, optional=members)


def plain(value):
    """A value as it is inside the emulator: instants are epoch seconds."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        return round(value.timestamp(), 3)
    return value


def request(service, operation, params):
    """The bytes that botocore's client would send: method, raw path, query string, headers, body."""
    model = MODELS[service].operation_model(operation)
    serializer = botocore.serialize.create_serializer(MODELS[service].metadata["protocol"], include_validation=False)
    made = serializer.serialize_to_request(params, model)
    botocore.awsrequest.prepare_request_dict(made, "http://localhost", {})
    prepared = botocore.awsrequest.create_request_object(made).prepare()
    path, _, query_string = prepared.url.removeprefix("http://localhost").partition("?")
    body = prepared.body or b""
    return prepared.method, path, query_string, prepared.headers, body.encode() if isinstance(body, str) else body


def parsed(service, answer, shape):
    parser = botocore.parsers.create_parser(MODELS[service].metadata["protocol"])
    headers = botocore.awsrequest.HeadersDict(answer.headers)
    return parser.parse({"status_code": answer.status, "headers": headers, "body": answer.body}, shape)


@pytest.mark.parametrize("operation", OPERATIONS["ses"])
def test_v1_reads_every_call_as_botocore_wrote_it(query, operation):
    shape = MODELS["ses"].operation_model(operation).input_shape

    @EXAMPLES
    @given(top(shape, ANY_TEXT, True))
    def holds(params):
        _, _, query_string, headers, body = request("ses", operation, params)
        found = query.parse(body, query_string, headers["Content-Type"])
        assert (found.operation, found.version) == (operation, "2010-12-01")
        assert found.params == plain(params)
        # The same call as a GET.
        assert query.parse(b"", body.decode(), "") == found

    holds()


@pytest.mark.parametrize("operation", OPERATIONS["sesv2"])
def test_v2_reads_every_call_as_botocore_wrote_it(rest, operation):
    shape = MODELS["sesv2"].operation_model(operation).input_shape

    @EXAMPLES
    @given(top(shape, ANY_TEXT, False))
    def holds(params):
        found = rest.parse(*request("sesv2", operation, params))
        assert (found.operation, found.version) == (operation, "2019-09-27")
        expected = plain(params)
        for name, member in shape.members.items():
            if member.serialization.get("location") == "querystring" and expected.get(name) == []:
                del expected[name]  # an empty list has no form in a query string
        assert found.params == expected

    holds()


@pytest.mark.parametrize(
    ("service", "operation"), [(service, name) for service in OPERATIONS for name in OPERATIONS[service]]
)
def test_botocore_reads_every_answer_as_we_meant_it(query, rest, service, operation):
    shape = MODELS[service].operation_model(operation).output_shape
    codec, texts = (query, XML_TEXT) if service == "ses" else (rest, ANY_TEXT)

    @EXAMPLES
    @given(top(shape, texts, False))
    def holds(result):
        answer = codec.answer(operation, plain(result), REQUEST_ID)
        found = parsed(service, answer, shape)
        metadata = found.pop("ResponseMetadata")
        assert metadata["RequestId"] == REQUEST_ID
        assert metadata["HTTPStatusCode"] == 200
        assert dict(answer.headers)["x-amzn-RequestId"] == REQUEST_ID
        assert plain(found) == plain(result)

    holds()


@pytest.mark.parametrize(
    ("service", "code"), [(service, shape.error_code) for service in MODELS for shape in MODELS[service].error_shapes]
)
def test_botocore_reads_every_modelled_error_as_we_meant_it(query, rest, service, code):
    shape = MODELS[service].shape_for_error_code(code)
    codec = query if service == "ses" else rest

    @EXAMPLES
    @given(message=XML_TEXT.filter(str.strip), members=st.fixed_dictionaries(dict.fromkeys(shape.members, XML_TEXT)))
    def holds(message, members):
        fault = Fault(message, v1=code, v2=code, status=418, members={**members, "NotOfThisError": "x"})
        answer = codec.refuse(fault, REQUEST_ID)
        found = parsed(service, answer, None)
        assert found["Error"]["Code"] == code
        assert found["Error"]["Message"] == message
        assert found["ResponseMetadata"]["RequestId"] == REQUEST_ID
        assert answer.status == shape.metadata["error"]["httpStatusCode"]
        assert parsed(service, answer, shape) == members
        assert b"NotOfThisError" not in answer.body

    holds()
