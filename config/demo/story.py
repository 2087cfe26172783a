"""The story, in order."""

from config.demo import asking, silence, undoing
from config.demo.cast import CARD, LOGO, TRANSLATION, Play, cast
from config.demo.checks import Checks
from config.demo.display import Display
from config.demo.stage import Stage

SALES_BEFORE = 5
THANKS = "とても素敵なロゴです。ありがとうございました！"


def tell(stage: Stage, display: Display) -> int:
    """Run all chapters. Returns the number of checked statements. Raises `DiffersError`, `TimeoutError`."""
    play = cast(stage, display, Checks())
    _what_was_before(play)
    unanswered = play.buy(TRANSLATION, "Could you translate this letter by Monday?")
    to_deliver = play.buy(CARD, "名刺を100枚分お願いします。")
    play.seller.post(f"{to_deliver.path}messages/", {"body": "ありがとうございます。作成します。"})
    room = asking.why_not_yet(play)
    asking.a_reply_revokes(play, room)
    verdict = silence.to_the_end(play, room)
    silence.with_the_worker_killed(play, unanswered, to_deliver)
    undoing.reversed_by_staff(play, room, verdict)
    return play.checks.count


def _what_was_before(play: Play) -> None:
    """Give the seller good figures: sales that were delivered, approved and praised."""
    for _ in range(SALES_BEFORE):
        room = play.buy(LOGO, "ロゴをお願いします。")
        play.seller.post(f"{room.path}deliver/", {"body": "Here it is."})
        play.buyer.post(f"{room.path}approve/")
        play.buyer.post(f"deals/{room.deal}/review/", {"rating": 5, "comment": THANKS})
    standing = play.standing(play.seller)
    play.checks.equal("the seller at the beginning", seen=standing, expected=silence.GOLD)
    play.display.fact(f"a seller with {SALES_BEFORE} sales and as many ★5: rank {standing.rank}, first in every list")
