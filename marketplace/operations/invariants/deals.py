"""What must hold of deals and of the messages in their rooms."""

from django.utils.translation import gettext_noop as _

from marketplace.operations.invariants.invariant import Invariant
from marketplace.reads.deadlines import DEADLINES, Deadline


def _overdue(deadline: Deadline) -> str:
    return f"""
        SELECT id, concat('{deadline.kind} deadline ', {deadline.column}, ', failed ', settle_failures,
                          ' times, tried again at ', coalesce(settle_after::text, 'every sweep'))
        FROM {deadline.table}
        WHERE status = '{deadline.status}' AND {deadline.column} < %(overdue_since)s
          AND (settle_after IS NULL OR settle_after < %(overdue_since)s)
    """  # noqa: S608 - our own words


OVERDUE = tuple(
    Invariant(
        name=f"overdue_{deadline.kind}_is_settled",
        sentence=_("What was due an hour ago has been settled or put off: sweeps came by many times."),
        table=deadline.table,
        question=_overdue(deadline),
    )
    for deadline in DEADLINES.values()
)

DEALS = (
    *OVERDUE,
    Invariant(
        name="first_contact_ends_its_limit",
        sentence=_("The first-contact limit is cleared by the seller's first contact."),
        table="marketplace_deal",
        question="""
            SELECT deal.id, concat('limit ', deal.first_contact_deadline, ', but the seller wrote at ',
                                   room.seller_last_contact_at)
            FROM marketplace_deal deal
            JOIN marketplace_talkroom room ON room.deal_id = deal.id
            WHERE deal.first_contact_deadline IS NOT NULL AND deal.status <> 'cancelled'
              AND room.seller_last_contact_at IS NOT NULL
        """,
    ),
    Invariant(
        name="end_of_a_deal_is_told_once",
        sentence=_("The end of a deal is told by exactly one event of its time."),
        table="marketplace_deal",
        question="""
            WITH told AS (
                SELECT kind, room_id, occurred_at, count(*) AS number
                FROM marketplace_event
                WHERE kind IN ('deal_completed', 'deal_cancelled')
                GROUP BY 1, 2, 3
            )
            SELECT deal.id, concat(deal.status, ' at ', deal.ended_at, ', told ', coalesce(told.number, 0), ' times')
            FROM marketplace_deal deal
            JOIN marketplace_talkroom room ON room.deal_id = deal.id
            LEFT JOIN told ON told.room_id = room.id AND told.occurred_at = deal.ended_at
              AND told.kind = 'deal_' || deal.status
            WHERE deal.status IN ('completed', 'cancelled') AND told.number IS DISTINCT FROM 1
        """,
    ),
    Invariant(
        name="last_contact_is_what_was_said",
        sentence=_("A room's last contacts and last sender are those of its messages, hidden ones included."),
        table="marketplace_talkroom",
        question="""
            WITH said AS (
                SELECT room_id,
                       max(posted_at) FILTER (WHERE sender = 'buyer') AS buyer,
                       max(posted_at) FILTER (WHERE sender = 'seller') AS seller
                FROM marketplace_message
                WHERE kind = ANY(%(contact)s)
                GROUP BY room_id
            )
            SELECT room.id,
                   concat('buyer ', room.buyer_last_contact_at, ', seller ', room.seller_last_contact_at, ', last ',
                          room.last_sender, ', but in the messages buyer ', said.buyer, ', seller ', said.seller)
            FROM marketplace_talkroom room
            LEFT JOIN said ON said.room_id = room.id
            WHERE (room.buyer_last_contact_at, room.seller_last_contact_at) IS DISTINCT FROM (said.buyer, said.seller)
               OR room.last_sender IS DISTINCT FROM
                  CASE WHEN said.buyer > said.seller OR said.seller IS NULL AND said.buyer IS NOT NULL THEN 'buyer'
                       WHEN said.seller > said.buyer OR said.buyer IS NULL AND said.seller IS NOT NULL THEN 'seller'
                       ELSE room.last_sender END
               OR (said.room_id IS NULL AND room.last_sender IS NOT NULL)
        """,
    ),
    Invariant(
        name="first_unanswered_is_what_was_said",
        sentence=_("In a running deal, a word is owed since the last sender's first contact that is unanswered (R1)."),
        table="marketplace_talkroom",
        question="""
            WITH running AS (
                SELECT room.id, room.last_sender, room.first_unanswered_at,
                       COALESCE(CASE room.last_sender WHEN 'buyer' THEN room.seller_last_contact_at
                                ELSE room.buyer_last_contact_at END, '-infinity') AS answered_at
                FROM marketplace_talkroom room
                JOIN marketplace_deal deal ON deal.id = room.deal_id
                WHERE deal.ended_at IS NULL
            ), said AS (
                SELECT running.id, min(message.posted_at) AS from_then,
                       min(message.posted_at) FILTER (WHERE message.posted_at > running.answered_at) AS after_it
                FROM running
                JOIN marketplace_message message
                  ON message.room_id = running.id AND message.sender = running.last_sender
                 AND message.posted_at >= running.answered_at AND message.kind = ANY(%(contact)s)
                GROUP BY running.id
            )
            SELECT running.id,
                   concat('since ', running.first_unanswered_at, ', but in the messages since ',
                          coalesce(said.after_it, said.from_then))
            FROM running LEFT JOIN said ON said.id = running.id
            WHERE running.first_unanswered_at IS DISTINCT FROM said.from_then
              AND running.first_unanswered_at IS DISTINCT FROM said.after_it
        """,
    ),
    Invariant(
        name="nobody_wrote_after_the_end",
        sentence=_("The room closes when the deal has ended: what comes after a deadline saves nothing."),
        table="marketplace_message",
        question="""
            SELECT message.id, concat('the ', message.sender, ' wrote at ', message.posted_at, ', the deal ended at ',
                                      deal.ended_at)
            FROM marketplace_message message
            JOIN marketplace_talkroom room ON room.id = message.room_id
            JOIN marketplace_deal deal ON deal.id = room.deal_id
            WHERE message.sender IS NOT NULL AND message.posted_at > deal.ended_at
        """,
    ),
    Invariant(
        name="nothing_was_bought_while_paused",
        sentence=_("「受付休止中」: a service that a penalty pauses accepts no purchase."),
        table="marketplace_deal",
        question="""
            SELECT deal.id, concat('bought at ', deal.purchased_at, ', paused from ', min(pause.paused_at))
            FROM marketplace_deal deal
            JOIN marketplace_penaltypause pause ON pause.service_id = deal.service_id
            WHERE deal.purchased_at >= pause.paused_at
              AND (pause.lifted_at IS NULL OR deal.purchased_at < pause.lifted_at)
            GROUP BY deal.id
        """,
    ),
)
