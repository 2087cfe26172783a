"""The help page as pure functions: facts and `now` in, an answer out.

No clock, no database, no framework. The same answer feeds the button (eligibility), the API's
error and the action, so they cannot disagree.
"""

from marketplace.rules.accepting import not_accepting
from marketplace.rules.asking import (
    Condition,
    Talk,
    conditions,
    eligible_at,
    longest_wait,
    owed_since,
    refusal,
)
from marketplace.rules.deadlines import (
    approval_deadline,
    deciding,
    first_contact_deadline,
    first_deadline,
    is_milestone_overdue,
    is_overdue,
    milestone_states,
    reply_deadline,
)
from marketplace.rules.standing import (
    Figures,
    Requirement,
    SearchPoints,
    counts_until,
    is_below_the_line,
    rank,
    requirements,
    search_points,
    search_rank,
    window_start,
)
