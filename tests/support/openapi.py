"""The schema of the API, as tests walk it."""

from functools import cache
from typing import Any, NamedTuple

from drf_spectacular.generators import SchemaGenerator


class Operation(NamedTuple):
    """One method of one address, as the schema has it."""

    method: str
    path: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def schema() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return made


def operations() -> list[Operation]:
    return [
        Operation(method.upper(), path, described)
        for path, methods in schema()["paths"].items()
        for method, described in methods.items()
    ]
