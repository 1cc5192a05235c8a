"""Texts: reference sending.md 2.2, recorded from AWS."""

import pytest

from emulator.errors import Fault
from emulator.policy import tags
from emulator.values import Tag


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (Tag("test_invalid_name:123", "x"), "Invalid tag name <test_invalid_name:123>: only alphanumeric ASCII "
         "characters, '_',  '-' are allowed."),
        (Tag("name", "test_invalid_value:123"), "Invalid tag value <test_invalid_value:123>: only alphanumeric ASCII "
         "characters, '_',  '-' , '.', '@' are allowed."),
        (Tag("", "x"), "The tag name must be specified."),
        (Tag("x", ""), "The tag value must be specified."),
        (Tag("", ""), "The tag name must be specified."),
        (Tag("n" * 256, "x"), "Tag name cannot exceed 255 characters."),
        (Tag("x", "v" * 256), "Tag value cannot exceed 255 characters."),
        (Tag("a.b", "x"), "Invalid tag name <a.b>: only alphanumeric ASCII characters, '_',  '-' are allowed."),
        (Tag("é", "x"), "Invalid tag name <é>: only alphanumeric ASCII characters, '_',  '-' are allowed."),
        (Tag("a\n", "x"), "Invalid tag name <a\n>: only alphanumeric ASCII characters, '_',  '-' are allowed."),
        (Tag("ses:other", "x"), "Invalid tag name <ses:other>: only alphanumeric ASCII characters, '_',  '-' are "
         "allowed."),
    ],
)  # fmt: skip
def test_refuses_in_the_words_of_ses(tag, text):
    with pytest.raises(Fault) as caught:
        tags.require_valid([Tag("good", "good"), tag])
    assert caught.value.message == text


def test_what_is_allowed_passes():
    tags.require_valid([Tag("n" * 255, "v" * 255), Tag("a_B-9", "a.b@c-d_9"), Tag("ses:feedback-id-a", "x")])
    tags.require_valid([Tag("ses:feedback-id-b", "y")])


def test_the_header_form_is_read():
    assert tags.from_header("a=b, c=d=e,, f ") == (Tag("a", "b"), Tag("c", "d=e"), Tag("f", ""))
    assert tags.from_header("") == ()
