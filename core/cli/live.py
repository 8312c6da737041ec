"""A sync's progress on standard error, drawn only where a person watches: a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from core.sync.progress import Progress as State

Listener = Callable[["State"], None]


@contextmanager
def progress() -> Iterator[Listener | None]:
    """Yield what the sync shall tell its progress to; None where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("connecting", total=None, pace="")
        yield _listener(bar.update, task)


def _listener(update: Callable[..., None], task: "TaskID") -> Listener:
    def tell(state: "State") -> None:
        update(
            task,
            description=f"{state.connection}: {state.doing}" if state.doing else state.connection,
            total=state.planned or None,
            completed=state.done + state.failed,
            pace=pace(state),
        )

    return tell


def pace(state: "State") -> str:
    """Return rows, rate and time left in words, such as `1,204 rows, 310/s, 12 s left`."""
    parts = [f"{state.rows:,} rows", f"{state.rows_per_second:,.0f}/s"]
    if state.seconds_left is not None:
        minutes, seconds = divmod(round(state.seconds_left), 60)
        parts.append(f"{minutes} min {seconds:02d} s left" if minutes else f"{seconds} s left")
    return ", ".join(parts)
