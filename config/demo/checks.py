"""The demonstration asserts everything that it tells: a statement is printed after its check."""

from datetime import datetime


class DiffersError(Exception):
    """What the demonstration was about to tell is not so. Says what, the expected and the seen."""

    def __init__(self, what: str, *, expected: object, seen: object) -> None:
        super().__init__(f"{what}\n  expected: {expected!r}\n  seen:     {seen!r}")


class Checks:
    """Compares what was seen with what the rules say, and counts."""

    def __init__(self) -> None:
        """Begin with nothing checked."""
        self.count = 0

    def equal(self, what: str, *, seen: object, expected: object) -> None:
        """Raise `DiffersError` unless both are equal."""
        self.count += 1
        if seen != expected:
            raise DiffersError(what, expected=expected, seen=seen)

    def later(self, what: str, *, seen: datetime, than: datetime) -> None:
        """Raise `DiffersError` unless one moment is after the other."""
        self.count += 1
        if not seen > than:
            raise DiffersError(what, expected=f"later than {than.isoformat()}", seen=seen.isoformat())
