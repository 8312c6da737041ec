"""What is derived from a book is derived once: a book never changes."""

import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from core.ledger.book import Book

P = ParamSpec("P")
T = TypeVar("T")


def per_book(make: Callable[Concatenate[Book, P], T]) -> Callable[Concatenate[Book, P], T]:
    """Return a function that keeps what `make` returned for a book as long as the book lives.

    Positional, hashable arguments only. Two threads may both compute it; both get the same.
    """
    kept: dict[tuple[Any, ...], T] = {}

    @wraps(make)
    def once(book: Book, /, *args: P.args, **kwargs: P.kwargs) -> T:
        # The book's identity is its key: its frames cannot be hashed, and comparing them is slow.
        key = (id(book), *args, *kwargs.items())
        if key not in kept:
            value = make(book, *args, **kwargs)
            weakref.finalize(book, kept.pop, key, None)
            kept[key] = value
        return kept[key]

    return once
