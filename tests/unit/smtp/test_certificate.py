import datetime
import ssl
import stat
import time

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from emulator.smtp import certificate
from emulator.smtp.credentials import REGIONS


def read(folder):
    return x509.load_pem_x509_certificate((folder / certificate.FILE_NAME).read_bytes())


def test_it_bears_the_names_of_ses_in_every_region_and_of_this_machine(tmp_path):
    certificate.server_context(tmp_path, time.time())
    made = read(tmp_path)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = names.get_values_for_type(x509.DNSName)
    assert made.subject.rfc4514_string() == "CN=email-smtp.amazonaws.com"
    assert {f"email-smtp.{region}.amazonaws.com" for region in REGIONS} < set(hosts)
    assert "localhost" in hosts
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_it_is_an_elliptic_key_that_lasts_ten_years_from_the_instant_given(tmp_path):
    now = 1_600_000_000.0
    certificate.server_context(tmp_path, now)
    made = read(tmp_path)
    assert isinstance(made.public_key(), ec.EllipticCurvePublicKey)
    assert made.not_valid_before_utc.timestamp() == now - 86400
    assert made.not_valid_after_utc - made.not_valid_before_utc == datetime.timedelta(days=3653)


def test_it_is_kept_and_used_again(tmp_path):
    certificate.server_context(tmp_path / "new", time.time())
    before = (tmp_path / "new" / certificate.FILE_NAME).read_bytes()
    certificate.server_context(tmp_path / "new", time.time())
    assert (tmp_path / "new" / certificate.FILE_NAME).read_bytes() == before
    assert [path.name for path in (tmp_path / "new").iterdir()] == [certificate.FILE_NAME]


def test_only_its_owner_can_read_the_key(tmp_path):
    certificate.server_context(tmp_path, time.time())
    assert stat.S_IMODE((tmp_path / certificate.FILE_NAME).stat().st_mode) == 0o600


def test_a_broken_file_is_replaced(tmp_path):
    (tmp_path / certificate.FILE_NAME).write_text("half a certifi")
    assert isinstance(certificate.server_context(tmp_path, time.time()), ssl.SSLContext)
    assert read(tmp_path)


def test_without_a_folder_nothing_is_kept_and_old_tls_is_not_spoken():
    context = certificate.server_context(None, time.time())
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
