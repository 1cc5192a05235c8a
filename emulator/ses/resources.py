"""What has an ARN: how it is written, and whether the resource behind it is there.

``arn:aws:ses:<region>:<account>:<kind>/<name>``; a tenant's is ``tenant/<name>/<id>``. ``part`` is what stands behind
the account: the name under which tags and associations are kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.documents.configuration_sets import ConfigurationSet
from emulator.documents.contacts import ContactList
from emulator.documents.dedicated_ips import DEFAULT_POOL, DedicatedIpPool
from emulator.documents.deliverability import DeliverabilityTestReport
from emulator.documents.document import Document
from emulator.documents.multi_region_endpoints import MultiRegionEndpoint
from emulator.documents.templates import CustomVerificationTemplate, EmailTemplate
from emulator.ses import lookup
from emulator.store.ports import Reader
from emulator.values import Scope

IDENTITY = "identity"
CONFIGURATION_SET = "configuration-set"
TEMPLATE = "template"
CONTACT_LIST = "contact-list"
CUSTOM_VERIFICATION = "custom-verification-email-template"
DEDICATED_IP_POOL = "dedicated-ip-pool"
TEST_REPORT = "deliverability-test-report"
ENDPOINT = "multi-region-endpoint"
TENANT = "tenant"

# Kinds that are documents under their name. Identities are found by ``lookup``, tenants by their id.
_DOCUMENTS: Mapping[str, type[Document]] = {
    CONFIGURATION_SET: ConfigurationSet,
    CONTACT_LIST: ContactList,
    DEDICATED_IP_POOL: DedicatedIpPool,
    TEST_REPORT: DeliverabilityTestReport,
    ENDPOINT: MultiRegionEndpoint,
    TEMPLATE: EmailTemplate,
    CUSTOM_VERIFICATION: CustomVerificationTemplate,
}


def part(kind: str, name: str) -> str:
    return f"{kind}/{lookup.key(name) if kind == IDENTITY else name}"


def arn(scope: Scope, part: str) -> str:
    return f"arn:aws:ses:{scope.region}:{scope.account}:{part}"


def exists(reader: Reader, scope: Scope, kind: str, name: str) -> bool:
    """Whether there is such a resource; False for a kind that there is not. Not for tenants."""
    if kind == IDENTITY:
        return bool(reader.identities(scope, (lookup.key(name),)))
    if kind == DEDICATED_IP_POOL and name == DEFAULT_POOL:
        return True
    document = _DOCUMENTS.get(kind)
    return document is not None and reader.document(document, scope, name) is not None
