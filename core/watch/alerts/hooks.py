"""Posts an alert to a web address: no redirect is followed, no answer is read but its status."""

import logging
import ssl
import time
from collections.abc import Callable
from contextlib import closing

import httpx

from core.anthropic.waiting import told_to_wait
from core.calendar import Clock, now
from core.settings import is_loopback
from core.watch.alerts import payloads
from core.watch.alerts.alert import Standing
from core.watch.alerts.attempts import again, not_sent, patiently
from core.watch.alerts.places import Hook

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_PASSING = {408, 425, 429}
_CHECK = "Remove this target and add it again with the right address."


class _HostsAlone(logging.Filter):
    """Leaves the path out of httpx's own log line of a POST: it is what is secret of a webhook."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and record.args[:1] == ("POST",):
            method, url, *rest = record.args
            record.args = (method, httpx.URL(str(url)).host, *rest)
        return True


logging.getLogger("httpx").addFilter(_HostsAlone())


def post(
    hook: Hook,
    standing: Standing,
    link: str,
    *,
    clock: Clock = now,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Send an alert to a web address; returns '': there is nothing more to say of it.

    Raises AlertNotSent, which names neither the address nor a secret.
    """
    content = payloads.body(hook.kind, standing, link)
    near = is_loopback(hook.url)
    client = httpx.Client(
        timeout=TIMEOUT,
        follow_redirects=False,
        verify=httpx.create_ssl_context(),
        trust_env=not near,  # a proxy cannot reach this machine
        headers={"user-agent": "claude-spend", "content-type": "application/json"},
    )
    with closing(client):
        return patiently(lambda: _post(client, hook, content, clock), sleep)


def _post(client: httpx.Client, hook: Hook, content: bytes, clock: Clock) -> str:
    headers = _signed(hook, content, clock) if hook.kind == "webhook" else {}
    try:
        with client.stream("POST", hook.url, content=content, headers=headers) as response:
            status, answered = response.status_code, response.headers
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # `from None`: httpx's error holds the request, and with it the address.
        raise _broken(error) from None
    if not 200 <= status < 300:
        raise _refused(status, told_to_wait(answered, clock()))
    return ""


def _signed(hook: Hook, content: bytes, clock: Clock) -> dict[str, str]:
    timestamp = str(int(clock().timestamp()))
    signature = payloads.signature(hook.secret, timestamp, content)
    return {payloads.TIMESTAMP: timestamp, payloads.SIGNATURE: signature}


def _broken(error: Exception) -> Exception:
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, ssl.SSLCertVerificationError):
            return not_sent("The receiver's TLS certificate is not trusted.",
                            "Set SSL_CERT_FILE if your organisation signs its own.")  # fmt: skip
        chain = chain.__cause__ or chain.__context__
    if isinstance(error, httpx.TimeoutException):
        return again("The receiver did not answer in time.")
    if isinstance(error, httpx.TransportError):
        return again("The receiver could not be reached.")
    return not_sent("The receiver's address cannot be asked.", _CHECK)


def _refused(status: int, after: float | None) -> Exception:
    if status in _PASSING or status >= 500:
        return again(f"The receiver answered with HTTP {status}.", after)
    if 300 <= status < 400:
        return not_sent(f"The receiver answered with HTTP {status}: a redirect, which is not "
                        "followed.", _CHECK)  # fmt: skip
    return not_sent(f"The receiver refused it with HTTP {status}.", _CHECK)
