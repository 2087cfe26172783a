"""What must hold of sellers: their figures, ranks and pauses."""

from fractions import Fraction

from django.utils.translation import gettext_noop as _

from marketplace.operations.invariants.invariant import Invariant
from marketplace.policy import Policy, RankLine

PAUSES = Invariant(
    name="pause_is_of_its_verdicts_seller",
    sentence=_("A penalty pauses services of the seller at fault; it is lifted by acknowledgement or reversal."),
    table="marketplace_penaltypause",
    question="""
        SELECT pause.id, concat_ws(', ', 'paused at ' || pause.paused_at, 'lifted at ' || pause.lifted_at,
                                   'verdict of ' || verdict.recorded_at, 'acknowledged at ' || verdict.acknowledged_at,
                                   'at fault ' || verdict.at_fault, 'seller ' || verdict.seller_id,
                                   'service of ' || service.seller_id)
        FROM marketplace_penaltypause pause
        JOIN marketplace_verdict verdict ON verdict.id = pause.verdict_id
        JOIN marketplace_service service ON service.id = pause.service_id
        WHERE service.seller_id <> verdict.seller_id OR verdict.at_fault = 'buyer'
           OR pause.paused_at < verdict.recorded_at
           OR pause.lifted_at < least(coalesce(verdict.acknowledged_at, 'infinity'),
                                      coalesce(verdict.reversed_at, 'infinity'))
    """,
)

FIGURES = Invariant(
    name="figures_equal_a_recount",
    sentence=_("Figures are recomputed from rows after each change: they are those of the window before they were."),
    table="marketplace_seller",
    question="""
        WITH counted AS (
            SELECT id, coalesce(figures_at, 'infinity') AS until,
                   coalesce((figures_at AT TIME ZONE %(zone)s - make_interval(months => %(months)s))
                            AT TIME ZONE %(zone)s, '-infinity') AS since
            FROM marketplace_seller
        ), deals AS (
            SELECT counted.id, count(*) AS completed, sum(deal.price) AS revenue, min(deal.ended_at) AS oldest
            FROM counted
            JOIN marketplace_deal deal ON deal.seller_id = counted.id
            WHERE deal.status = 'completed' AND deal.ended_at BETWEEN counted.since AND counted.until
            GROUP BY counted.id
        ), verdicts AS (
            SELECT counted.id, count(*) AS at_fault, min(verdict.effective_at) AS oldest
            FROM counted
            JOIN marketplace_verdict verdict ON verdict.seller_id = counted.id
            WHERE verdict.at_fault = 'seller' AND verdict.effective_at BETWEEN counted.since AND counted.until
            GROUP BY counted.id
        ), reviews AS (
            SELECT counted.id, sum(review.rating) AS total, count(*) AS number, min(review.dated_at) AS oldest
            FROM counted
            JOIN marketplace_review review ON review.seller_id = counted.id
            WHERE review.hidden_at IS NULL AND review.dated_at BETWEEN counted.since AND counted.until
            GROUP BY counted.id
        )
        SELECT seller.id,
               concat('completed ', seller.completed, ', yen ', seller.revenue_yen, ', at fault ',
                      seller.cancelled_at_fault, ', stars ', seller.rating_sum, '/', seller.rating_count,
                      ', oldest ', seller.oldest_counted_at,
                      '; recounted ', coalesce(deals.completed, 0), ', ', coalesce(deals.revenue, 0), ', ',
                      coalesce(verdicts.at_fault, 0), ', ', coalesce(reviews.total, 0), '/',
                      coalesce(reviews.number, 0), ', ', least(deals.oldest, verdicts.oldest, reviews.oldest))
        FROM marketplace_seller seller
        LEFT JOIN deals ON deals.id = seller.id
        LEFT JOIN verdicts ON verdicts.id = seller.id
        LEFT JOIN reviews ON reviews.id = seller.id
        WHERE (seller.completed, seller.revenue_yen, seller.cancelled_at_fault, seller.rating_sum, seller.rating_count)
              <> (coalesce(deals.completed, 0), coalesce(deals.revenue, 0), coalesce(verdicts.at_fault, 0),
                  coalesce(reviews.total, 0), coalesce(reviews.number, 0))
           OR seller.oldest_counted_at IS DISTINCT FROM least(deals.oldest, verdicts.oldest, reviews.oldest)
    """,
)

WINDOW = Invariant(
    name="figures_follow_the_window",
    sentence=_("Figures are recounted daily for sellers from whose window something fell."),
    table="marketplace_seller",
    question="""
        SELECT id, concat('counted at ', figures_at, ', and still counts what is of ', oldest_counted_at)
        FROM marketplace_seller
        WHERE oldest_counted_at < %(left_behind)s
    """,
)

SERVICES = Invariant(
    name="service_is_found_by_its_sellers_rank",
    sentence=_("`search_rank` is stored on each of the seller's services too, and follows while they can be listed."),
    table="marketplace_service",
    question="""
        SELECT service.id, concat('search rank ', service.search_rank, ', its seller''s ', seller.search_rank)
        FROM marketplace_service service
        JOIN marketplace_seller seller ON seller.id = service.seller_id
        WHERE service.search_rank <> seller.search_rank
          AND NOT EXISTS (
              SELECT FROM marketplace_verdict open
              WHERE open.seller_id = seller.id AND open.at_fault = 'seller' AND open.acknowledged_at IS NULL)
    """,
)


def of_sellers(policy: Policy) -> tuple[Invariant, ...]:
    """Return what must hold of sellers under this policy."""
    return (PAUSES, FIGURES, WINDOW, _ranks(policy), SERVICES)


def _ranks(policy: Policy) -> Invariant:
    """Compute ranks in SQL, from the policy's numbers: half a hundredth may be rounded either way."""
    level = " ".join(f"WHEN {_meets(line)} THEN {line.rank.level}" for line in policy.rank_lines)
    names = " ".join(f"WHEN {line.rank.level} THEN '{line.rank.value}'" for line in policy.rank_lines)
    rate, none = policy.penalty_below_rate, policy.rating_when_none
    return Invariant(
        name="rank_follows_the_figures",
        sentence=_("Rank and search rank are what the policy makes of the figures."),
        table="marketplace_seller",
        question=f"""
            SELECT id, concat(rank, ', search rank ', search_rank, ', but the figures give ', CASE level {names} END,
                              ', ', round(points, 3))
            FROM (
                SELECT id, rank, search_rank, level,
                       {policy.search_points_per_level} * level
                       + {policy.search_points_per_star}
                         * coalesce(rating_sum::numeric / nullif(rating_count, 0),
                                    {none.numerator}::numeric / {none.denominator})
                       - CASE WHEN completed + cancelled_at_fault >= {policy.penalty_from_ended_deals}
                                   AND completed * {rate.denominator}
                                       < (completed + cancelled_at_fault) * {rate.numerator}
                              THEN {policy.search_penalty} ELSE 0 END AS points
                FROM (SELECT seller.*, CASE {level} END AS level FROM marketplace_seller seller) AS ranked
            ) AS pointed
            WHERE rank <> CASE level {names} END OR abs(search_rank - points) > 0.005
        """,  # noqa: S608 - numbers of our own policy
    )


def _meets(line: RankLine) -> str:
    asked = [
        _at_least("completed", "1", line.sales),
        _at_least("revenue_yen", "1", line.revenue_yen),
        _at_least("completed", "(completed + cancelled_at_fault)", line.completion_rate),
        _at_least("rating_sum", "rating_count", line.rating),
    ]
    return " AND ".join(filter(None, asked)) or "TRUE"


def _at_least(part: str, whole: str, least: Fraction | int | None) -> str:
    """Compare without dividing; no figure (a whole of 0) fails a line."""
    if least is None:
        return ""
    fraction = Fraction(least)
    return f"({part} * {fraction.denominator} >= {whole} * {fraction.numerator} AND {whole} > 0)"
