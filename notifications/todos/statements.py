"""One statement finds whatever waits for a person: the list and the badge cannot disagree.

It begins at the person's running deals, by the index of who bought or sold them and when they ended
(a running deal has not), and goes from there by key: its cost is that of the person's own deals,
however many rooms there are. Each part has the columns `kind, subject, room, since, due_at, service,
milestone`. `now` and all that follows from it are values: no SQL names a clock.
"""

RUNNING = """
    SELECT room.id AS room, deal.id AS deal, service.title AS service, deal.status, room.opened_at,
           'buyer' AS you, 'seller' AS counterpart, room.last_sender,
           room.seller_last_contact_at AS their_last_contact,
           GREATEST(COALESCE(room.first_unanswered_at, room.seller_last_contact_at, room.opened_at),
                    room.buyer_last_contact_at) AS owed_since,
           GREATEST(deal.silence_before_request, deal.owed_before_request) AS longest_wait, deal.approval_deadline,
           deal.approval_deadline - deal.approval_window AS delivered_at, NULL::timestamptz AS first_contact_deadline
    FROM marketplace_deal deal
    JOIN marketplace_talkroom room ON room.deal_id = deal.id
    JOIN marketplace_service service ON service.id = deal.service_id
    WHERE deal.buyer_id = %(person)s AND deal.ended_at IS NULL
    UNION ALL
    SELECT room.id, deal.id, service.title, deal.status, room.opened_at,
           'seller', 'buyer', room.last_sender,
           room.buyer_last_contact_at,
           GREATEST(COALESCE(room.first_unanswered_at, room.buyer_last_contact_at, room.opened_at),
                    room.seller_last_contact_at),
           GREATEST(deal.silence_before_request, deal.owed_before_request), deal.approval_deadline,
           deal.approval_deadline - deal.approval_window, deal.first_contact_deadline
    FROM marketplace_seller seller
    JOIN marketplace_deal deal ON deal.seller_id = seller.id
    JOIN marketplace_talkroom room ON room.deal_id = deal.id
    JOIN marketplace_service service ON service.id = deal.service_id
    WHERE seller.user_id = %(person)s AND deal.ended_at IS NULL
"""

AGAINST_YOU = """
    SELECT running.*, request.id AS request, request.placed_at, request.reply_deadline
    FROM running
    JOIN marketplace_cancelrequest request
      ON request.room_id = running.room AND request.status = 'awaiting_reply'
     AND request.requester = running.counterpart
"""

CANCEL_REQUEST = """
    SELECT 'cancel_request', request, room, placed_at, LEAST(reply_deadline, first_contact_deadline), service, ''
    FROM against_you
"""
"""Null while it is held. Where the first contact falls due sooner, it decides (R13), and one reply answers both."""

REPLY = """
    SELECT 'reply', room, room, owed_since,
           CASE WHEN status = 'in_progress' THEN LEAST(owed_since + longest_wait, first_contact_deadline) END,
           service, ''
    FROM running
    WHERE (last_sender = counterpart OR (last_sender IS NULL AND you = 'seller'))
      AND room NOT IN (SELECT room FROM against_you)
      AND NOT (status = 'delivered' AND you = 'buyer' AND their_last_contact <= delivered_at)
"""
"""「トークルームをご確認ください」, unless another to-do says so already: a request, or the delivery itself.

It is due when the word has been owed for as long as R1 asks of a silence (`rules.owed_since`, `longest_wait`)."""

APPROVE = """
    SELECT 'approve', deal, room, delivered_at, approval_deadline, service, ''
    FROM running
    WHERE status = 'delivered' AND you = 'buyer'
"""

SCHEDULE = """
    SELECT 'schedule', room, room, opened_at + %(no_schedule_after)s, NULL::timestamptz, service, ''
    FROM running
    WHERE status = 'in_progress' AND you = 'seller' AND opened_at + %(no_schedule_after)s <= %(now)s
      AND NOT EXISTS (
        SELECT FROM marketplace_milestone shared WHERE shared.room_id = room AND shared.removed_at IS NULL)
"""

MILESTONE = """
    SELECT 'milestone', milestone.id, room, (milestone.due_on + 1)::timestamp AT TIME ZONE %(zone)s,
           NULL::timestamptz, service, milestone.title
    FROM running
    JOIN marketplace_milestone milestone ON milestone.room_id = room
    WHERE status = 'in_progress' AND you = 'seller'
      AND milestone.removed_at IS NULL AND milestone.done_at IS NULL AND milestone.due_on < %(today)s
"""
"""Its date is a day of the marketplace and approximate (頃): nothing happens at a moment, so nothing is due at one."""

PAUSED = """
    SELECT 'paused', verdict.id, room.id, verdict.recorded_at, NULL::timestamptz, service.title, ''
    FROM marketplace_seller seller
    JOIN marketplace_verdict verdict
      ON verdict.seller_id = seller.id AND verdict.at_fault = 'seller' AND verdict.acknowledged_at IS NULL
    JOIN marketplace_deal deal ON deal.id = verdict.deal_id
    JOIN marketplace_talkroom room ON room.deal_id = deal.id
    JOIN marketplace_service service ON service.id = deal.service_id
    WHERE seller.user_id = %(person)s
"""

REVIEW = """
    SELECT 'review', deal.id, room.id, deal.ended_at, NULL::timestamptz, service.title, ''
    FROM marketplace_deal deal
    JOIN marketplace_talkroom room ON room.deal_id = deal.id
    JOIN marketplace_service service ON service.id = deal.service_id
    WHERE deal.buyer_id = %(person)s AND deal.ended_at >= %(reviewed_from)s AND deal.status = 'completed'
      AND NOT EXISTS (SELECT FROM marketplace_review review WHERE review.deal_id = deal.id)
"""

UNREACHABLE = """
    SELECT 'unreachable', person.id, NULL::uuid, COALESCE(broken.since, person.date_joined), NULL::timestamptz, '', ''
    FROM marketplace_user person
    CROSS JOIN LATERAL (
        SELECT max(reach.broken_at) AS since,
               bool_or(reach.channel = 'email' AND reach.address = person.email) AS email,
               bool_or(reach.channel = 'push') AS push
        FROM notifications_reach reach
        WHERE reach.person_id = person.id AND reach.broken_at IS NOT NULL
    ) broken
    WHERE person.id = %(person)s
      AND (person.email = '' OR person.email_confirmed_at IS NULL OR COALESCE(broken.email, FALSE))
      AND (COALESCE(broken.push, FALSE)
           OR NOT EXISTS (SELECT FROM notifications_pushsubscription browser WHERE browser.person_id = person.id))
"""
"""No confirmed e-mail address and no browser, or all of them refuse for good. Another address begins anew."""

PARTS = (CANCEL_REQUEST, REPLY, APPROVE, SCHEDULE, MILESTONE, PAUSED, REVIEW, UNREACHABLE)

WAITING = f"""
    WITH running AS ({RUNNING}), against_you AS ({AGAINST_YOU}),
    waiting (kind, subject, room, since, due_at, service, milestone) AS ({" UNION ALL ".join(PARTS)})
"""

LIST = f"""{WAITING}
    SELECT kind, subject, room, since, due_at, service, milestone, count(*) OVER () FROM waiting
    ORDER BY due_at NULLS LAST, since, kind, subject
    LIMIT %(at_most)s
"""  # noqa: S608 - made of the constants above

COUNT = f"{WAITING} SELECT count(*) FROM waiting"  # noqa: S608 - the same
