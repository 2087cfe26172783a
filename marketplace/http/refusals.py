"""What the HTTP API itself refuses. The marketplace's own refusals stand in `marketplace.errors`."""

from marketplace.errors import Refusal


class InvalidCredentials(Refusal):
    """User name and password do not go together."""

    code = "invalid_credentials"
    status = 401
    ja = "ユーザー名またはパスワードが正しくありません。"


class InvalidCursor(Refusal):
    """The cursor is not one of this list's: begin again without it."""

    code = "invalid_cursor"
    status = 400
    ja = "カーソルが正しくありません。カーソルなしで取得し直してください。"


class InvalidIdempotencyKey(Refusal):
    """The header Idempotency-Key takes 1 to 255 printable ASCII characters."""

    code = "invalid_idempotency_key"
    status = 400
    ja = "ヘッダー Idempotency-Key は1〜255文字の印字可能な ASCII 文字で指定してください。"


class InvalidIfMatch(Refusal):
    """The header If-Match takes * or ETags in quotation marks, as an earlier answer gave them."""

    code = "invalid_if_match"
    status = 400
    ja = "ヘッダー If-Match には * か、以前の応答の ETag を引用符付きで指定してください。"


class PreconditionNotHeeded(Refusal):
    """If-Match and If-None-Match are heeded only where the documentation says so: leave them out here."""

    code = "precondition_not_heeded"
    status = 400
    ja = "ヘッダー If-Match と If-None-Match は、仕様書に記載のある呼び出しでのみ使用できます。外して送信してください。"


class IdempotencyKeyReused(Refusal):
    """The Idempotency-Key was used here with another body."""

    code = "idempotency_key_reused"
    status = 422
    ja = "この Idempotency-Key は、別の内容ですでに使用されています。"


class BodyTooLarge(Refusal):
    """The body is larger than any request here needs."""

    code = "body_too_large"
    status = 413
    ja = "本文が大きすぎます。"
