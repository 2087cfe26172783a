"""What must hold of verdicts and of the reviews that they write."""

from django.utils.translation import gettext_noop as _

from marketplace.operations.invariants.invariant import Invariant

WAS_AT_FAULT = "CASE request.requester WHEN 'seller' THEN 'buyer' ELSE 'seller' END"
"""Before any reversal: the respondent of the request; without a request the seller."""

VERDICTS = (
    Invariant(
        name="one_verdict_a_cancelled_deal",
        sentence=_("A deal is cancelled exactly if it has a verdict."),
        table="marketplace_deal",
        question="""
            SELECT deal.id, concat(deal.status, ', and its verdict is ', coalesce(verdict.id::text, 'missing'))
            FROM marketplace_deal deal
            LEFT JOIN marketplace_verdict verdict ON verdict.deal_id = deal.id
            WHERE (deal.status = 'cancelled') <> (verdict.id IS NOT NULL)
        """,
    ),
    Invariant(
        name="verdict_agrees_with_its_deal",
        sentence=_("A verdict's time, cause and seller are those of its deal."),
        table="marketplace_verdict",
        question="""
            SELECT verdict.id,
                   concat_ws(', ', 'effective at ' || verdict.effective_at, verdict.cause,
                             'seller ' || verdict.seller_id, 'but the deal: ' || deal.ended_at, deal.cancel_cause,
                             'seller ' || deal.seller_id)
            FROM marketplace_verdict verdict
            JOIN marketplace_deal deal ON deal.id = verdict.deal_id
            WHERE deal.status = 'cancelled'
              AND (verdict.effective_at, verdict.cause, verdict.seller_id)
                  IS DISTINCT FROM (deal.ended_at, deal.cancel_cause, deal.seller_id)
        """,
    ),
    Invariant(
        name="verdict_agrees_with_its_request",
        sentence=_("A verdict about a request takes effect at its reply deadline; at fault is its respondent."),
        table="marketplace_verdict",
        question=f"""
            SELECT verdict.id,
                   concat('at fault ', verdict.at_fault, ', effective at ', verdict.effective_at,
                          ', but the request of the ', request.requester, ' is ', request.status,
                          ', its deadline ', request.reply_deadline)
            FROM marketplace_verdict verdict
            JOIN marketplace_cancelrequest request ON request.id = verdict.cancel_request_id
            JOIN marketplace_talkroom room ON room.id = request.room_id
            WHERE verdict.cause <> 'no_contact' OR request.status <> 'auto_cancelled'
               OR room.deal_id <> verdict.deal_id
               OR verdict.effective_at IS DISTINCT FROM request.reply_deadline
               OR verdict.at_fault NOT IN ('nobody', {WAS_AT_FAULT})
        """,  # noqa: S608 - our own words
    ),
    Invariant(
        name="verdict_agrees_with_the_first_contact_limit",
        sentence=_("A verdict without a request takes effect at the first-contact limit; at fault is the seller."),
        table="marketplace_verdict",
        question="""
            SELECT verdict.id,
                   concat(verdict.cause, ', at fault ', verdict.at_fault, ', effective at ', verdict.effective_at,
                          ', but the limit was ', deal.first_contact_deadline,
                          ' and the seller''s last contact ', room.seller_last_contact_at)
            FROM marketplace_verdict verdict
            JOIN marketplace_deal deal ON deal.id = verdict.deal_id
            JOIN marketplace_talkroom room ON room.deal_id = deal.id
            WHERE verdict.cancel_request_id IS NULL
              AND (verdict.cause <> 'no_first_contact' OR verdict.at_fault = 'buyer'
                   OR verdict.effective_at IS DISTINCT FROM deal.first_contact_deadline
                   OR room.seller_last_contact_at IS NOT NULL)
        """,
    ),
    Invariant(
        name="reversed_verdict_is_undone",
        sentence=_("A reversed verdict is nobody's fault, its review hidden and its pauses lifted; no other one is."),
        table="marketplace_verdict",
        question="""
            SELECT verdict.id,
                   concat_ws(', ', 'reversed at ' || coalesce(verdict.reversed_at::text, 'no time'),
                             'at fault ' || verdict.at_fault,
                             'review hidden at ' || coalesce(review.hidden_at::text, 'no time'),
                             (SELECT count(*) FROM marketplace_penaltypause pause
                              WHERE pause.verdict_id = verdict.id AND pause.lifted_at IS NULL)::text || ' pauses hold')
            FROM marketplace_verdict verdict
            LEFT JOIN marketplace_review review ON review.verdict_id = verdict.id
            WHERE (verdict.reversed_at IS NOT NULL) <> (verdict.at_fault = 'nobody')
               OR (review.id IS NOT NULL AND (verdict.reversed_at IS NOT NULL) <> (review.hidden_at IS NOT NULL))
               OR (verdict.reversed_at IS NOT NULL
                   AND EXISTS (SELECT FROM marketplace_penaltypause pause
                               WHERE pause.verdict_id = verdict.id AND pause.lifted_at IS NULL))
        """,
    ),
    Invariant(
        name="silent_seller_has_one_star",
        sentence=_("「★☆☆☆☆」: an automatic review, dated at the deadline, exactly where the seller was at fault."),
        table="marketplace_verdict",
        question=f"""
            SELECT verdict.id,
                   CASE WHEN review.id IS NULL THEN 'the automatic review is missing'
                        WHEN {WAS_AT_FAULT} = 'buyer' THEN concat('a silent buyer cost the seller review ', review.id)
                        ELSE concat('review ', review.id, ' of ', review.rating, ' stars is dated ', review.dated_at,
                                    ', the verdict ', verdict.effective_at) END
            FROM marketplace_verdict verdict
            LEFT JOIN marketplace_cancelrequest request ON request.id = verdict.cancel_request_id
            LEFT JOIN marketplace_review review ON review.verdict_id = verdict.id
            WHERE ({WAS_AT_FAULT} = 'seller') <> (review.id IS NOT NULL)
               OR (review.rating, review.dated_at, review.deal_id, review.seller_id)
                  <> (%(automatic_rating)s, verdict.effective_at, verdict.deal_id, verdict.seller_id)
        """,  # noqa: S608 - our own words
    ),
    Invariant(
        name="people_review_completed_deals",
        sentence=_("The buyer may review a completed deal; a review of any other kind is its verdict's."),
        table="marketplace_review",
        question="""
            SELECT review.id, concat('written by a person, but the deal is ', deal.status)
            FROM marketplace_review review
            JOIN marketplace_deal deal ON deal.id = review.deal_id
            WHERE review.verdict_id IS NULL AND deal.status <> 'completed'
        """,
    ),
    Invariant(
        name="review_is_of_its_deal",
        sentence=_("A review's seller and service are those of its deal."),
        table="marketplace_review",
        question="""
            SELECT review.id, concat('of seller ', review.seller_id, ' and service ', review.service_id,
                                     ', but the deal: ', deal.seller_id, ', ', deal.service_id)
            FROM marketplace_review review
            JOIN marketplace_deal deal ON deal.id = review.deal_id
            WHERE (review.seller_id, review.service_id) <> (deal.seller_id, deal.service_id)
        """,
    ),
)
