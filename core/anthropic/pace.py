"""How fast one organization may be asked: so many requests a minute, one stream at a time."""

from pyrate_limiter import Duration, Limiter, Rate


class Pace:
    """Waits so that no minute has more requests than allowed.

    A loopback address is a simulator or a gateway that paces by itself, so pacing begins there
    only with the first 429.
    """

    def __init__(self, per_minute: int, *, engaged: bool = True) -> None:
        self._per_minute = per_minute
        self._limiter: Limiter | None = None
        if engaged:
            self.engage()

    def engage(self) -> None:
        """Pace from now on."""
        if self._limiter is None:
            self._limiter = Limiter(Rate(self._per_minute, Duration.MINUTE))

    def wait(self) -> None:
        """Return when the next request may go out."""
        if self._limiter is not None:
            self._limiter.try_acquire("anthropic", blocking=True)
