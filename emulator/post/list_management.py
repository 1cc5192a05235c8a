"""Mail to a contact list: who gets it, how its reader leaves the list, and what becomes of the contact then.

Source: events-and-api.md 5.3. Recipients that are no contacts become such, with the defaults of the topics. Mail to one
recipient gets List-Unsubscribe and List-Unsubscribe-Post (RFC 8058) in place of the sender's own, and a link for
``{{amazonSESUnsubscribeUrl}}``, the first two in text, in HTML and in a raw body; mail to several has no link that
could be right for each. SES asks for Easy DKIM before it adds the fields; here they are always added. Raw parts in
base64 stay as they are.

The form of SES's link is known from no source. Ours is a path of this emulator that bears contact, list, topic and the
mail's MessageId, with a MAC: whoever has it may unsubscribe that contact and do nothing else. It has no ``=``, so that
it is the same in quoted-printable. The address in mailto: stands for SES's; only the link acts.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from emulator.clock import Clock
from emulator.documents.contacts import OPT_OUT, Contact, ContactList, Preference
from emulator.errors import contacts as errors
from emulator.mail.raw import Field, Message
from emulator.policy import contacts
from emulator.policy.suppression import listed
from emulator.post.events import queue_subscription
from emulator.sending_events import Preferences, SubscriptionChange
from emulator.store.ports import Store, Writer
from emulator.values import Header, Letter, ListManagement, Scope, SimpleContent, Submission, Text

PATH = "/_ses/unsubscribe/"
PLACEHOLDER = "{{amazonSESUnsubscribeUrl}}"
_MOST_LINKS = 2
_OWN = frozenset({"list-unsubscribe", "list-unsubscribe-post"})
_MAC_BYTES = 16
_LONGEST_TOKEN = 2000


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a link is about: a contact's membership in a list, or a topic of it (None: all of it). ``message_id`` is the
    mail's that the link stands in, "" in a link that does not say."""

    scope: Scope
    list: str
    topic: str | None
    address: str
    message_id: str


class Subscriptions:
    """``base_url``, without a final slash, is asked for each link; ``told`` is called when there is something to
    publish."""

    def __init__(
        self, store: Store, clock: Clock, secret: str, base_url: Callable[[], str], told: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._key = f"unsubscribe/{secret}".encode()
        self._base_url = base_url
        self._told = told

    def prepared(
        self,
        submission: Submission,
        given: Message | None,
        letter: Letter,
        options: ListManagement,
        message_id: str,
    ) -> tuple[Submission, Message | None]:
        """The mail with its way out of the list; as it was when it has several recipients, or none that can be read."""
        if len(letter.recipients) != 1:
            return submission, given
        address = letter.recipients[0].rpartition("<")[2].rstrip("> \t")
        about = Subscription(submission.scope, options.contact_list, options.topic, listed(address), message_id)
        token = self._token(about)
        link = f"{self._base_url()}{PATH}{token}"
        mailto = f"mailto:unsubscribe@{submission.scope.region}.amazonses.com?subject={token}"
        headers = (
            Header("List-Unsubscribe", f"<{link}>, <{mailto}>"),
            Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        )
        if given is not None:
            return submission, _raw(given, headers, link)
        assert isinstance(submission.content, SimpleContent)
        return replace(submission, content=_simple(submission.content, headers, link)), None

    def opted_out(
        self, writer: Writer, scope: Scope, options: ListManagement, recipients: Sequence[str], now: float
    ) -> tuple[str, ...]:
        """The recipients that do not want it. Raises where there is no such list or topic; else those that were no
        contacts are such now."""
        of = writer.document(ContactList, scope, options.contact_list)
        if of is None:
            raise errors.list_does_not_exist(options.contact_list)
        if options.topic is not None and of.topic(options.topic) is None:
            raise errors.topic_not_in_list(of.name, options.topic)
        names = [listed(recipient) for recipient in recipients]
        known = {one.name: one for one in writer.documents(Contact, scope, names, of.name)}
        left = []
        for recipient, name in zip(recipients, names, strict=True):
            contact = known.get(name)
            if contact is None:
                contact = Contact(scope=scope, name=name, parent=of.name, created_at=now, updated_at=now)
                writer.save_document(contact)
            if not contacts.wants(of, contact, options.topic):
                left.append(recipient)
        return tuple(left)

    def read(self, token: str) -> Subscription | None:
        """What a link is about; None when it is not ours or was changed."""
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            return None
        try:
            packed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            mac, data = packed[:_MAC_BYTES], packed[_MAC_BYTES:]
            if not hmac.compare_digest(mac, self._mac(data)):
                return None
            account, region, name, topic, address, *sent_as = data.decode("utf-8").split("\0")
        except ValueError:
            return None
        return Subscription(Scope(account, region), name, topic or None, address, "".join(sent_as))

    def unsubscribe(self, about: Subscription, everything: bool) -> bool:
        """Takes the contact off the topic, or off all of the list with ``everything`` or where the link names no topic.
        False when list or contact are gone. Again changes nothing more, and is no event."""
        now, told = self._clock.now(), False
        with self._store.write() as writer:
            contact = writer.document_for_update(Contact, about.scope, about.address, about.list)
            if contact is None or writer.document(ContactList, about.scope, about.list) is None:
                return False
            if everything or about.topic is None:
                left = replace(contact, unsubscribe_all=True)
            else:
                said = contacts.merged(contact.preferences, (Preference(about.topic, OPT_OUT),))
                left = replace(contact, preferences=said)
            if left != contact:
                writer.save_document(replace(left, updated_at=now))
                change = SubscriptionChange(about.list, _preferences(contact), _preferences(left))
                told = queue_subscription(writer, about.message_id, change, now)
        if told:
            self._told()
        return True

    def _token(self, about: Subscription) -> str:
        fields = (
            about.scope.account,
            about.scope.region,
            about.list,
            about.topic or "",
            about.address,
            about.message_id,
        )
        data = "\0".join(fields).encode("utf-8", "replace")
        return base64.urlsafe_b64encode(self._mac(data) + data).decode("ascii").rstrip("=")

    def _mac(self, data: bytes) -> bytes:
        return hmac.digest(self._key, data, "sha256")[:_MAC_BYTES]


def _preferences(contact: Contact) -> Preferences:
    return Preferences(contact.unsubscribe_all, tuple([(one.topic, one.status) for one in contact.preferences]))


def _simple(content: SimpleContent, headers: tuple[Header, ...], link: str) -> SimpleContent:
    kept = tuple(header for header in content.headers if header.name.lower() not in _OWN)
    return replace(
        content,
        headers=kept + headers,
        text=_linked(content.text, link),
        html=_linked(content.html, link),
    )


def _linked(text: Text | None, link: str) -> Text | None:
    return None if text is None else replace(text, data=text.data.replace(PLACEHOLDER, link, _MOST_LINKS))


def _raw(message: Message, headers: tuple[Header, ...], link: str) -> Message:
    kept = tuple(field for field in message.fields if field.name.lower().decode("latin-1") not in _OWN)
    if kept and not kept[-1].raw.endswith(b"\r\n"):
        kept = (*kept[:-1], Field(kept[-1].name, kept[-1].raw + b"\r\n"))
    made = tuple(Field(one.name.encode(), f"{one.name}: {one.value}\r\n".encode()) for one in headers)
    body = message.body.replace(PLACEHOLDER.encode(), link.encode(), _MOST_LINKS)
    return Message(kept + made, body, message.separator)
