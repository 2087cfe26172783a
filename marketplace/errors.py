"""What Renraku refuses, and the words it refuses with.

A refusal is an exception: its `code` is stable and goes to machines, its docstring is the English
message, `ja` the Japanese one. `marketplace.http.problems` alone turns it into an HTTP answer.
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


class NothingToRead(Refusal):
    """Write something that can be seen."""

    code = "blank"
    status = 400
    ja = "表示される文字を入力してください。"


class ControlsInName(Refusal):
    """A name may not hold these control characters."""

    code = "control_characters"
    status = 400
    ja = "名前に次の制御文字は使用できません。"


class AlphabetsInName(Refusal):
    """A name may not mix letters of Latin, Greek, Cyrillic and other alphabets that look alike."""

    code = "mixed_alphabets"
    status = 400
    ja = "ラテン文字・ギリシャ文字・キリル文字など、見分けにくい文字を混ぜた名前は使用できません。"


class PasswordChanged(Refusal):
    """The password was changed meanwhile: log in again."""

    code = "password_changed"
    status = 401
    ja = "パスワードが変更されました。もう一度ログインしてください。"


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


class NotOwedLongEnough(Refusal):
    """The other party has owed you a reply for too short a time."""

    code = "not_owed_long_enough"
    ja = "あなたのメッセージへの返信を待つ時間が、まだ十分に経過していません。"


class TooManyRequestsToday(Refusal):
    """Too many cancel requests were placed in this talk room within the last 24 hours."""

    code = "too_many_requests_today"
    ja = "直近24時間以内にこのトークルームで送信できるキャンセルリクエストの上限に達しました。"


class RequestNotOpen(Refusal):
    """The cancel request is no longer open."""

    code = "request_not_open"
    ja = "このキャンセルリクエストはすでに終了しています。"


class RequestAlreadyHeld(Refusal):
    """The cancel request is held already."""

    code = "request_already_held"
    ja = "このキャンセルリクエストはすでに保留されています。"


class RequestNotHeld(Refusal):
    """The cancel request is not held."""

    code = "request_not_held"
    ja = "このキャンセルリクエストは保留されていません。"


class AlreadyReversed(Refusal):
    """The verdict was reversed already."""

    code = "already_reversed"
    ja = "この自動キャンセルはすでに取り消されています。"


class ReasonNeeded(Refusal):
    """Say why: a reason of 1 to 1,000 characters is kept with the event."""

    code = "reason_needed"
    status = 400
    ja = "理由を1〜1,000文字で入力してください。"


class ExtensionOutOfRange(Refusal):
    """An extension is longer than zero and at most 366 days."""

    code = "extension_out_of_range"
    status = 400
    ja = "延長時間は0より長く、366日以内で指定してください。"


# Delivery and review


class NothingDelivered(Refusal):
    """Nothing was delivered that could be approved or sent back."""

    code = "nothing_delivered"
    ja = "承認または差し戻しできる納品がありません。"


class ApprovalWindowPassed(Refusal):
    """The approval window had passed, and the delivery counts as approved."""

    code = "approval_window_passed"
    ja = "承認期限を過ぎたため、納品は承認済みとなりました。"


class DealNotCompleted(Refusal):
    """Only a completed deal can be reviewed."""

    code = "deal_not_completed"
    ja = "評価できるのは、完了した取引のみです。"


class AlreadyReviewed(Refusal):
    """You have reviewed this deal already."""

    code = "already_reviewed"
    ja = "この取引はすでに評価済みです。"


# The schedule


class UnknownMilestone(Refusal):
    """One of these milestones is not in this schedule, or is named twice."""

    code = "unknown_milestone"
    status = 400
    ja = "このスケジュールにない、または重複したマイルストーンが含まれています。"


# A talk room


class Stale(Refusal):
    """What you saw has changed since: read it again before you decide."""

    code = "stale"
    status = 412
    ja = "ご覧になった後に内容が変わりました。もう一度確認してください。"


class MessageAlreadyHidden(Refusal):
    """The message is hidden already."""

    code = "message_already_hidden"
    ja = "このメッセージはすでに非表示です。"


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


class TooManyRunningDeals(Refusal):
    """You have as many running deals with this seller as one buyer may have: finish one first."""

    code = "too_many_running_deals"
    ja = "この出品者との進行中の取引が上限に達しています。いずれかの取引が終了してから購入してください。"


class SellerPaused(Refusal):
    """Acknowledge the cancellation first."""

    code = "seller_paused"
    ja = "先に、自動キャンセルの内容を確認してください。"


class ServiceIsDraft(Refusal):
    """The service is a draft: publish it first."""

    code = "service_is_draft"
    ja = "下書きのサービスです。先に公開してください。"


class AlreadyPublished(Refusal):
    """The service has been published already."""

    code = "already_published"
    ja = "このサービスはすでに公開されています。"


class ServiceTakenDown(Refusal):
    """The marketplace took this service down: ask its support to put it back."""

    code = "service_taken_down"
    ja = "このサービスは運営により掲載停止中です。再開についてはサポートへお問い合わせください。"


class ServiceNotTakenDown(Refusal):
    """The service is not taken down."""

    code = "service_not_taken_down"
    ja = "このサービスは掲載停止中ではありません。"


class ReviewAlreadyHidden(Refusal):
    """The review is hidden already."""

    code = "review_already_hidden"
    ja = "この評価はすでに非表示です。"


class ReviewOfAVerdict(Refusal):
    """The review belongs to a verdict: reverse the verdict instead."""

    code = "review_of_a_verdict"
    ja = "自動キャンセルによる評価です。自動キャンセルを取り消してください。"


class NotASeller(Refusal):
    """You are not a seller yet: create a service first."""

    code = "not_a_seller"
    ja = "まだ出品者ではありません。先にサービスを作成してください。"


class NotYourService(Refusal):
    """One of these services is not yours."""

    code = "not_your_service"
    status = 400
    ja = "自分のものではないサービスが含まれています。"
