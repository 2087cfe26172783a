"""What every test of the API begins with."""

from collections.abc import Iterator

import pytest

from marketplace.api import throttles


@pytest.fixture(autouse=True)
def _nobody_has_read_yet() -> Iterator[None]:
    """No test inherits another's reads: they are counted in the process."""
    throttles.reads = throttles.ReadCounts()
    yield
    throttles.reads = throttles.ReadCounts()
