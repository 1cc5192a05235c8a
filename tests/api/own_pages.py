"""What tells a page of ours from one that a mail has broken into."""

from __future__ import annotations

from html.parser import HTMLParser

_OWN = (
    "html head meta title link script body a header svg path span nav details summary div form label input datalist "
    "option button p ul li main h1 h2 h3 table tbody thead tr td th code kbd article bdi dl dt dd section iframe time "
    "ol pre img figure figcaption desc text rect circle br"
)
OWN_TAGS = frozenset(_OWN.split())


class Elements(HTMLParser):
    """The elements of a page of ours, which is well-formed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_is_only_ours(page: str) -> None:
    """No element, handler, style or address of the mail's has become part of the page."""
    for tag, attributes in Elements(page).found:
        assert tag in OWN_TAGS, (tag, attributes)
        # Attributes that our templates never write would have come from a mail that broke out of a value.
        assert not any(name.startswith("on") or name in ("style", "srcdoc", "formaction") for name in attributes), (
            tag,
            attributes,
        )
        if tag in ("script", "iframe", "img", "form", "link", "input", "button"):
            for name in ("src", "href", "action"):
                assert (attributes.get(name) or "/_ses/").startswith("/_ses/"), (tag, attributes)
        if tag == "script":
            assert attributes["src"], "a script without src is inline"
        if tag == "a" and not (attributes["href"] or "").startswith(("/_ses/", "#")):
            assert (attributes["href"] or "").startswith(("http://", "https://")), attributes
            assert attributes["rel"] == "noopener noreferrer nofollow", attributes
        if tag == "iframe":
            assert attributes["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
