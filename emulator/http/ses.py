"""The AWS door: bytes in, bytes out. Finds out which API and whose account, and hands the call to its operation.

The order is AWS's: who are you (signature), what do you want (operation), is it well formed (model), may you (rules).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator import ids
from emulator.aws import sigv4, validate
from emulator.aws.model import Services
from emulator.aws.query import QueryCodec
from emulator.aws.restjson import RestJsonCodec
from emulator.aws.wire import Answer
from emulator.clock import real_time
from emulator.errors import Fault, internal_failure
from emulator.post.fault_orders import ConnectionDropped
from emulator.post.journal import Journal
from emulator.ses.call import Call, Desk, Params, Result
from emulator.ses.dispatch import dispatch
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION
from emulator.store.ports import StoreError
from emulator.values import Door, Scope

if TYPE_CHECKING:
    from emulator.post.list_management import Subscriptions
    from emulator.post.tracking import Tracking

log = logging.getLogger(__name__)

HINT = "x-ses-emulator-hint"
# Never the answer to bad input; the log has the traceback.
_DEFECT = "This is a defect of the emulator: please report it with the log."
SIGNING_NAME = "ses"
_OK = 200
_NOBODY = Scope(DEFAULT_ACCOUNT, DEFAULT_REGION)


@dataclass(frozen=True, slots=True)
class WireRequest:
    """``raw_path`` is percent-encoded, without the query; header names are lower case. ``credential`` is the
    scope of the signature, or why there is none."""

    method: str
    raw_path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    source_ip: str
    credential: sigv4.CredentialScope | Fault


class AwsDoor:
    """SES v1 at ``/``, v2 at ``/v2/email/…``; thread-safe."""

    def __init__(self, desk: Desk, journal: Journal, services: Services) -> None:
        self._desk = desk
        self._journal = journal
        self._services = services
        self._query = QueryCodec(services.v1)
        self._restjson: RestJsonCodec | None = None

    @property
    def subscriptions(self) -> Subscriptions:
        return self._desk.acceptance().subscriptions

    @property
    def tracking(self) -> Tracking:
        return self._desk.acceptance().tracking

    def answer(self, request: WireRequest) -> Answer:
        """A refusal carries SES's code and text, and our hint in a header of its own. Raises nothing but
        ``ConnectionDropped``, where that was ordered: then there is no answer."""
        door = Door.V2 if request.raw_path.startswith("/v2/") else Door.V1
        codec = self._codec(door)
        request_id = ids.request_id()
        call = Call(_NOBODY, door, "", "", request.source_ip, request_id)
        try:
            if isinstance(request.credential, Fault):
                raise request.credential
            scope = request.credential
            sigv4.require_service(scope, SIGNING_NAME)
            call = _call_by(call, Scope(sigv4.account_of(scope.access_key, DEFAULT_ACCOUNT), scope.region), scope)
            if self._desk.settings.verify_signatures:
                self._verify(request, scope)
            if isinstance(codec, QueryCodec):
                parsed = codec.parse(request.body, request.query_string, request.headers.get("content-type", ""))
            else:
                parsed = codec.parse(
                    request.method, request.raw_path, request.query_string, request.headers, request.body
                )
            call = _call_by(call, call.scope, scope, parsed.operation)
            self._desk.faults.before_call(call.operation, call.scope.account)
            result = self._perform(call, parsed.params)
            answer = codec.answer(parsed.operation, result, request_id)
        except Fault as fault:
            return self._refuse(codec, call, fault)
        except ConnectionDropped:
            self._note(call, 0, code="ConnectionDropped", hint="This was ordered (--fault, PUT /_ses/api/faults).")
            raise
        except StoreError as problem:
            log.error("%s %s failed: %s", door, call.operation, problem)
            return self._refuse(codec, call, internal_failure(str(problem)))
        except Exception:
            # Whatever it was, the caller gets an answer of AWS's form and never a traceback.
            log.exception("%s %s failed", door, call.operation or request.raw_path)
            return self._refuse(codec, call, internal_failure(_DEFECT))
        self._note(call, answer.status, message_id=result.get("MessageId", ""))
        return answer

    def ask(
        self, scope: Scope, operation: str, params: Params, *, caller: str, source_ip: str, door: Door = Door.V2
    ) -> Result:
        """A call from within this process, checked, performed and written into the request log as one that came in as
        bytes. Raises ``Fault``, and nothing else."""
        call = Call(scope, door, operation, caller, source_ip, ids.request_id())
        try:
            result = self._perform(call, params)
        except Fault as fault:
            self._refuse(self._codec(door), call, fault)
            raise
        except StoreError as problem:
            log.error("%s failed: %s", operation, problem)
            failure = internal_failure(str(problem))
            self._refuse(self._codec(door), call, failure)
            raise failure from problem
        except Exception as problem:
            # As above: whoever asks from within has to deal with faults only.
            log.exception("%s failed", operation)
            failure = internal_failure(_DEFECT)
            self._refuse(self._codec(door), call, failure)
            raise failure from problem
        self._note(call, _OK, message_id=result.get("MessageId", ""))
        return result

    def look(self, scope: Scope, operation: str, params: Params) -> Result:
        """What ``ask`` would answer, for operations that change nothing: nobody called, so nothing is written down."""
        return self._perform(Call(scope, Door.V2, operation, "", "", ""), params)

    def _perform(self, call: Call, params: Params) -> Result:
        """What the model says of the input first, then the operation."""
        service = self._services.v1 if call.door is Door.V1 else self._services.v2
        model = service.operation(call.operation)
        if model is not None:
            validate.check(model, params, call.door)
        return dispatch(self._desk, call, params)

    def _codec(self, door: Door) -> QueryCodec | RestJsonCodec:
        if door is Door.V1:
            return self._query
        if self._restjson is None:
            self._restjson = RestJsonCodec(self._services.v2)
        return self._restjson

    def _verify(self, request: WireRequest, scope: sigv4.CredentialScope) -> None:
        secret = self._desk.settings.secret_of(scope.access_key)
        sigv4.verify(
            request.method,
            request.raw_path,
            request.query_string,
            request.headers,
            request.body,
            scope,
            secret,
            real_time(),
        )

    def _refuse(self, codec: QueryCodec | RestJsonCodec, call: Call, fault: Fault) -> Answer:
        answer = codec.refuse(fault, call.request_id)
        code = fault.code(call.door)
        log.info("%s %s refused: %s: %s (%s)", call.door, call.operation, code, fault.message, fault.hint)
        self._note(call, answer.status, code=code, message=fault.message or "", hint=fault.hint)
        if not fault.hint:
            return answer
        hint = fault.hint.encode("ascii", "replace").decode("ascii").replace("\r", " ").replace("\n", " ")
        return Answer(answer.status, (*answer.headers, (HINT, hint)), answer.body)

    def _note(
        self, call: Call, status: int, *, code: str = "", message: str = "", hint: str = "", message_id: str = ""
    ) -> None:
        self._journal.note(
            at=self._desk.clock.now(),
            request_id=call.request_id,
            scope=call.scope,
            door=call.door,
            operation=call.operation,
            caller=call.caller,
            source_ip=call.source_ip,
            accepted=not code,
            status=status,
            code=code,
            message=message,
            hint=hint,
            message_id=message_id,
            rulings=call.rulings,
        )


def _call_by(call: Call, scope: Scope, credential: sigv4.CredentialScope, operation: str = "") -> Call:
    """What is known of the call so far."""
    return Call(scope, call.door, operation, credential.access_key, call.source_ip, call.request_id)
