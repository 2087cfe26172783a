"""The demo checks each statement before it prints it."""

from datetime import datetime


class DiffersError(Exception):
    """A statement of the demo is wrong. The message has what was expected and what was seen."""

    def __init__(self, what: str, *, expected: object, seen: object) -> None:
        super().__init__(f"{what}\n  expected: {expected!r}\n  seen:     {seen!r}")


class Checks:
    """Compares what was seen with what the rules say, and counts the checks."""

    def __init__(self) -> None:
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
