"""A simulated organisation behind the same HTTP interface as the Anthropic API."""

from core.demo.api.application import app
from core.demo.behaviour import Behaviour, Fault, Seen
from core.demo.credentials import (
    ANALYTICS_KEY,
    COMPLIANCE_KEY,
    OAUTH_TOKEN,
    ORDINARY_KEY,
    PLATFORM_KEY,
)
from core.demo.organisation import Organisation, organisation
from core.demo.server import Server, serve

__all__ = [
    "ANALYTICS_KEY",
    "COMPLIANCE_KEY",
    "OAUTH_TOKEN",
    "ORDINARY_KEY",
    "PLATFORM_KEY",
    "Behaviour",
    "Fault",
    "Organisation",
    "Seen",
    "Server",
    "app",
    "organisation",
    "serve",
]
