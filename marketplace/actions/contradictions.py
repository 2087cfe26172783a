"""Raised by batches when rows disagree."""


class ContradictionError(Exception):
    """A row contradicts another one: an overdue request whose deal is not in progress."""
