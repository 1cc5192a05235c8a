"""Which enclosed parts the Attachments tab shows, and which it only lets save."""

from __future__ import annotations

import pytest

from emulator.http.tabs.parts import enclosed
from emulator.receiver.reading import read


def parts(content_type: str, body: str = "Status: 5.1.1"):
    head = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n"
    return enclosed(read(f"{head}Content-Type: {content_type}\r\n\r\n{body}\r\n--b--\r\n".encode()).attachments)


@pytest.mark.parametrize(
    "content_type", ["message/delivery-status", "message/feedback-report", "application/json", "text/rfc822-headers"]
)
def test_texts_are_previewed_and_so_is_what_says_why_a_mail_bounced(content_type):
    [part] = parts(content_type)
    assert part.preview is not None
    assert part.preview.strip() == "Status: 5.1.1"


@pytest.mark.parametrize("content_type", ["application/octet-stream", "image/svg+xml", "message/partial"])
def test_other_parts_are_only_saved(content_type):
    [part] = parts(content_type)
    assert (part.preview, part.image) == (None, False)
