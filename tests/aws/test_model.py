"""Our reading of the models holds against botocore's own, shape by shape."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import botocore.model
import pytest
from botocore.loaders import Loader

from emulator.aws import model

NAMES = ("ses", "sesv2")


def oracle(name):
    return botocore.model.ServiceModel(Loader().load_service_model(name, "service-2"), name)


def ours(services, name):
    return services.v1 if name == "ses" else services.v2


def assert_same(shape, theirs, seen):
    if theirs.name in seen:
        return
    seen.add(theirs.name)
    assert (shape.name, shape.type_name) == (theirs.name, theirs.type_name)
    assert list(shape.required_members) == list(theirs.required_members)
    assert list(shape.enum) == list(getattr(theirs, "enum", ()))
    for limit in ("min", "max", "pattern"):
        assert getattr(shape, limit) == theirs.metadata.get(limit)
    assert (shape.matcher is None) == ("pattern" not in theirs.metadata), f"{theirs.name}: a pattern Python cannot read"
    if theirs.type_name == "structure":
        assert list(shape.members) == list(theirs.members)
        for name, inner in theirs.members.items():
            member = shape.members[name]
            assert member.wire == inner.serialization.get("name", name)
            assert member.location == inner.serialization.get("location")
            assert member.required == (name in theirs.required_members)
            assert_same(member.shape, inner, seen)
    elif theirs.type_name == "list":
        assert_same(shape.member.shape, theirs.member, seen)
    elif theirs.type_name == "map":
        assert_same(shape.key.shape, theirs.key, seen)
        assert_same(shape.value.shape, theirs.value, seen)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_is_read_as_botocore_reads_it(services, name):
    service, theirs, seen = ours(services, name), oracle(name), set()
    assert list(service.operations) == list(theirs.operation_names)
    assert service.api_version == theirs.api_version
    for operation_name in theirs.operation_names:
        expected, found = theirs.operation_model(operation_name), service.operation(operation_name)
        assert (found.name, found.method, found.path) == (
            expected.name,
            expected.http["method"],
            expected.http["requestUri"],
        )
        assert found.status == expected.http.get("responseCode", 200)
        for shape, expected_shape in (
            (found.input_shape, expected.input_shape),
            (found.output_shape, expected.output_shape),
        ):
            assert (shape is None) == (expected_shape is None)
            if shape is not None:
                assert_same(shape, expected_shape, seen)
        if expected.output_shape is not None and name == "ses":
            assert found.result_wrapper == expected.output_shape.serialization["resultWrapper"]
    assert len(seen) > 100


@pytest.mark.parametrize("name", NAMES)
def test_every_error_has_its_wire_code_and_status(services, name):
    service, theirs = ours(services, name), oracle(name)
    for shape in theirs.error_shapes:
        code = shape.error_code
        assert service.error_status(code) == shape.metadata["error"]["httpStatusCode"]
        assert list(service.error(code).members) == list(shape.members)
    assert service.error_status("NoSuchCode") is None
    assert service.error("NoSuchCode") is None


def test_v1_codes_drop_exception_except_where_the_model_says_otherwise(v1):
    assert v1.error_status("AlreadyExists") == 400
    assert v1.error_status("AlreadyExistsException") is None
    assert v1.error_status("AccountSendingPausedException") == 400
    assert v1.error_status("AccountSendingPaused") is None


@pytest.mark.parametrize("name", NAMES)
def test_the_models_use_no_trait_that_the_codecs_do_not_read(name):
    """A newer botocore may bring one: then this fails before a caller does."""
    shape_keys = {
        "type", "members", "required", "member", "key", "value", "enum", "min", "max", "pattern", "box", "exception",
        "error", "fault", "union", "sensitive", "deprecated", "deprecatedMessage",
    }  # fmt: skip
    member_keys = {"shape", "location", "locationName", "contextParam", "deprecated", "deprecatedMessage"}
    operation_keys = {"name", "http", "input", "output", "errors", "idempotent", "deprecated", "deprecatedMessage"}
    read = model.description(name)
    assert read["metadata"]["protocol"] == {"ses": "query", "sesv2": "rest-json"}[name]
    for shape in read["shapes"].values():
        assert set(shape) <= shape_keys
        members = [*shape.get("members", {}).values(), *(shape[k] for k in ("member", "key", "value") if k in shape)]
        for member in members:
            assert set(member) <= member_keys
            assert member.get("location") in (None, "uri", "querystring")
    for operation in read["operations"].values():
        assert set(operation) <= operation_keys
        assert set(operation["http"]) <= {"method", "requestUri", "responseCode"}


def test_an_operation_and_its_shapes_are_built_once(v2):
    assert v2.operation("SendEmail") is v2.operation("SendEmail")
    assert v2.operation("CreateNothing") is None


def test_who_asks_while_another_thread_builds_gets_whole_shapes():
    described = model.description("sesv2")
    whole = _size(model.Service(described).operation("SendBulkEmail").input_shape, set())
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(50):
                service, start = model.Service(described), threading.Barrier(8)

                def ask(service=service, start=start):
                    start.wait()
                    return _size(service.operation("SendBulkEmail").input_shape, set())

                assert [one.result() for one in [pool.submit(ask) for _ in range(8)]] == [whole] * 8
    finally:
        sys.setswitchinterval(before)


def _size(shape, seen):
    """How many members can be reached from a shape."""
    if id(shape) in seen:
        return 0
    seen.add(id(shape))
    inner = [*shape.members.values(), *(one for one in (shape.member, shape.key, shape.value) if one is not None)]
    return len(inner) + sum(_size(one.shape, seen) for one in inner)


def test_a_service_without_a_model_is_a_lookup_error():
    with pytest.raises(LookupError):
        model.description("no-such-service")


def test_the_models_are_read_without_importing_botocore():
    code = (
        "import sys; from emulator.aws import model, query, restjson, validate, sigv4, paging; s = model.Services();"
        "s.v1.operation('SendEmail'); s.v2.operation('SendEmail');"
        "sys.exit(any(m.split('.')[0] in ('botocore', 'urllib3') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
