"""Sends an alert by mail, over TLS unless the server is this very machine."""

import smtplib
import ssl
import time
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from core.calendar import Clock, now
from core.watch.alerts import payloads
from core.watch.alerts.alert import Standing
from core.watch.alerts.attempts import again, not_sent, patiently
from core.watch.alerts.places import Mailbox

TIMEOUT = 15.0
"""Seconds that one answer of the server may take."""

_CHECK = "Remove this target and add it again with what the mail server wants."


def post(
    mailbox: Mailbox,
    standing: Standing,
    link: str,
    *,
    clock: Clock = now,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Send an alert to a mailbox; returns what a person should know though it was sent, or ''.

    Raises AlertNotSent, which names neither address nor secret.
    """
    letter = compose(mailbox, standing, link, clock)
    return patiently(lambda: _post(mailbox, letter), sleep)


def compose(mailbox: Mailbox, standing: Standing, link: str, clock: Clock = now) -> EmailMessage:
    """Return an alert as a mail; one alert has one Message-ID, however often it is tried."""
    letter = EmailMessage()
    letter["Subject"] = f"claude-spend: {payloads.subject(standing.alert)}"
    letter["From"] = Address("claude-spend", addr_spec=mailbox.sender)
    letter["To"] = [Address(addr_spec=one) for one in mailbox.recipients]
    letter["Date"] = format_datetime(clock())
    domain = mailbox.sender.rpartition("@")[2]
    letter["Message-ID"] = f"<{standing.public_id}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    # Some servers still take nothing but ASCII lines.
    letter.set_content(payloads.letter(standing, link), cte="quoted-printable")
    return letter


def _post(mailbox: Mailbox, letter: EmailMessage) -> str:
    try:
        server = _connected(mailbox)
        try:
            if mailbox.user:
                server.login(mailbox.user, mailbox.password)
            refused = server.send_message(letter, mailbox.sender, list(mailbox.recipients))
        finally:
            _leave(server)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        # `from None`: a server's own words may quote the addresses.
        raise _failure(error) from None
    if not refused:
        return ""
    return f"The mail server refused {len(refused)} of {len(mailbox.recipients)} recipients."


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()  # what it said to the mail itself is what counts


def _connected(mailbox: Mailbox) -> smtplib.SMTP:
    where = (mailbox.host, mailbox.port)
    if mailbox.security == "tls":
        return smtplib.SMTP_SSL(*where, timeout=TIMEOUT, context=ssl.create_default_context())
    server = smtplib.SMTP(*where, timeout=TIMEOUT)
    if mailbox.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except Exception:
            server.close()
            raise
    return server


def _failure(error: Exception) -> Exception:
    if isinstance(error, ssl.SSLCertVerificationError):
        return not_sent("The mail server's TLS certificate is not trusted, or is another server's.",
                        "Set SSL_CERT_FILE if your organisation signs its own.")  # fmt: skip
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return not_sent("The mail server does not offer what is needed: STARTTLS, a sign-in, or "
                        "addresses beyond ASCII.", _CHECK)  # fmt: skip
    if isinstance(error, ssl.SSLError):
        return not_sent("No TLS connection to the mail server came about; the port may want the "
                        "other way (starttls or tls).", _CHECK)  # fmt: skip
    code = _code(error)
    if code is None:
        return again("The mail server could not be reached, or closed the connection.")
    what = "sign-in" if isinstance(error, smtplib.SMTPAuthenticationError) else "mail"
    said = f"The mail server refused the {what} with code {code}."
    return again(said) if 400 <= code < 500 else not_sent(said, _CHECK)


def _code(error: Exception) -> int | None:
    """Return the code of a server's refusal, None where it did not get as far as that."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=550)
    code = getattr(error, "smtp_code", None)
    return code if isinstance(code, int) and code > 0 else None
