"""Keeps the server from asking a stranger for its own address.

Streamlit asks checkip.amazonaws.com for it, to print it, and whenever a page of another origin
tries to connect, which anybody who reaches the port can bring about.
"""

from streamlit import net_util


def ask_nobody() -> None:
    """Have this process know no address of its own but those that its machine tells.

    A page under whatever name is still connected where it asks the host that it came from.
    """
    net_util.get_external_ip = _unknown


def _unknown() -> str | None:
    return None
