"""The dimensions and conditions of a report's words; a word that is off is a usage error."""

import typer

Where = tuple[tuple[str, str | None], ...]


def words(by: str, where: list[str]) -> tuple[tuple[str, ...], Where]:
    """Return the dimensions of `--by` and the pairs of `--where`; raises a usage error.

    An empty value stands for: without one.
    """
    dims = tuple(part.strip() for part in by.split(","))
    pairs = tuple(_pair(text) for text in where)
    _known("--by", dims)
    _known("--where", tuple(dim for dim, _ in pairs))
    if len(set(dims)) < len(dims):
        raise typer.BadParameter("names a dimension twice.", param_hint="--by")
    return dims, pairs


def _pair(text: str) -> tuple[str, str | None]:
    dim, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not of the form DIM=VALUE.", param_hint="--where")
    return dim.strip(), value or None


def _known(option: str, dims: tuple[str, ...]) -> None:
    from core.analysis.query import DIMS

    unknown = [dim for dim in dims if dim not in DIMS]
    if unknown:
        raise typer.BadParameter(
            f"{unknown[0]!r} is no dimension. There are: {' '.join(DIMS)}.", param_hint=option
        )
