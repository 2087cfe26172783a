"""What the API says in each language, by stable code. Refusals carry their own words (`errors`, `refusals`)."""

from typing import NamedTuple

from marketplace.vocabulary import Language, SystemLine


class Words(NamedTuple):
    """One sentence in each language."""

    en: str
    ja: str

    def spoken(self, language: Language) -> str:
        """Return the sentence in this language."""
        return self.ja if language == Language.JAPANESE else self.en


PROBLEMS = {
    "invalid_input": Words("Some of what was sent is not valid.", "送信された内容に誤りがあります。"),
    "parse_error": Words("The body is not valid JSON in UTF-8.", "本文が UTF-8 の正しい JSON ではありません。"),
    "malformed_request": Words("The request is malformed.", "リクエストの形式が正しくありません。"),
    "unknown_host": Words("This server does not answer under this host name.", "このホスト名ではアクセスできません。"),
    "not_authenticated": Words("Log in first.", "ログインが必要です。"),
    "authentication_failed": Words(
        "This token is not valid: log in again.", "トークンが無効です。もう一度ログインしてください。"
    ),
    "permission_denied": Words("You may not do this.", "この操作を行う権限がありません。"),
    "not_found": Words(
        "There is nothing here that you may see. Every address of this API ends with a slash.",
        "お探しのものは見つかりませんでした。この API のアドレスはすべてスラッシュで終わります。",
    ),
    "method_not_allowed": Words(
        "This address does not take this method.", "このアドレスではこのメソッドを使用できません。"
    ),
    "not_acceptable": Words("Answers are application/json.", "応答は application/json のみです。"),
    "unsupported_media_type": Words("Send application/json.", "application/json で送信してください。"),
    "throttled": Words(
        "Too many requests: wait before the next one.", "リクエストが多すぎます。しばらく待ってから再度お試しください。"
    ),
    "temporarily_unavailable": Words(
        "This could not be done just now: try again.", "一時的に処理できませんでした。もう一度お試しください。"
    ),
    "server_error": Words("Something went wrong on our side.", "サーバーでエラーが発生しました。"),
}

ORIGIN_REFUSED = Words(
    "Requests of the origin {origin} are not admitted. Operators: the setting to look at is {setting}.",
    "{origin} からのリクエストは許可されていません。運営者の方は設定 {setting} をご確認ください。",
)

FIELDS = {
    "required": Words("This is needed.", "この項目は必須です。"),
    "null": Words("This may not be null.", "null は指定できません。"),
    "blank": Words("This may not be blank.", "空にできません。"),
    "invalid": Words("This is not valid here.", "値の形式が正しくありません。"),
    "max_length": Words(
        "At most {limit} characters. Too long by {over}.", "{limit}文字以内で入力してください。{over}超過しています。"
    ),
    "min_value": Words("At least {limit}.", "{limit}以上の値を指定してください。"),
    "max_value": Words("At most {limit}.", "{limit}以下の値を指定してください。"),
    "max_items": Words("At most {limit} entries.", "{limit}件以内で指定してください。"),
    "max_string_length": Words("This is too long.", "長すぎます。"),
    "invalid_choice": Words("One of: {limit}.", "次のいずれかを指定してください: {limit}"),
    "not_a_list": Words("A list is needed.", "リストで指定してください。"),
    "control_characters": Words(
        "Remove these control characters: {limit}.",
        "表示されない制御文字が含まれています。削除してください: {limit}",
    ),
    "null_characters_not_allowed": Words("NUL characters are not allowed.", "NUL 文字は使用できません。"),
    "surrogate_characters_not_allowed": Words("This is not valid Unicode.", "不正な文字が含まれています。"),
    "unknown": Words("Nothing here has this name.", "この名前の項目はありません。"),
    "unknown_time_zone": Words("A name such as Asia/Tokyo is needed.", "Asia/Tokyo のような名前を指定してください。"),
}

CHARACTERS = Words("{number} character{s}", "{number}文字")

REQUIREMENTS = {
    "sales": Words(
        "At least {least} completed deals in the window. You have {has}.",
        "期間内の完了取引が{least}件以上 (現在: {has})。",
    ),
    "revenue_yen": Words(
        "At least {least} yen of completed deals in the window. You have {has}.",
        "期間内の完了取引の合計が{least}円以上 (現在: {has})。",
    ),
    "delivery_completion_rate": Words(
        "A delivery completion rate of at least {least} in the window. Yours: {has}.",
        "期間内の納品完了率が{least}以上 (現在: {has})。",
    ),
    "rating": Words(
        "A rating of at least {least} in the window. Yours: {has}.", "期間内の評価が{least}以上 (現在: {has})。"
    ),
}
NONE_YET = Words("none yet", "なし")
BELOW_THE_LINE = Words(
    "Your delivery completion rate is under {rate}: {points} points are taken off your search rank.",
    "納品完了率が{rate}を下回っているため、検索結果での表示順位から{points}ポイントが差し引かれています。",
)
NOT_BELOW_THE_LINE = Words(
    "From {deals} ended deals on, a delivery completion rate under {rate} takes {points} points off your search rank."
    " It does not at present.",
    "終了した取引が{deals}件以上で納品完了率が{rate}を下回ると、検索結果での表示順位から{points}ポイントが"
    "差し引かれます。現在は該当しません。",
)

SCHEDULE_CHANGED = Words("The schedule was shared or changed.", "スケジュールが共有または変更されました。")
HIDDEN = Words("This message was hidden by our staff.", "このメッセージは運営により非表示になりました。")

LINES = {
    SystemLine.PURCHASE: Words("The service was purchased.", "サービスが購入されました。"),
    SystemLine.REQUEST_PLACED: Words(
        "A cancel request was sent. A reply before its deadline revokes it.",
        "キャンセルリクエストが送信されました。期限までに返信があれば取り消されます。",
    ),
    SystemLine.REQUEST_WITHDRAWN: Words(
        "The cancel request was withdrawn.", "キャンセルリクエストが取り下げられました。"
    ),
    SystemLine.REQUEST_ENDED_WITH_DEAL: Words(
        "The cancel request ended: the work was delivered.", "納品されたため、キャンセルリクエストは終了しました。"
    ),
    SystemLine.REQUEST_HELD: Words(
        "Our staff hold the cancel request: its clock stands still.",
        "運営がキャンセルリクエストを保留しました。期限の計測は止まっています。",
    ),
    SystemLine.REQUEST_RELEASED: Words(
        "The cancel request is no longer held: its clock runs on.",
        "キャンセルリクエストの保留が解除されました。期限の計測が再開されます。",
    ),
    SystemLine.REQUEST_EXTENDED: Words(
        "The deadline of the cancel request was extended.", "キャンセルリクエストの期限が延長されました。"
    ),
    SystemLine.CANCELLED: Words(
        "The deal was cancelled: there was no reply before the deadline.",
        "期限までに返信がなかったため、取引はキャンセルされました。",
    ),
    SystemLine.CANCELLED_WITHOUT_FIRST_CONTACT: Words(
        "The deal was cancelled: the seller did not write within the limit after the purchase.",
        "購入後の期限までに出品者から連絡がなかったため、取引はキャンセルされました。",
    ),
    SystemLine.APPROVED: Words(
        "The delivery was approved: the deal is completed.", "納品が承認され、取引が完了しました。"
    ),
    SystemLine.APPROVED_BY_WINDOW: Words(
        "The approval window passed: the delivery counts as approved, and the deal is completed.",
        "承認期限を過ぎたため、納品は承認済みとなり、取引が完了しました。",
    ),
    SystemLine.VERDICT_REVERSED: Words(
        "Our staff reversed the cancellation's consequences: nobody is at fault. The deal stays cancelled.",
        "運営が自動キャンセルの扱いを取り消しました。どちらの責任にもなりません。取引はキャンセルのままです。",
    ),
}
