"""Reads a mail server's refusal: is it about the address, about us, or only for now? Pure.

An answer has a reply code (RFC 5321, 4.2) and perhaps an enhanced status code (RFC 3463) with the subject.
5xx alone does not mean a wrong address: for a full mailbox, a full system or a block list, we try again.
"""

import re
from enum import StrEnum


class Meaning(StrEnum):
    TEMPORARY = "temporary"
    """Try again: the address may be right."""
    OURS = "ours"
    """Try again, and mend what is ours: our address, our standing, our signatures."""
    ADDRESS = "address"
    """There is no such mailbox, or it takes no mail at all."""
    MESSAGE = "message"
    """This message is never taken; another one may be."""


ENHANCED = re.compile(r"(?:^|(?<=[\s(#\[:-]))([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
TEMPORARY_CODES = range(400, 500)

BY_STATUS: dict[str, Meaning] = {
    "1.7": Meaning.OURS,  # the sender's address is malformed …
    "1.8": Meaning.OURS,  # … or unknown there
    "1": Meaning.ADDRESS,  # no such mailbox, no such domain, moved, null MX
    "2.1": Meaning.ADDRESS,  # disabled
    "2.3": Meaning.MESSAGE,  # longer than the mailbox takes
    "2": Meaning.TEMPORARY,  # 2.2: over quota; and what nobody explains
    "3.4": Meaning.MESSAGE,  # longer than the system takes
    "3": Meaning.TEMPORARY,  # the system is full, or takes nothing now
    "4": Meaning.TEMPORARY,  # the way there
    "5": Meaning.MESSAGE,  # it did not understand us
    "6": Meaning.MESSAGE,  # content that it does not take
    "7": Meaning.OURS,  # policy: spam, block lists, relaying, our signatures
}
"""By subject and detail of an enhanced code that begins with 5, else by its subject."""
BY_CODE: dict[int, Meaning] = {
    550: Meaning.ADDRESS,
    551: Meaning.ADDRESS,  # not local; it will not forward
    553: Meaning.ADDRESS,  # the name is not allowed
    521: Meaning.ADDRESS,  # the host takes no mail (RFC 7504) …
    556: Meaning.ADDRESS,  # … nor does the domain
    552: Meaning.TEMPORARY,  # over quota
    554: Meaning.TEMPORARY,  # "transaction failed": policy, mostly
}
"""Without an enhanced code, for a recipient; any other 5xx is about the message."""
NOBODY = re.compile(r"recipient address rejected: access denied", re.IGNORECASE)
"""How Exchange Online says, with 5.4.1, that there is no such mailbox."""


def meaning_of(code: int, text: str, *, of_the_recipient: bool = True) -> Meaning:
    """Return what a refusal means. `code` is 0 where only a status code is known (a DSN).

    A refusal of the message as such, without an enhanced code, is never about the address.
    """
    enhanced = ENHANCED.search(text)
    if code in TEMPORARY_CODES or (enhanced and enhanced[1] == "4"):
        return Meaning.TEMPORARY
    if enhanced is None or enhanced[1] != "5" or (not int(enhanced[2]) and code):  # 5.0.x says no more than the code
        meaning = BY_CODE.get(code, Meaning.MESSAGE)
        return meaning if of_the_recipient or meaning is not Meaning.ADDRESS else Meaning.MESSAGE
    subject, detail = (str(int(number)) for number in enhanced.groups()[1:])
    if (subject, detail) == ("4", "1") and NOBODY.search(text):
        return Meaning.ADDRESS
    return BY_STATUS.get(f"{subject}.{detail}") or BY_STATUS.get(subject, Meaning.MESSAGE)
