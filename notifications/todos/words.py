"""How a to-do is said: one kind line, in each language."""

from typing import NamedTuple

from marketplace.vocabulary import Language
from notifications.todos.kinds import Todo, TodoKind


class Line(NamedTuple):
    """One sentence in each language, with `{service}` and `{milestone}`."""

    en: str
    ja: str


LINES: dict[TodoKind, Line] = {
    TodoKind.CANCEL_REQUEST: Line(
        "Please reply about “{service}”: any message of yours revokes the cancel request.",
        "「{service}」のキャンセルリクエストが届いています。トークルームで返信すれば取り消されます。",
    ),
    TodoKind.REPLY: Line(
        "Please look at the talk room of “{service}”: your reply is awaited.",
        "トークルームをご確認ください: 「{service}」への返信をお願いします。",
    ),
    TodoKind.APPROVE: Line(
        "“{service}” was delivered: please approve it or send it back.",
        "「{service}」が納品されました。内容を確認し、承認または差し戻しをお願いします。",
    ),
    TodoKind.SCHEDULE: Line(
        "Please share a schedule for “{service}”, up to the delivery.",
        "「{service}」の納品までのスケジュールを共有しましょう。",
    ),
    TodoKind.MILESTONE: Line(
        "{milestone} of “{service}” is past its date: please say when it will come, or mark it done.",
        "「{service}」の{milestone}が予定日を過ぎています。いつになるかを共有するか、完了にしてください。",
    ),
    TodoKind.PAUSED: Line(
        "“{service}” was cancelled because you did not reply in time. Your services are paused: please resume them.",
        "「{service}」がご連絡のないままキャンセルされ、全サービスが受付休止中です。内容を確認し、受付を再開してください。",
    ),
    TodoKind.REVIEW: Line(
        "“{service}” is completed: please write a review.",
        "「{service}」の取引が完了しました。評価をお願いします。",
    ),
    TodoKind.UNREACHABLE: Line(
        "We cannot reach you outside of this site: please confirm your e-mail address, or switch push on.",
        "現在、メールでもプッシュでも通知が届きません。メールアドレスを確認するか、プッシュ通知を設定してください。",
    ),
}


def said(todo: Todo, language: Language) -> str:
    """Say a to-do in one line."""
    line = LINES[todo.kind]
    spoken = line.ja if language == Language.JAPANESE else line.en
    return spoken.format(service=todo.service, milestone=todo.milestone)
