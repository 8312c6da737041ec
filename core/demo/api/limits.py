"""The rate limit: so many requests in a sliding window, for the whole organization."""

import math
import time
from collections import deque

from core.demo.api.refusals import Refusal
from core.demo.behaviour import Behaviour


class Pace:
    """Counts the requests that were let through in the last window."""

    def __init__(self) -> None:
        self.passed: deque[float] = deque()

    def admit(self, behaviour: Behaviour) -> None:
        """Let a request through or refuse it with 429 and the seconds to wait."""
        if behaviour.per_minute is None:
            return
        now = time.monotonic()
        while self.passed and self.passed[0] <= now - behaviour.window_seconds:
            self.passed.popleft()
        if len(self.passed) < behaviour.per_minute:
            self.passed.append(now)
            return
        free = self.passed[0] + behaviour.window_seconds - now
        wait = behaviour.retry_after or str(max(1, math.ceil(free)))
        limit = str(behaviour.per_minute)
        raise Refusal(
            429,
            "This request would exceed your organization's rate limit.",
            headers={
                "retry-after": wait,
                "anthropic-ratelimit-requests-limit": limit,
                "anthropic-ratelimit-requests-remaining": "0",
            },
        )
