"""What must hold of cancel requests."""

from django.utils.translation import gettext_noop as _

from marketplace.operations.invariants.invariant import Invariant

REQUESTS = (
    Invariant(
        name="open_request_in_a_deal_in_progress",
        sentence=_("A request is open only while its deal is in progress."),
        table="marketplace_cancelrequest",
        question="""
            SELECT request.id, concat('open, but the deal is ', deal.status)
            FROM marketplace_cancelrequest request
            JOIN marketplace_talkroom room ON room.id = request.room_id
            JOIN marketplace_deal deal ON deal.id = room.deal_id
            WHERE request.status = 'awaiting_reply' AND deal.status <> 'in_progress'
        """,
    ),
    Invariant(
        name="cancelled_request_has_its_verdict",
        sentence=_("A request that cancelled ended at its deadline, and the deal's verdict is about it."),
        table="marketplace_cancelrequest",
        question="""
            SELECT request.id, concat('ended at ', request.ended_at, ', deadline ', request.reply_deadline,
                                      ', but verdict ', verdict.id, ' is about ', verdict.cancel_request_id)
            FROM marketplace_cancelrequest request
            JOIN marketplace_talkroom room ON room.id = request.room_id
            JOIN marketplace_verdict verdict ON verdict.deal_id = room.deal_id
            WHERE request.status = 'auto_cancelled'
              AND (verdict.cancel_request_id IS DISTINCT FROM request.id
                   OR request.ended_at IS DISTINCT FROM request.reply_deadline)
        """,
    ),
    Invariant(
        name="request_followed_silence",
        sentence=_("「最終連絡から4日以上経過」: the respondent had been silent for as long as the deal demands."),
        table="marketplace_cancelrequest",
        question="""
            SELECT request.id, concat('placed at ', request.placed_at, ', but the respondent wrote at ',
                                      max(message.posted_at))
            FROM marketplace_cancelrequest request
            JOIN marketplace_talkroom room ON room.id = request.room_id
            JOIN marketplace_deal deal ON deal.id = room.deal_id
            JOIN marketplace_message message ON message.room_id = room.id
            WHERE message.kind = ANY(%(contact)s) AND message.sender <> request.requester
              AND message.posted_at < request.placed_at
              AND message.posted_at > request.placed_at - deal.silence_before_request
            GROUP BY request.id
        """,
    ),
    Invariant(
        name="revoked_by_a_reply",
        sentence=_("Any contact of the respondent is the reply: a revoked request ended with one."),
        table="marketplace_cancelrequest",
        question="""
            SELECT request.id, concat('revoked at ', request.ended_at, ', but the respondent did not write then')
            FROM marketplace_cancelrequest request
            WHERE request.status = 'revoked_by_reply'
              AND NOT EXISTS (
                SELECT FROM marketplace_message message
                WHERE message.room_id = request.room_id AND message.posted_at = request.ended_at
                  AND message.kind = ANY(%(contact)s) AND message.sender <> request.requester)
        """,
    ),
    Invariant(
        name="cancelled_in_silence",
        sentence=_(
            "A reply within 24 h revokes: the respondent of a request that cancelled did not write while it ran."
        ),
        table="marketplace_cancelrequest",
        question="""
            SELECT request.id, concat('cancelled at ', request.reply_deadline, ', but the respondent wrote at ',
                                      min(message.posted_at))
            FROM marketplace_cancelrequest request
            JOIN marketplace_message message ON message.room_id = request.room_id
            WHERE request.status = 'auto_cancelled'
              AND message.kind = ANY(%(contact)s) AND message.sender <> request.requester
              AND message.posted_at BETWEEN request.placed_at AND request.reply_deadline
            GROUP BY request.id
        """,
    ),
    Invariant(
        name="end_of_a_request_is_told_once",
        sentence=_("The end of a request is told by exactly one event of its time."),
        table="marketplace_cancelrequest",
        question="""
            WITH told AS (
                SELECT kind, data->>'request' AS request, occurred_at, count(*) AS number
                FROM marketplace_event
                WHERE kind IN ('request_revoked', 'request_withdrawn', 'request_ended_with_deal')
                GROUP BY 1, 2, 3
            )
            SELECT request.id, concat(request.status, ' at ', request.ended_at, ', told ', coalesce(told.number, 0),
                                      ' times')
            FROM marketplace_cancelrequest request
            LEFT JOIN told ON told.request = request.id::text AND told.occurred_at = request.ended_at
              AND told.kind = CASE request.status WHEN 'revoked_by_reply' THEN 'request_revoked'
                                                  WHEN 'withdrawn' THEN 'request_withdrawn'
                                                  ELSE 'request_ended_with_deal' END
            WHERE request.status IN ('revoked_by_reply', 'withdrawn', 'ended_with_deal')
              AND told.number IS DISTINCT FROM 1
        """,
    ),
)
