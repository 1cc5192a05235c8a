"""The two services, loaded once; they hold no state that a test could change."""

from __future__ import annotations

import pytest

from emulator.aws.model import Service, Services
from emulator.aws.query import QueryCodec
from emulator.aws.restjson import RestJsonCodec


@pytest.fixture(scope="session")
def services() -> Services:
    return Services()


@pytest.fixture(scope="session")
def v1(services: Services) -> Service:
    return services.v1


@pytest.fixture(scope="session")
def v2(services: Services) -> Service:
    return services.v2


@pytest.fixture(scope="session")
def query(v1: Service) -> QueryCodec:
    return QueryCodec(v1)


@pytest.fixture(scope="session")
def rest(v2: Service) -> RestJsonCodec:
    return RestJsonCodec(v2)
