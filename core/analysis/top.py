"""The largest rows, and what is left as one row called Other."""

from core.analysis.query import View

OTHER = "Other"


def top(view: View, dim: str, n: int) -> View:
    """Return the view with the `n` largest values of a dimension kept, the rest as one Other.

    Size is the sum over the whole view, absolute. The other columns of `by` stay and `value`
    still sums to `total`. Other rows have `line` "other" and the dimension (and its name)
    "Other". Rows whose dimension is null compete like any other.
    """
    raise NotImplementedError
