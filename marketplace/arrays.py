"""Lists as PostgreSQL arrays, for statements about hundreds of rows: the driver would adapt each element by itself."""

from collections.abc import Iterable


def array(values: Iterable[object]) -> str:
    """Return an array as text, to be cast by its statement (`%s::uuid[]`).

    For keys, numbers, moments and words of ours: nothing is quoted.
    """
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
