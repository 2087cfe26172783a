"""Why a service takes no purchases: a sentence for each reason."""

from types import SimpleNamespace

import pytest

from marketplace.pages.own import Own
from marketplace.vocabulary import ServiceStatus

PENALTY = "Paused because a deal was cancelled for your silence."
ACKNOWLEDGE = "No service accepts purchases until you have acknowledged the cancellation."
DRAFT = "Only you can see it. Publish it to accept purchases."


@pytest.mark.parametrize(
    ("status", "paused", "awaits", "why"),
    [
        (ServiceStatus.ACCEPTING, False, False, []),
        (ServiceStatus.DRAFT, False, False, [DRAFT]),
        (
            ServiceStatus.DRAFT,
            False,
            True,
            [DRAFT, "Published now, it would be paused too until you have acknowledged the cancellation."],
        ),
        (ServiceStatus.PAUSED, False, False, ["You paused it."]),
        (ServiceStatus.ACCEPTING, False, True, [ACKNOWLEDGE]),
        (ServiceStatus.ACCEPTING, True, False, [PENALTY]),
        (ServiceStatus.ACCEPTING, True, True, [ACKNOWLEDGE]),
    ],
)
def test_a_reason_has_its_words(status: ServiceStatus, why: list[str], *, paused: bool, awaits: bool) -> None:
    service = SimpleNamespace(own_status=status, paused_by_penalty=paused, awaits_acknowledgement=awaits)
    assert Own(service).why_in_words == why  # type: ignore[arg-type]  # what it reads of a service
