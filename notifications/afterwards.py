"""What a notice says in the inbox when its time has passed: as history, not as something that is still to be done."""

from marketplace.vocabulary import Language

BODY = (
    "This has passed: it was true when you were told. Where you can act now, the page behind this notice shows it.",
    "この通知の内容は、お送りした時点のものです。現在の状況はリンク先のページでご確認ください。",
)

TITLES: dict[str, tuple[str, str]] = {
    "request_placed": (
        "{counterpart} asked to cancel “{service}”",
        "{counterpart}さんが「{service}」のキャンセルリクエストを送信しました",
    ),
    "request_held": ("Our staff held the cancel request", "キャンセルリクエストは一時保留されていました"),
    "request_released": (
        "The cancel request about “{service}” was no longer held",
        "「{service}」のキャンセルリクエストの保留が解除されました",
    ),
    "request_extended": ("There was more time to reply", "返信期限が延長されていました"),
    "request_due": (
        "There was a cancel request about “{service}”",
        "「{service}」のキャンセルリクエストがありました",
    ),
    "approval_due": (
        "The delivery of “{service}” was to be looked at",
        "「{service}」の納品の確認をお願いしていました",
    ),
    "first_contact_due": (
        "A first message about “{service}” was due",
        "「{service}」の最初のご連絡をお願いしていました",
    ),
    "silence": (
        "{counterpart} waited for a word about “{service}”",
        "{counterpart}さんが「{service}」の連絡を待っていました",
    ),
    "silence_over": (
        "{counterpart} could ask to cancel “{service}”",
        "{counterpart}さんは「{service}」のキャンセルリクエストを送信できる状態でした",
    ),
    "silence_over_for_requester": (
        "You could ask to cancel “{service}”",
        "「{service}」のキャンセルリクエストを送信できる状態でした",
    ),
    "unanswered": (
        "{counterpart} waited for your first message about “{service}”",
        "{counterpart}さんが「{service}」の最初のメッセージを待っていました",
    ),
    "no_schedule": ("“{service}” had no schedule", "「{service}」のスケジュールはまだ共有されていませんでした"),
    "milestone_tomorrow": (
        "{milestone} of “{service}” was planned for {due_on}",
        "「{service}」の{milestone}は{due_on}頃の予定でした",
    ),
    "milestone_overdue": (
        "{milestone} of “{service}” was overdue",
        "「{service}」の{milestone}が予定日を過ぎていました",
    ),
    "no_progress": ("“{service}” was without a report", "「{service}」の進捗の共有をお願いしていました"),
    "digest": ("{count} things waited for you", "未対応の取引が{count}件ありました"),
    "test": ("This was the test that you asked for", "テスト通知でした"),
}
"""By words, in English and Japanese. What is not here tells what happened, and stays as it is said."""


def title(words: str, language: Language) -> str:
    """Return the title with `{names}` of facts, empty where the first one stands."""
    return TITLES[words][language == Language.JAPANESE] if words in TITLES else ""


def body(language: Language) -> str:
    """Return what stands in place of what was to be done."""
    return BODY[language == Language.JAPANESE]
