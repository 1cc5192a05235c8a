"""Raw mails and attachments: the bytes as they came, and never anything that a browser would render."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, unquote

import pytest

HTML = b"<script>alert(document.domain)</script>"


def with_attachment(fields: str, content: bytes = HTML) -> bytes:
    head = f'From: x@away.example\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n{fields}\r\n\r\n'
    return head.encode() + content + b"\r\n--b--\r\n"


def check_never_rendered(answer):
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("attachment; ")


def test_the_raw_mail_is_what_the_receiver_stored(lab, post, ask):
    data = b"From: x@away.example\r\nSubject: raw \xff\x00\r\n\r\n<html><script>1</script>\r\n.\r\n\x80\r\n"
    mail = post(lab, data, to="raw@here.example")
    answer = ask(lab, "GET", f"/_ses/api/messages/{mail['id']}/raw")
    assert answer.status == 200
    assert answer.body.endswith(data)
    assert answer.body.startswith(b"Return-Path: <stranger@away.example>\r\n")
    assert len(answer.body) == mail["size"]
    assert answer.headers["content-type"] == "message/rfc822"
    check_never_rendered(answer)


@pytest.mark.parametrize(
    ("fields", "plain", "whole"),
    [
        ('Content-Disposition: attachment; filename="report.pdf"', "report.pdf", "report.pdf"),
        ('Content-Type: text/html; name="page.html"', "page.html", "page.html"),
        ('Content-Disposition: attachment; filename="../../etc/passwd"', "passwd", "passwd"),
        ('Content-Disposition: attachment; filename="C:\\\\Windows\\\\win.ini"', "win.ini", "win.ini"),
        ('Content-Disposition: attachment; filename="a\\"; filename=evil.exe; x=\\"b"', "a filenameevil.exe xb", None),
        ("Content-Disposition: attachment; filename*=utf-8''%E6%B5%81%E6%B0%B7.txt", "txt", "流氷.txt"),
        ("Content-Disposition: attachment; filename*=utf-8''gpj%E2%80%AEexe.txt", "gpjexe.txt", "gpjexe.txt"),
        ("Content-Disposition: attachment; filename*=utf-8''a%0D%0ASet-Cookie%3A%20x.txt", "x.txt", None),
        ("Content-Disposition: attachment; filename*=utf-8''%01%02.%2E", "part", "part"),
        ("Content-Disposition: attachment; filename=.htaccess", "htaccess", "htaccess"),
        ("Content-Disposition: attachment", "part", "part"),
        (f"Content-Disposition: attachment; filename={'n' * 900}.txt", "n" * 116 + ".txt", None),
    ],
)
def test_a_hostile_file_name_harms_nobody(lab, post, ask, fields, plain, whole):
    mail = post(lab, with_attachment(fields), to="files@here.example")
    (part,) = mail["attachments"]
    assert part["size"] == len(HTML)
    assert part["sha256"] == hashlib.sha256(HTML).hexdigest()
    answer = ask(lab, "GET", f"/_ses/api/messages/{mail['id']}/attachments/{part['n']}")
    assert (answer.status, answer.body) == (200, HTML)
    assert answer.headers["content-type"] == "application/octet-stream"
    check_never_rendered(answer)
    assert "set-cookie" not in answer.headers
    first, _, second = (
        answer.headers["content-disposition"].removeprefix("attachment; ").partition("; filename*=UTF-8''")
    )
    assert first == f'filename="{plain}"'
    assert "%2F" not in second
    if whole is not None:
        assert unquote(second) == whole


def test_attachments_are_numbered_as_they_are_served(lab, ask):
    lab.verify("files.example", "reader@here.example")
    message_id = lab.sesv2.send_email(
        FromEmailAddress="a@files.example",
        Destination={"ToAddresses": ["reader@here.example"]},
        Content={
            "Simple": {
                "Subject": {"Data": "s"},
                "Body": {"Text": {"Data": "t"}, "Html": {"Data": "<p>t</p>"}},
                "Attachments": [
                    {"FileName": "a.bin", "RawContent": bytes(range(256)), "ContentType": "application/x-a"},
                    {
                        "FileName": "logo.png",
                        "RawContent": b"\x89PNG\r\n",
                        "ContentType": "image/png",
                        "ContentDisposition": "INLINE",
                        "ContentId": "logo",
                    },
                ],
            }
        },
    )["MessageId"]
    mail = lab.wait(message_id=message_id)
    found = {part["file_name"]: part for part in mail["attachments"]}
    assert found["a.bin"]["content_type"] == "application/x-a"
    assert (found["logo.png"]["disposition"], found["logo.png"]["content_id"]) == ("inline", "logo")
    for name, content in (("a.bin", bytes(range(256))), ("logo.png", b"\x89PNG\r\n")):
        assert ask(lab, "GET", f"/_ses/api/messages/{mail['id']}/attachments/{found[name]['n']}").body == content


@pytest.mark.parametrize("number", ["99", "-1", "0x0", "٣", "9" * 5000, "x", ""])
def test_an_attachment_that_is_not_there_is_404(lab, post, ask, number):
    mail = post(lab, with_attachment("Content-Disposition: attachment"), to="none@here.example")
    answer = ask(lab, "GET", f"/_ses/api/messages/{mail['id']}/attachments/{quote(number)}")
    assert answer.status == 404
    assert answer.json["error"]["code"] == "NotFound"
