"""What a mail server's refusal means (RFC 5321, RFC 3463): a table."""

import pytest

from notifications.channels.answers import Meaning, meaning_of

ADDRESS, MESSAGE, OURS, TEMPORARY = Meaning.ADDRESS, Meaning.MESSAGE, Meaning.OURS, Meaning.TEMPORARY

ANSWERS = [
    (550, "5.1.1 no such user", ADDRESS),
    (550, "5.1.2 no such domain", ADDRESS),
    (553, "5.1.3 bad syntax", ADDRESS),
    (551, "5.1.6 moved", ADDRESS),
    (556, "5.1.10 null MX", ADDRESS),
    (550, "5.1.7 bad sender address", OURS),
    (550, "5.1.8 sender's domain unknown", OURS),
    (550, "5.2.1 disabled", ADDRESS),
    (552, "5.2.2 over quota", TEMPORARY),
    (552, "5.2.3 too long for the mailbox", MESSAGE),
    (550, "5.2.0 something about the mailbox", TEMPORARY),
    (552, "5.3.1 system full", TEMPORARY),
    (554, "5.3.2 takes nothing now", TEMPORARY),
    (552, "5.3.4 too big", MESSAGE),
    (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)", ADDRESS),
    (550, "5.4.1 no answer from host", TEMPORARY),
    (554, "5.4.6 loop", TEMPORARY),
    (555, "5.5.4 parameters", MESSAGE),
    (554, "5.6.0 content", MESSAGE),
    (550, "5.7.1 blocked, see https://example.com/185.5.1.1", OURS),
    (554, "5.7.26 unauthenticated", OURS),
    (550, "no such user", ADDRESS),
    (551, "not local", ADDRESS),
    (553, "name not allowed", ADDRESS),
    (521, "takes no mail", ADDRESS),
    (552, "exceeded storage", TEMPORARY),
    (554, "transaction failed", TEMPORARY),
    (550, "185.5.1.1 is on a list", ADDRESS),  # an IP address is no status code: 550 alone decides
    (500, "what?", MESSAGE),
    (450, "5.1.1 unknown, for now", TEMPORARY),
    (550, "4.2.2 over quota", TEMPORARY),
    (452, "too many", TEMPORARY),
    (550, "host mx.example said: 550-5.1.1 no such user (in reply to RCPT TO)", ADDRESS),
    (550, "(#5.2.2) over quota", TEMPORARY),
    (550, "#5.1.1 no such user", ADDRESS),
    (550, "5.0.0 no such user", ADDRESS),
    (0, "5.1.1", ADDRESS),
    (0, "5.2.2", TEMPORARY),
    (0, "4.4.7", TEMPORARY),
]


@pytest.mark.parametrize(("code", "text", "meaning"), ANSWERS)
def test_an_answer_to_a_recipient_means(code: int, text: str, meaning: Meaning) -> None:
    assert meaning_of(code, f"{code} {text}" if code else text) is meaning


@pytest.mark.parametrize(
    ("code", "text", "meaning"),
    [
        (550, "we take no such message", MESSAGE),
        (552, "full", TEMPORARY),
        (554, "5.7.1 spam", OURS),
        (550, "5.1.1 no such user", ADDRESS),
        (554, "5.6.0 content", MESSAGE),
    ],
)
def test_an_answer_to_the_message_is_about_the_address_only_if_it_says_so(
    code: int, text: str, meaning: Meaning
) -> None:
    assert meaning_of(code, f"{code} {text}", of_the_recipient=False) is meaning
