"""The API's texts by stable code. Refusals have their own (`errors`, `refusals`)."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from marketplace.formats import number

PROBLEMS = {
    "invalid_input": _("Some of what was sent is not valid."),
    "parse_error": _("The body is not valid JSON in UTF-8."),
    "malformed_request": _("The request is malformed."),
    "unknown_host": _("This server does not answer under this host name."),
    "not_authenticated": _("Log in first."),
    "authentication_failed": _("This token is not valid: log in again."),
    "permission_denied": _("You may not do this."),
    "not_found": _("There is nothing here that you may see. Every address of this API ends with a slash."),
    "method_not_allowed": _("This address does not take this method."),
    "not_acceptable": _("Answers are application/json."),
    "unsupported_media_type": _("Send application/json."),
    "throttled": _("Too many requests: wait before the next one."),
    "temporarily_unavailable": _("This could not be done just now: try again."),
    "server_error": _("Something went wrong on our side."),
}

ORIGIN_REFUSED = _("Requests of the origin {origin} are not admitted. Operators: the setting to look at is {setting}.")

FIELDS = {
    "required": _("This is needed."),
    "null": _("This may not be null."),
    "blank": _("This may not be blank."),
    "invalid": _("This is not valid here."),
    "min_value": _("At least {limit}."),
    "max_value": _("At most {limit}."),
    "max_string_length": _("This is too long."),
    "invalid_choice": _("One of: {limit}."),
    "not_a_list": _("A list is needed."),
    "control_characters": _("Remove these control characters: {limit}."),
    "null_characters_not_allowed": _("NUL characters are not allowed."),
    "surrogate_characters_not_allowed": _("This is not valid Unicode."),
    "unknown": _("Nothing here has this name."),
    "unknown_time_zone": _("A name such as Asia/Tokyo is needed."),
}

REQUIREMENTS = {
    "revenue_yen": _("At least {least} yen of completed deals in the window. You have {has}."),
    "delivery_completion_rate": _("A delivery completion rate of at least {least} in the window. Yours: {has}."),
    "rating": _("A rating of at least {least} in the window. Yours: {has}."),
}
NONE_YET = pgettext_lazy("in a sentence", "none yet")
BELOW_THE_LINE = _("Your delivery completion rate is under {rate}: {points} points are taken off your search rank.")

SCHEDULE_CHANGED = _("The schedule was shared or changed.")
HIDDEN = _("This message was hidden by our staff.")


def too_long(limit: int, over: int) -> str:
    """Write the limit of a text. Both numbers are in characters, as people count them."""
    return ngettext(
        "At most {limit} characters. Too long by {over} character.",
        "At most {limit} characters. Too long by {over} characters.",
        over,
    ).format(limit=limit, over=over)


def too_many(limit: int) -> str:
    """Write the limit of a list."""
    return ngettext("At most {limit} entry.", "At most {limit} entries.", limit).format(limit=limit)


def sales(least: int, has: str) -> str:
    """Write what a rank asks of the number of completed deals."""
    return ngettext(
        "At least {least} completed deal in the window. You have {has}.",
        "At least {least} completed deals in the window. You have {has}.",
        least,
    ).format(least=number(least), has=has)


def not_below_the_line(deals: int, rate: str, points: str) -> str:
    """Write 「一定ライン」 for a seller who is not below it."""
    return ngettext(
        "From {deals} ended deal on, a delivery completion rate under {rate} takes {points} points off your"
        " search rank. It does not at present.",
        "From {deals} ended deals on, a delivery completion rate under {rate} takes {points} points off your"
        " search rank. It does not at present.",
        deals,
    ).format(deals=deals, rate=rate, points=points)
