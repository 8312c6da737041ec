"""How fast one organization may be asked: so many requests a minute, one stream at a time."""

from time import monotonic_ns
from typing import Self

from pyrate_limiter import InMemoryBucket, Limiter, Rate, SingleBucketFactory

from core.settings import is_loopback


class Pace:
    """Lets `per_minute` requests go out in any `window` seconds, for all clients that share it.

    Not engaged, it lets everything pass: a loopback address is a simulator or a gateway that paces
    by itself, so there pacing begins with the first 429. Safe to share between threads.
    """

    def __init__(self, per_minute: int, *, engaged: bool = True, window: float = 60.0) -> None:
        self.per_minute, self.engaged = per_minute, engaged
        self._bucket = InMemoryBucket([Rate(per_minute, int(window * 1000))])
        # Old marks are dropped here, request by request: no background thread is needed for it.
        self._limiter = Limiter(SingleBucketFactory(self._bucket, schedule_leak=False))

    @classmethod
    def towards(cls, base_url: str, per_minute: int) -> Self:
        """Return the pace for an API's address: engaged, unless it is a loopback address."""
        return cls(per_minute, engaged=not is_loopback(base_url))

    def engage(self) -> None:
        """Pace from now on."""
        self.engaged = True

    def wait(self) -> None:
        """Return when the next request may go out."""
        if self.engaged:
            self._bucket.leak(monotonic_ns() // 1_000_000)
            self._limiter.try_acquire("anthropic")
