"""The sentence of each invariant in the operator's language; the English one stands beside its question."""

from functools import cache

from django.conf import settings

from marketplace.admin.words import said
from marketplace.operations.invariants.asked import invariants
from marketplace.operations.invariants.invariant import Invariant

JAPANESE = {
    "one_verdict_a_cancelled_deal": "自動キャンセルの記録がある取引は、キャンセルされた取引だけである。",
    "verdict_agrees_with_its_deal": "自動キャンセルの日時・理由・出品者は、その取引のものと一致する。",
    "verdict_agrees_with_its_request": "リクエストによる自動キャンセルの日時は返信期限で、責任は返信する側にある。",
    "verdict_agrees_with_the_first_contact_limit": (
        "リクエストによらない自動キャンセルの日時は最初の連絡の期限で、責任は出品者にある。"
    ),
    "reversed_verdict_is_undone": (
        "取り消された自動キャンセルは誰の責任でもなく、その評価は非表示、受付休止は解除済みである。"
    ),
    "silent_seller_has_one_star": "出品者に責任がある場合にだけ、期限の日時で「★☆☆☆☆」の自動評価がある。",
    "people_review_completed_deals": "購入者が評価できるのは完了した取引で、それ以外の評価は自動評価である。",
    "open_request_in_a_deal_in_progress": "有効なリクエストがあるのは、進行中の取引だけである。",
    "cancelled_request_has_its_verdict": (
        "キャンセルに至ったリクエストは期限に終了し、その取引の自動キャンセルはこのリクエストによる。"
    ),
    "request_followed_silence": "「最終連絡から4日以上経過」: 相手は、その取引で必要な期間、連絡していなかった。",
    "revoked_by_a_reply": "相手の連絡はすべて返信であり、解除されたリクエストには終了時の返信がある。",
    "cancelled_in_silence": (
        "24時間以内の返信でリクエストは解除される。キャンセルに至った場合、その間に返信はなかった。"
    ),
    "end_of_a_request_is_told_once": "リクエストの終了は、その日時のイベントちょうど1件で記録される。",
    "overdue_reply_is_settled": "1時間以上前に過ぎた返信期限は、処理されたか延期されている。",
    "overdue_first_contact_is_settled": "1時間以上前に過ぎた最初の連絡の期限は、処理されたか延期されている。",
    "overdue_approval_is_settled": "1時間以上前に過ぎた承認の期限は、処理されたか延期されている。",
    "first_contact_ends_its_limit": "最初の連絡の期限は、出品者の最初の連絡でなくなる。",
    "end_of_a_deal_is_told_once": "取引の終了は、その日時のイベントちょうど1件で記録される。",
    "last_contact_is_what_was_said": "ルームの最終連絡と最終送信者は、非表示を含むメッセージと一致する。",
    "first_unanswered_is_what_was_said": "進行中の取引では、返信待ちの起点は、未返信のうち最初の連絡である。",
    "nobody_wrote_after_the_end": "取引の終了後にルームへ書き込まれたものはない。",
    "nothing_was_bought_while_paused": "「受付休止中」のサービスは購入されていない。",
    "pause_is_of_its_verdicts_seller": "受付休止は責任のある出品者のサービスだけに及び、確認か取り消しで解除される。",
    "figures_equal_a_recount": "出品者の集計値は、対象期間の記録から数え直した値と一致する。",
    "figures_follow_the_window": "対象期間から外れた記録がある出品者の集計値は、毎日数え直される。",
    "service_is_found_by_its_sellers_rank": "サービスの表示順位ポイントは、出品者のものと一致する。",
    "rank_follows_the_figures": "出品者ランクと表示順位ポイントは、集計値と現在のポリシーから決まる。",
}


@cache
def _known() -> dict[str, Invariant]:
    return {invariant.name: invariant for invariant in invariants(settings.POLICY)}


def sentence(name: str) -> str:
    """Say what must hold; a rule that is asked no longer has only its name."""
    rule = _known().get(name)
    return said(rule.sentence, JAPANESE.get(name, rule.sentence)) if rule is not None else name


def table_of(name: str) -> str:
    """Name the table whose rows this rule is about."""
    rule = _known().get(name)
    return rule.table if rule is not None else ""
