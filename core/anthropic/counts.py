"""Whole numbers that the ledger can hold."""

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""An integer of 64 bits; tokens, requests, lines."""
