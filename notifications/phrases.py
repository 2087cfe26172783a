"""What can be said to people, in Japanese and English: what happened, what to do, until when, what otherwise.

`{names}` are facts of the notice, which `wording` puts into words for its reader; `{until}` is the
deadline with what remains of it. Words only: the functions stand there.
"""

from typing import NamedTuple

from marketplace.vocabulary import Language
from notifications.vocabulary import Kind


class Said(NamedTuple):
    """One notice in one language: a title, and sentences with `{names}` of facts."""

    title: str
    body: str
    title_afterwards: str = ""
    """The title for who reads it when the deadline has passed, where the first one counts down to it."""


class Words(NamedTuple):
    """One notice in each language."""

    en: Said
    ja: Said

    def spoken(self, language: Language) -> Said:
        """Return the notice in this language."""
        return self.ja if language == Language.JAPANESE else self.en


WORDS: dict[str, Words] = {
    "purchase": Words(
        Said(
            "{counterpart} bought “{service}”",
            "{counterpart} bought “{service}” for {price}. Write a first message in the talk room, and share a "
            "schedule. {consequence}",
        ),
        Said(
            "「{service}」が購入されました",
            "{counterpart}さんが「{service}」を{price}で購入しました。トークルームで最初のメッセージを送り、"
            "スケジュールを共有しましょう。{consequence}",
        ),
    ),
    "message": Words(
        Said("{counterpart} wrote to you", "There is a new message about “{service}”. Please look at the talk room."),
        Said(
            "{counterpart}さんからメッセージが届きました",
            "「{service}」について新しいメッセージがあります。トークルームをご確認ください。",
        ),
    ),
    "schedule": Words(
        Said("{counterpart} shared or changed the schedule", "The schedule of “{service}” has changed. Please look."),
        Said(
            "{counterpart}さんがスケジュールを共有・変更しました",
            "「{service}」のスケジュールが更新されました。ご確認ください。",
        ),
    ),
    "request_placed": Words(
        Said(
            "Reply by {deadline}: {counterpart} asked to cancel “{service}”",
            "{counterpart} placed a cancel request, because there was no word from you. Any message of yours in the "
            "talk room revokes it. Reply by {until}. {consequence}",
        ),
        Said(
            "{deadline}までにご返信ください: 「{service}」のキャンセルリクエスト",
            "ご連絡がなかったため、{counterpart}さんがキャンセルリクエストを送信しました。トークルームでご返信いただければ"
            "取り消されます。期限は{until}です。{consequence}",
        ),
    ),
    "request_due": Words(
        Said(
            "{remaining} to reply: “{service}” will be cancelled",
            "{counterpart}'s cancel request is still open. Any message of yours in the talk room revokes it. "
            "Reply by {until}. {consequence}",
            title_afterwards="The reply about “{service}” was due by {deadline}",
        ),
        Said(
            "返信期限まで{remaining}: 「{service}」がキャンセルされます",
            "{counterpart}さんのキャンセルリクエストはまだ有効です。トークルームでご返信いただければ取り消されます。"
            "期限は{until}です。{consequence}",
            title_afterwards="「{service}」の返信期限は{deadline}でした",
        ),
    ),
    "request_revoked": Words(
        Said("{counterpart} replied", "{counterpart} replied about “{service}”, so the cancel request is revoked."),
        Said(
            "{counterpart}さんから返信がありました",
            "「{service}」について返信があったため、キャンセルリクエストは取り消されました。",
        ),
    ),
    "request_withdrawn": Words(
        Said(
            "The cancel request was withdrawn",
            "{counterpart} withdrew the cancel request about “{service}”. Please keep in touch in the talk room.",
        ),
        Said(
            "キャンセルリクエストが取り下げられました",
            "{counterpart}さんが「{service}」のキャンセルリクエストを取り下げました。引き続きトークルームでご連絡ください。",
        ),
    ),
    "request_ended": Words(
        Said("The cancel request ended", "The cancel request about “{service}” ended, for the deal has moved on."),
        Said(
            "キャンセルリクエストは終了しました",
            "「{service}」の取引が進んだため、キャンセルリクエストは終了しました。",
        ),
    ),
    "request_held": Words(
        Said(
            "Our staff hold the cancel request",
            "The clock of the cancel request about “{service}” stands still. Reason: {reason}",
        ),
        Said(
            "キャンセルリクエストが保留されました",
            "「{service}」のキャンセルリクエストの期限の計測を止めました。理由: {reason}",
        ),
    ),
    "request_released": Words(
        Said(
            "The cancel request runs on until {deadline}",
            "The cancel request about “{service}” is no longer held. Its deadline is {until}. Reason: {reason}",
        ),
        Said(
            "キャンセルリクエストの期限は{deadline}です",
            "「{service}」のキャンセルリクエストの保留を解除しました。期限は{until}です。理由: {reason}",
        ),
    ),
    "request_extended": Words(
        Said(
            "There is more time to reply",
            "The window of the cancel request about “{service}” was extended. {new_deadline} Reason: {reason}",
        ),
        Said(
            "返信期限が延長されました",
            "「{service}」のキャンセルリクエストの期限を延長しました。{new_deadline}理由: {reason}",
        ),
    ),
    "delivered": Words(
        Said(
            "{counterpart} delivered “{service}”",
            "Look at the delivery, and approve it or send it back by {until}. Otherwise it counts as approved.",
        ),
        Said(
            "「{service}」が納品されました",
            "内容を確認し、{until}までに承認または差し戻しをしてください。期限を過ぎると承認済みとなります。",
        ),
    ),
    "approval_due": Words(
        Said(
            "{remaining} to look at the delivery of “{service}”",
            "{counterpart}'s delivery waits for you. Approve it or send it back by {deadline}. "
            "Otherwise it counts as approved.",
            title_afterwards="The delivery of “{service}” was to be looked at by {deadline}",
        ),
        Said(
            "納品の確認期限まで{remaining}: 「{service}」",
            "{counterpart}さんの納品をご確認ください。{deadline}までに承認または差し戻しをしてください。"
            "期限を過ぎると承認済みとなります。",
            title_afterwards="「{service}」の納品の確認期限は{deadline}でした",
        ),
    ),
    "sent_back": Words(
        Said(
            "{counterpart} sent “{service}” back", "Read in the talk room what is missing, and say when it will come."
        ),
        Said(
            "「{service}」が差し戻されました",
            "不足している点をトークルームでご確認のうえ、いつお渡しできるかをご連絡ください。",
        ),
    ),
    "approved": Words(
        Said("{counterpart} approved “{service}”", "The deal is completed. Thank you for the good work."),
        Said(
            "「{service}」が承認されました", "{counterpart}さんが納品を承認し、取引が完了しました。お疲れさまでした。"
        ),
    ),
    "approved_by_window": Words(
        Said("“{service}” is completed", "The approval window passed, so the delivery counts as approved."),
        Said("「{service}」の取引が完了しました", "承認期限を過ぎたため、納品は承認済みとなりました。"),
    ),
    "cancelled_at_fault": Words(
        Said(
            "“{service}” was cancelled: there was no reply by {effective_at}",
            "There was no word from you before the deadline, so the deal was cancelled. {what_followed}",
        ),
        Said(
            "「{service}」はキャンセルされました: {effective_at}までに返信がありませんでした",
            "期限までにご連絡がなかったため、取引は「{verdict}」となりました。{what_followed}",
        ),
    ),
    "cancelled_not_at_fault": Words(
        Said(
            "“{service}” was cancelled: {counterpart} did not reply",
            "There was no word from {counterpart} before {effective_at}, so the deal was cancelled. {refund} goes back "
            "to the buyer.",
        ),
        Said(
            "「{service}」はキャンセルされました: {counterpart}さんから返信がありませんでした",
            "{effective_at}までに{counterpart}さんからご連絡がなかったため、取引は「{verdict}」となりました。"
            "{refund}が購入者に返金されます。",
        ),
    ),
    "reversed": Words(
        Said(
            "The cancellation of “{service}” counts for nothing any more",
            "Our staff reversed its consequences; nobody is at fault. The deal stays cancelled. Reason: {reason}",
        ),
        Said(
            "「{service}」の自動キャンセルの扱いが取り消されました",
            "運営が自動キャンセルの影響を取り消しました。どちらの責任にもなりません。取引はキャンセルのままです。理由: {reason}",
        ),
    ),
    "review": Words(
        Said("{counterpart} reviewed “{service}”: {stars}", "Thank you for your work. Read the review with the deal."),
        Said(
            "「{service}」に評価が届きました: {stars}",
            "{counterpart}さんから評価が届きました。取引のページでご覧ください。",
        ),
    ),
    "silence": Words(
        Said(
            "{counterpart} waits for a word about “{service}”",
            "{counterpart} has been waiting for a word from you since {owed_since}. From {until} a cancel request "
            "is possible. One line in the talk room is enough.",
        ),
        Said(
            "{counterpart}さんが「{service}」の連絡を待っています",
            "{counterpart}さんは{owed_since}からご返信をお待ちです。{until}から、キャンセルリクエストを"
            "送信できるようになります。トークルームで一言ご連絡ください。",
        ),
    ),
    "silence_possible": Words(
        Said(
            "{counterpart} waits for a word about “{service}”",
            "{counterpart} has been waiting for a word from you since {owed_since}, and can ask to cancel at any "
            "time. One line in the talk room is enough.",
        ),
        Said(
            "{counterpart}さんが「{service}」の連絡を待っています",
            "{counterpart}さんは{owed_since}からご返信をお待ちで、いつでもキャンセルリクエストを送信できます。"
            "トークルームで一言ご連絡ください。",
        ),
    ),
    "silence_over": Words(
        Said(
            "{counterpart} can now ask to cancel “{service}”",
            "{counterpart} has been waiting for a word from you since {owed_since}. Write now in the talk room: then "
            "no request can be placed.",
        ),
        Said(
            "{counterpart}さんは「{service}」のキャンセルリクエストを送信できるようになりました",
            "{counterpart}さんは{owed_since}からご返信をお待ちです。今トークルームでご連絡いただければ、"
            "キャンセルリクエストは送信できなくなります。",
        ),
    ),
    "silence_over_for_requester": Words(
        Said(
            "You can now ask to cancel “{service}”",
            "{counterpart} has not written since {silent_since}. You may place a cancel request in the talk room; "
            "any reply within the window revokes it.",
        ),
        Said(
            "「{service}」のキャンセルリクエストを送信できます",
            "{counterpart}さんから{silent_since}以降、ご連絡がありません。トークルームからキャンセルリクエストを送信できます。"
            "期限内に返信があれば取り消されます。",
        ),
    ),
    "unanswered": Words(
        Said(
            "{counterpart} waits for your first message about “{service}”",
            "The purchase has not been answered yet. Say hello, and share a schedule.",
        ),
        Said(
            "{counterpart}さんが「{service}」の最初のメッセージを待っています",
            "購入にまだ返信していません。ご挨拶とスケジュールの共有をお願いします。",
        ),
    ),
    "first_contact_due": Words(
        Said(
            "{remaining} for a first message: “{service}” will be cancelled",
            "Write to {counterpart} by {until}. {consequence}",
            title_afterwards="The first message about “{service}” was due by {deadline}",
        ),
        Said(
            "最初のご連絡の期限まで{remaining}: 「{service}」がキャンセルされます",
            "{until}までに{counterpart}さんへご連絡ください。{consequence}",
            title_afterwards="「{service}」の最初のご連絡の期限は{deadline}でした",
        ),
    ),
    "no_schedule": Words(
        Said(
            "Share a schedule for “{service}”",
            "{counterpart} does not know yet when to expect what. Share the milestones and the delivery date.",
        ),
        Said(
            "「{service}」のスケジュールを共有しましょう",
            "{counterpart}さんは、いつ何が届くかをまだ知りません。初稿から納品日までの予定を共有してください。",
        ),
    ),
    "milestone_tomorrow": Words(
        Said(
            "Tomorrow: {milestone} of “{service}”",
            "The schedule says {due_on} for {milestone}. If it will slip, say so now, and change the schedule.",
        ),
        Said(
            "明日は「{service}」の{milestone}の予定日です",
            "スケジュールでは{milestone}は{due_on}頃です。遅れそうな場合は、今のうちに連絡し、スケジュールを変更してください。",
        ),
    ),
    "milestone_overdue": Words(
        Said(
            "{milestone} of “{service}” is overdue",
            "The schedule says {due_on} for {milestone}, and {counterpart} has heard nothing since. Say when it will come.",
        ),
        Said(
            "「{service}」の{milestone}が予定日を過ぎています",
            "{milestone}の予定日は{due_on}頃でしたが、その後ご連絡がありません。いつになるかを{counterpart}さんにご連絡ください。",
        ),
    ),
    "no_progress": Words(
        Said(
            "How far is “{service}”?",
            "{counterpart} has heard nothing of its progress for a while. A short report in the talk room is enough.",
        ),
        Said(
            "「{service}」の進捗を共有しましょう",
            "しばらく進捗の共有がありません。トークルームで{counterpart}さんに短い報告をお願いします。",
        ),
    ),
    "digest": Words(
        Said("{count} things wait for you", "These wait for you:\n{lines}"),
        Said("未対応の取引が{count}件あります", "次の取引への対応をお願いします。\n{lines}"),
    ),
    "bundle": Words(
        Said("{count} messages and changes about “{service}”", "Since you were last told:\n{lines}"),
        Said(
            "「{service}」のトークルームに新着が{count}件あります", "前回のメール以降、次のことがありました。\n{lines}"
        ),
    ),
    "test": Words(
        Said("This is the test that you asked for", "It arrived. Confirm it with the code {code}."),
        Said("テスト通知です", "通知が届きました。確認コード {code} を入力してください。"),
    ),
}

KINDS: dict[Kind, tuple[str, str]] = {
    Kind.PURCHASE: ("Purchases of your services", "サービスの購入"),
    Kind.MESSAGE: ("Messages", "メッセージ"),
    Kind.REQUEST_PLACED: ("Cancel requests against you", "あなたへのキャンセルリクエスト"),
    Kind.REQUEST_DUE: ("Reminders of a reply deadline", "返信期限のリマインド"),
    Kind.REQUEST_CHANGED: ("What becomes of a cancel request", "キャンセルリクエストの状況"),
    Kind.CANCELLED: ("Cancellations", "自動キャンセル"),
    Kind.REVERSED: ("Reversed cancellations", "自動キャンセルの取り消し"),
    Kind.DELIVERED: ("Deliveries", "納品"),
    Kind.APPROVAL_DUE: ("Reminders of an approval", "承認期限のリマインド"),
    Kind.SENT_BACK: ("Deliveries sent back", "差し戻し"),
    Kind.COMPLETED: ("Completed deals", "取引の完了"),
    Kind.REVIEW: ("Reviews", "評価"),
    Kind.SCHEDULE: ("Changes of a schedule", "スケジュールの変更"),
    Kind.SILENCE: ("Reminders to keep in touch", "連絡のリマインド"),
    Kind.FIRST_ANSWER: ("Purchases without an answer", "購入への返信のリマインド"),
    Kind.NO_SCHEDULE: ("Reminders to share a schedule", "スケジュール共有のリマインド"),
    Kind.MILESTONE: ("Reminders of a schedule's dates", "予定日のリマインド"),
    Kind.PROGRESS: ("Reminders to report progress", "進捗共有のリマインド"),
    Kind.DIGEST: ("The daily digest", "未対応のまとめ"),
    Kind.TEST: ("Tests", "テスト通知"),
}
