"""Which services accept purchases (R9)."""

from marketplace.vocabulary import NotAccepting, ServiceStatus


def not_accepting(
    own_status: ServiceStatus, *, paused_by_penalty: bool, awaits_acknowledgement: bool
) -> tuple[NotAccepting, ...]:
    """Say why a service takes no purchases, nothing when it does.

    R9: it accepts "when its own state is accepting, no unlifted row covers it, and its seller has no
    unacknowledged, unreversed verdict against it".
    """
    reasons = {
        NotAccepting.DRAFT: own_status is ServiceStatus.DRAFT,
        NotAccepting.OWN_PAUSE: own_status is ServiceStatus.PAUSED,
        NotAccepting.NOT_ACKNOWLEDGED: awaits_acknowledgement,
        NotAccepting.PENALTY_PAUSE: paused_by_penalty,
    }
    return tuple(reason for reason, holds in reasons.items() if holds)
