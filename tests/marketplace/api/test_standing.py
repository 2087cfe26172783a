"""「なぜこのランクなのか」: a seller's standing, and what it rests on."""

from datetime import timedelta
from typing import Any

import pytest

from marketplace.actions import deadlines, standing, steering
from marketplace.http import standing as api_standing
from marketplace.models import Seller, Service, User, Verdict
from marketplace.vocabulary import Party, WokenBy
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.factories import MICROSECOND, completed_deal, days, overdue_room, person, untouched_room
from tests.support.factories import seller as a_seller

pytestmark = pytest.mark.django_db
PATH = "sellers/me/standing/"


def why(seller: Seller, language: str = "en") -> dict[str, Any]:
    answer = Api(seller.user, **{"Accept-Language": language}).get(PATH)
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    return shown


def missing(shown: dict[str, Any], rank: str) -> list[str]:
    line = next(each for each in shown["ranks"] if each["rank"] == rank)
    assert line["met"] is all(each["met"] for each in line["requirements"])
    return [each["figure"] for each in line["requirements"] if not each["met"]]


def count(seller: Seller) -> None:
    standing.recompute(seller_ids=[seller.pk])


def cancel(seller: Seller, frozen: Clock, *, ago: timedelta = MICROSECOND) -> Verdict:
    """Let a verdict fall on the seller `ago`."""
    silent = untouched_room(of=seller, limit=frozen.at - ago)
    deadlines.settle_room(silent.pk, woken_by=WokenBy.SWEEP)
    verdict: Verdict = Verdict.objects.get(deal=silent.deal_id)
    return verdict


def test_who_is_no_seller_is_told_so(stranger: User) -> None:
    told = problem(Api(stranger).get(PATH), 409, "not_a_seller")
    assert "create a service" in told["detail"]
    told = problem(Api(stranger, **{"Accept-Language": "ja"}).get(PATH), 409, "not_a_seller")
    assert "出品者ではありません" in told["detail"]


def test_a_new_seller_has_no_figures_and_no_figure_fails_a_line(frozen: Clock) -> None:
    new = a_seller()
    shown = why(new)
    assert shown["figures"] == {
        "sales": 0, "revenue_yen": 0, "completed": 0, "cancelled_at_fault": 0, "delivery_completion_rate": None,
        "rating": None, "reviews": 0,
    }  # fmt: skip
    assert shown["window"] == {
        "from": "2025-12-02T03:00:00.000000Z", "to": "2026-03-02T03:00:00.000000Z", "time_zone": "Asia/Tokyo",
    }  # fmt: skip
    assert shown["counted_at"] == shown["window"]["to"]
    assert (shown["rank"], shown["next_rank"], shown["search_rank"]) == ("regular", "bronze", 350.0)
    assert shown["search_points"] == {"for_rank": 0, "for_rating": 350.0, "below_the_line": 0, "total": 350.0}
    assert [each["rank"] for each in shown["ranks"]] == ["regular", "bronze", "silver", "gold", "platinum"]
    assert missing(shown, "regular") == []
    assert missing(shown, "gold") == ["revenue_yen", "delivery_completion_rate", "rating"]
    assert (shown["line"]["below"], shown["paused"], shown["verdicts"]) == (False, False, [])
    rating = next(each for each in shown["ranks"][3]["requirements"] if each["figure"] == "rating")
    assert rating == {
        "figure": "rating", "has": None, "least": 4.8, "met": False,
        "message": "A rating of at least 4.80 in the window. Yours: none yet.",
    }  # fmt: skip
    japanese = why(new, "ja")["ranks"][3]["requirements"]
    assert [each["message"] for each in japanese] == [
        "期間内の完了取引の合計が50,000円以上 (現在: 0)。",
        "期間内の納品完了率が90%以上 (現在: なし)。",
        "期間内の評価が4.80以上 (現在: なし)。",
    ]


def test_the_tenth_sale_meets_the_line_that_the_ninth_misses(frozen: Clock) -> None:
    selling = a_seller()
    for _ in range(9):
        completed_deal(of=selling, ended_at=frozen.at - days(1), price=5000, rating=5)
    count(selling)
    shown = why(selling)
    assert (shown["rank"], shown["next_rank"], missing(shown, "bronze")) == ("regular", "bronze", ["sales"])
    assert missing(shown, "gold") == ["revenue_yen"]
    assert shown["ranks"][1]["requirements"][0]["message"] == ("At least 10 completed deals in the window. You have 9.")
    completed_deal(of=selling, ended_at=frozen.at - days(1), price=5000, rating=5)
    count(selling)
    shown = why(selling)
    assert (shown["rank"], shown["next_rank"], missing(shown, "gold")) == ("gold", "platinum", [])
    assert missing(shown, "platinum") == ["revenue_yen"]
    assert shown["figures"] | {"rating": 5.0} == {
        "sales": 10, "revenue_yen": 50_000, "completed": 10, "cancelled_at_fault": 0,
        "delivery_completion_rate": 1.0, "rating": 5.0, "reviews": 10,
    }  # fmt: skip
    assert shown["search_points"] == {"for_rank": 3000, "for_rating": 500.0, "below_the_line": 0, "total": 3500.0}
    assert shown["search_rank"] == Api().get(f"sellers/{selling.pk}/").json()["search_rank"] == 3500.0


def test_what_is_missing_by_a_hair_is_not_written_as_reached(frozen: Clock) -> None:
    selling = a_seller(completed=7999, cancelled_at_fault=2000, rating_sum=47_999, rating_count=10_000)
    silver = {each["figure"]: each for each in why(selling)["ranks"][2]["requirements"]}
    assert silver["delivery_completion_rate"]["met"] is False
    assert silver["delivery_completion_rate"]["message"].endswith("Yours: 79.9%.")
    gold = {each["figure"]: each for each in why(selling)["ranks"][3]["requirements"]}
    assert gold["rating"]["message"].endswith("Yours: 4.79.")


def test_the_highest_rank_has_no_next(frozen: Clock) -> None:
    selling = a_seller()
    completed_deal(of=selling, ended_at=frozen.at, price=100_000, rating=5)
    count(selling)
    assert (why(selling)["rank"], why(selling)["next_rank"]) == ("platinum", None)


def test_below_the_certain_line_it_says_what_that_costs(frozen: Clock) -> None:
    selling = a_seller()
    for _ in range(3):
        completed_deal(of=selling, ended_at=frozen.at - days(1), rating=5)
    cancel(selling, frozen)
    assert why(selling)["line"]["below"] is False  # four ended deals: not yet five
    cancel(selling, frozen)
    shown = why(selling)
    assert shown["line"] == {
        "below": True, "least_rate": 0.8, "from_ended_deals": 5, "ended_deals": 5,
        "message": "Your delivery completion rate is under 80%: 3,000 points are taken off your search rank.",
    }  # fmt: skip
    assert shown["search_points"] == {"for_rank": 0, "for_rating": 340.0, "below_the_line": -3000, "total": -2660.0}
    assert "80%を下回っているため" in why(selling, "ja")["line"]["message"]


def test_it_names_each_verdict_what_it_pauses_and_what_became_of_it(frozen: Clock) -> None:
    selling = a_seller(services=2)
    first = cancel(selling, frozen)
    shown = why(selling)
    services = sorted(str(each.pk) for each in selling.services.all())
    assert shown["paused"] is True
    assert shown["verdicts"] == [
        {
            "id": str(first.pk),
            "deal": str(first.deal_id),
            "cause": "no_first_contact",
            "effective_at": "2026-03-02T02:59:59.999999Z",
            "acknowledged_at": None,
            "reversed_at": None,
            "paused_services": services,
        }
    ]
    Api(selling.user).post("sellers/me/resume/", {"services": services[:1]})
    shown = why(selling)
    assert (shown["paused"], shown["verdicts"][0]["paused_services"]) == (False, services[1:])
    assert shown["verdicts"][0]["acknowledged_at"] == "2026-03-02T03:00:00.000000Z"


def test_a_reversed_verdict_is_shown_as_counting_for_nothing(frozen: Clock) -> None:
    selling, operator = a_seller(), person("chief", is_staff=True, is_superuser=True)
    before = why(selling)
    verdict = cancel(selling, frozen)
    assert why(selling)["figures"]["cancelled_at_fault"] == 1
    steering.reverse(verdict_id=verdict.pk, staff=operator, reason="illness")
    shown = why(selling)
    assert (shown["paused"], shown["figures"]) == (False, before["figures"])
    told = shown["verdicts"][0]
    assert (told["id"], told["reversed_at"], told["paused_services"]) == (
        str(verdict.pk), "2026-03-02T03:00:00.000000Z", [],
    )  # fmt: skip


def test_what_fell_out_of_the_window_is_shown_while_it_still_weighs(frozen: Clock) -> None:
    selling = a_seller()
    old = cancel(selling, frozen)
    frozen.advance(days(100))
    standing.recompute_where_the_window_moved()
    shown = why(selling)
    assert shown["figures"]["cancelled_at_fault"] == 0
    assert [each["id"] for each in shown["verdicts"]] == [str(old.pk)]  # not acknowledged yet
    service = Service.objects.get(seller=selling)
    Api(selling.user).post("sellers/me/resume/", {"services": []})
    assert [each["paused_services"] for each in why(selling)["verdicts"]] == [[str(service.pk)]]
    Api(selling.user).post(f"services/{service.pk}/resume/")
    assert why(selling)["verdicts"] == []


def test_of_more_verdicts_than_are_shown_all_are_counted(frozen: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_standing, "VERDICTS_SHOWN", 2)
    selling = a_seller()
    oldest, middle, newest = (cancel(selling, frozen, ago=MICROSECOND * ago) for ago in (3, 2, 1))
    shown = why(selling)
    assert [each["id"] for each in shown["verdicts"]] == [str(newest.pk), str(middle.pk)]
    assert (shown["figures"]["cancelled_at_fault"], shown["paused"]) == (3, True)
    Verdict.objects.exclude(pk=oldest.pk).update(acknowledged_at=frozen.at)
    assert why(selling)["paused"] is True  # by the one that is not among those shown


def test_a_silent_buyer_and_another_seller_weigh_nothing(frozen: Clock, seller: Seller) -> None:
    other = a_seller("other")
    cancel(other, frozen)
    silent = overdue_room(of=seller, silent=Party.BUYER)
    assert deadlines.settle_room(silent.pk, woken_by=WokenBy.SWEEP).ended == 1
    shown = why(seller)
    assert (shown["verdicts"], shown["paused"], shown["figures"]["cancelled_at_fault"]) == ([], False, 0)
