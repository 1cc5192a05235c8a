"""The app with its mail going to the emulator: ``usefixtures = ses`` in pytest.ini sees to it for every test."""

import pytest
from signup import create_app


@pytest.fixture
def harbour(ses):
    """A browser at the app, which may send from its domain."""
    ses.verify("harbour.example")
    return create_app().test_client()


@pytest.fixture
def anna(ses):
    """A recipient that the sandbox lets us write to."""
    ses.verify("anna@example.com")
    return "anna@example.com"
