"""What an invariant is."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """A rule: its name, the sentence that it implements, the table whose rows it names, and the question."""

    name: str
    sentence: str
    table: str
    question: str
