"""What Renraku refuses, and the words it refuses with.

A refusal is an exception: its `code` is stable and goes to machines, its docstring is the English
message, `ja` the Japanese one. `marketplace.api.problems` alone turns it into an HTTP answer.
"""

from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is the product's word, and no error of the program
    """The request was refused."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    ja: ClassVar[str] = "リクエストは受け付けられませんでした。"

    def __init__(self, **facts: object) -> None:
        super().__init__(self.message())
        self.facts = facts

    @classmethod
    def message(cls, language: str = "en") -> str:
        """Say why, in `ja` or `en`."""
        return cls.ja if language == "ja" else " ".join((cls.__doc__ or "").split())


# Who may see and do what


class NotFound(Refusal):
    """There is nothing here that you may see."""

    code = "not_found"
    status = 404
    ja = "お探しのものは見つかりませんでした。"


class NotYoursToDo(Refusal):
    """You may see this, but you may not do that with it."""

    code = "permission_denied"
    status = 403
    ja = "この操作を行う権限がありません。"


# A cancel request (R1, R8)


class DealNotInProgress(Refusal):
    """The deal is not in progress."""

    code = "deal_not_in_progress"
    ja = "この取引は進行中ではありません。"


class RequestAlreadyOpen(Refusal):
    """A cancel request is already open in this talk room."""

    code = "request_already_open"
    ja = "このトークルームでは、すでにキャンセルリクエストが送信されています。"


class LastMessageNotYours(Refusal):
    """The last contact in this talk room is not yours: write first, then wait."""

    code = "last_message_not_yours"
    ja = "トークルームの最終メッセージ送信者があなたではありません。まずメッセージを送信してください。"


class RespondentContactedRecently(Refusal):
    """The other party has been in contact too recently."""

    code = "respondent_contacted_recently"
    ja = "相手の最終連絡から、まだ十分な時間が経過していません。"


class TooManyRequestsToday(Refusal):
    """Too many cancel requests were placed in this talk room within the last 24 hours."""

    code = "too_many_requests_today"
    ja = "直近24時間にこのトークルームで送信できるキャンセルリクエストの上限に達しました。"


class RequestNotOpen(Refusal):
    """The cancel request is no longer open."""

    code = "request_not_open"
    ja = "このキャンセルリクエストはすでに終了しています。"


# A talk room


class RoomClosed(Refusal):
    """The deal has ended, and its talk room is closed."""

    code = "room_closed"
    ja = "取引が終了したため、トークルームは閉じられています。"


class ReplyDeadlinePassed(Refusal):
    """The reply deadline had passed, and the deal was cancelled."""

    code = "reply_deadline_passed"
    ja = "返信期限を過ぎたため、取引はキャンセルされました。"


# Services


class ServiceNotAccepting(Refusal):
    """The service does not accept purchases at present."""

    code = "service_not_accepting"
    ja = "このサービスは現在、受付休止中です。"


class OwnService(Refusal):
    """You cannot buy your own service."""

    code = "own_service"
    ja = "自分のサービスは購入できません。"


class SellerPaused(Refusal):
    """Acknowledge the cancellation first: POST sellers/me/resume/."""

    code = "seller_paused"
    ja = "先に、キャンセルの内容を確認して受付を再開してください (sellers/me/resume/)。"


class ServiceIsDraft(Refusal):
    """The service is a draft: publish it first."""

    code = "service_is_draft"
    ja = "下書きのサービスです。先に公開してください。"


class AlreadyPublished(Refusal):
    """The service has been published already."""

    code = "already_published"
    ja = "このサービスはすでに公開されています。"


class NotASeller(Refusal):
    """You have no services yet, so there is nothing to resume."""

    code = "not_a_seller"
    ja = "出品しているサービスがありません。"


class NotYourService(Refusal):
    """One of these services is not yours."""

    code = "not_your_service"
    status = 400
    ja = "自分のものではないサービスが含まれています。"
