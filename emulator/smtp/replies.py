"""The literal reply lines of SES's SMTP door, by name.

Source: reference sending.md 7.1 and 7.2 (observed beats documented). What is in neither is marked *decided*: SES's
known lines are those of the SubEthaSMTP server (``250 Ok``, ``235 Authentication successful.``, ``334 Ok``), so the
rest is in that server's words, or RFC 5321's where it has none.
"""

from __future__ import annotations

# --- good answers ---------------------------------------------------------------------------------

OK = "250 Ok"
AUTH_LOGIN_USERNAME = "334 VXNlcm5hbWU6"
AUTH_LOGIN_PASSWORD = "334 UGFzc3dvcmQ6"
# Seen in one live dialogue. Not base64: a client that decodes the challenge of AUTH PLAIN fails at SES, too.
AUTH_PLAIN_CHALLENGE = "334 Ok"
AUTH_SUCCESSFUL = "235 Authentication successful."
START_MAIL_INPUT = "354 End data with <CR><LF>.<CR><LF>"
BYE = "221 Bye"

# --- refusals in the reference --------------------------------------------------------------------

TOO_MANY_CONNECTIONS = "421 Too many concurrent SMTP connections"
TIMEOUT = "451 4.4.2 Timeout waiting for data from client."
TEMPORARY_FAILURE = "451 Temporary service failure"
TEMPORARY_AUTH_FAILURE = "454 Temporary authentication failure"
STARTTLS_FIRST = "530 Must issue a STARTTLS command first"
AUTHENTICATION_REQUIRED = "530 Authentication required"
CREDENTIALS_INVALID = "535 Authentication Credentials Invalid"
MESSAGE_TOO_LONG = "552 Message is too long."
INVALID_EMAIL_ADDRESS = "553 <{}> Invalid email address"
ADDRESS_UNKNOWN = "553 <{}> address unknown"

# Observed in many mail logs from 2017 to 2025, among them for the null sender, for an access key id in the place
# of an address, for a non-ASCII address, and for a path that ends early (``<re\>ceiver@…>``).
INVALID_MAIL_FROM = "501 Invalid MAIL FROM address provided"
INVALID_RCPT_TO = "501 Invalid RCPT TO address provided"

# --- SES as the recipient's MX (the sink where it receives): decided --------------------------------

CLIENT_BLOCKED = "550 5.7.1 Requested action not taken: message refused"
MAILBOX_UNAVAILABLE = "550 5.1.1 Requested action not taken: mailbox unavailable"
# RFC 3207 4, with the enhanced code that its server adds.
TLS_REQUIRED = "530 5.7.0 Must issue a STARTTLS command first"

# --- decided --------------------------------------------------------------------------------------

SHUTTING_DOWN = "421 Service shutting down"
TOO_MANY_ERRORS = "421 Too many errors"
TOO_MANY_RECIPIENTS = "452 Error: too many recipients"
TLS_NOT_AVAILABLE = "454 TLS not available due to temporary reason"
TLS_ALREADY_ACTIVE = "454 TLS not available due to temporary reason: TLS already active"
BAD_SYNTAX = "500 Error: bad syntax"
LINE_TOO_LONG = "500 Error: line too long"
UNKNOWN_COMMAND = "500 Error: command not implemented"
EHLO_SYNTAX = "501 Syntax: EHLO hostname"
HELO_SYNTAX = "501 Syntax: HELO <hostname>"
MAIL_SYNTAX = "501 Syntax: MAIL FROM: <address>"
RCPT_SYNTAX = "501 Syntax: RCPT TO: <address>"
AUTH_SYNTAX = "501 Syntax: AUTH mechanism [initial-response]"
NOT_BASE64 = "501 Invalid command argument, not a valid Base64 string"
AUTH_CANCELED = "501 Authentication canceled by client."
NO_PARAMETER = "501 Syntax error (no parameters allowed)"
NOT_IMPLEMENTED = "502 Error: command not implemented"
EHLO_FIRST = "503 Error: send EHLO first"
SENDER_GIVEN = "503 Sender already specified."
NEED_MAIL = "503 Error: need MAIL command"
NEED_RCPT = "503 Error: need RCPT command"
AUTHENTICATED_ALREADY = "503 Refusing any other AUTH command."
UNKNOWN_MECHANISM = "504 The requested authentication mechanism is not supported"
UNKNOWN_PARAMETERS = "555 MAIL FROM/RCPT TO parameters not recognized or not implemented"
CANNOT_VERIFY = "252 Cannot VRFY user, but will accept message and attempt delivery"
