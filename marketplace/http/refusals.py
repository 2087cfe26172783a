"""What the HTTP API itself refuses. The marketplace's own refusals stand in `marketplace.errors`."""

from django.utils.translation import gettext_lazy as _

from marketplace.errors import Refusal


class InvalidCredentials(Refusal):
    code = "invalid_credentials"
    status = 401
    message = _("User name and password do not go together.")


class InvalidCursor(Refusal):
    code = "invalid_cursor"
    status = 400
    message = _("The cursor is not one of this list's: begin again without it.")


class InvalidIdempotencyKey(Refusal):
    code = "invalid_idempotency_key"
    status = 400
    message = _("The header Idempotency-Key takes 1 to 255 printable ASCII characters.")


class InvalidIfMatch(Refusal):
    code = "invalid_if_match"
    status = 400
    message = _("The header If-Match takes * or ETags in quotation marks, as an earlier answer gave them.")


class PreconditionNotHeeded(Refusal):
    code = "precondition_not_heeded"
    status = 400
    message = _("If-Match and If-None-Match are heeded only where the documentation says so: leave them out here.")


class IdempotencyKeyReused(Refusal):
    code = "idempotency_key_reused"
    status = 422
    message = _("The Idempotency-Key was used here with another body.")


class BodyTooLarge(Refusal):
    code = "body_too_large"
    status = 413
    message = _("The body is larger than any request here needs.")
