"""A worker that is really killed while it sends loses nothing: another one sends the notice."""

import signal
import uuid

import pytest

from config.local.ports import HOME
from tests.support.mail_server import HANGS, mail_server
from tests.support.stack import Stack, until

MAKE = """
    INSERT INTO notifications_notification
        (id, occasion, person_id, channel, kind, words, facts, made_at, state, attempts, next_attempt_at,
         last_error, refused_for_good)
    VALUES (%(id)s, 'digest', %(person)s, 'email', 'digest', 'digest', '{"count": 1, "lines": "- x"}', now(),
            'waiting', 0, now(), '', FALSE)
"""
PERSON = """
    INSERT INTO marketplace_user
        (id, username, password, email, email_confirmed_at, language, time_zone, is_active, is_staff, is_superuser,
         first_name, last_name, date_joined)
    VALUES (%(person)s, 'reader', '!', 'reader@example.com', now(), 'en', '', TRUE, FALSE, FALSE, '', '', now())
"""
TIME_GOES_BY = "UPDATE notifications_notification SET next_attempt_at = next_attempt_at - interval '2 minutes'"

THE_LEASE_ENDS = "UPDATE notifications_sender SET until = until - interval '2 minutes'"


@pytest.mark.django_db(databases=[])
def test_a_worker_killed_between_row_and_send_loses_nothing_and_another_one_sends_it_once() -> None:
    with mail_server() as server:
        server.at["RCPT"] = HANGS
        settings = {"EMAIL_URL": f"smtp://{HOME}:{server.port}", "EMAIL_TIMEOUT": "20", "REMINDER_INTERVAL": "2"}
        with Stack(settings, roles=("rest", "beat")) as stack, stack.connect() as database:
            row = {"id": str(uuid.uuid4()), "person": str(uuid.uuid4())}
            database.execute(PERSON, row)
            database.execute(MAKE, row)
            until(lambda: server.asked == 1, 30, "the worker to be sending")
            stack.kill("rest", signal.SIGKILL)

            columns = "SELECT state, attempts FROM notifications_notification"
            assert database.execute(columns).fetchone() == ("waiting", 1)
            assert server.received == []
            server.at.clear()
            database.execute(TIME_GOES_BY)
            database.execute(THE_LEASE_ENDS)
            stack.start("rest")
            until(lambda: database.execute(columns).fetchone() == ("sent", 2), 60, "another worker to send it")
            assert [message["Message-ID"] for message in server.received] == [f"<{row['id']}@localhost>"]
