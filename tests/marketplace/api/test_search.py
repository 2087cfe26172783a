"""`?q=`: services by the words of their titles, Japanese and Latin, read by index however many there are."""

import json
from importlib import import_module
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import clock, search
from marketplace.models import PenaltyPause, Seller, Service, Verdict
from marketplace.vocabulary import ServiceStatus
from tests.conftest import Clock
from tests.marketplace.api.test_lists import walk
from tests.support.api import Api
from tests.support.factories import hours, person, service

TITLES = [
    "猫のイラストを描きます",
    "ロゴ制作 Logo Design",
    "ＷＥＢサイト ﾛｺﾞ付き",
    "50%オフ_セール",
    "Portrait of your cat",
]


def found(asked: str, api: Api | None = None) -> list[str]:
    answer = (api or Api()).get(f"services/?q={quote(asked)}")
    assert answer.status_code == 200, answer.content
    return [each["title"] for each in answer.json()["results"]]


@pytest.fixture
def shop(frozen: Clock, db: None) -> Seller:
    """A shop with the titles, newest last."""
    owner = Seller.objects.create(user=person("shop"), created_at=frozen.at)
    for title in TITLES:
        frozen.advance(hours(1))
        service(owner, title=title)
    return owner


CAT, LOGO, WEB, SALE, PORTRAIT = TITLES


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("イラスト", [CAT]),
        ("ｲﾗｽﾄ", [CAT]),  # half width
        ("猫", [CAT]),
        ("ロゴ", [WEB, LOGO]),
        ("ﾛｺﾞ", [WEB, LOGO]),
        ("logo", [LOGO]),
        ("LOGO", [LOGO]),
        ("ｌｏｇｏ", [LOGO]),  # full width
        ("web", [WEB]),
        ("ロゴ logo", [LOGO]),
        ("logo　ロゴ", [LOGO]),  # an ideographic space
        ("ロゴ 猫", []),
        ("cat portrait", [PORTRAIT]),
        ("c", [PORTRAIT]),
        ("ogo d", [LOGO]),
        ("o d", [LOGO]),
        ("50%", [SALE]),
        ("0_", []),
        ("%", [SALE]),
        ("_", [SALE]),
        ("\\", []),
        ("トライ", []),  # the pairs of it are not enough
        ("", [PORTRAIT, SALE, WEB, LOGO, CAT]),
        ("  　 ", [PORTRAIT, SALE, WEB, LOGO, CAT]),
        ("' OR 1=1", []),
        ("x" * 100, []),
        ("a " * 50, [PORTRAIT]),
    ],
)
def test_every_word_must_be_in_the_title_whatever_its_width_and_case(
    shop: Seller, asked: str, expected: list[str]
) -> None:
    assert found(asked) == expected


def test_pairs_that_stand_apart_are_no_word(shop: Seller) -> None:
    service(shop, title="abc bcd")
    assert found("abcd") == []
    assert found("abc bcd") == found("bcd abc") == ["abc bcd"]


def test_a_changed_title_is_found_by_its_new_words_only(shop: Seller) -> None:
    own = Service.objects.get(title=CAT)
    Api(shop.user).patch(f"services/{own.pk}/", {"title": "犬の似顔絵"})
    assert (found("猫"), found("似顔絵")) == ([], ["犬の似顔絵"])


def test_a_title_is_found_from_its_creation_on(shop: Seller) -> None:
    api = Api(shop.user)
    made = api.post("services/", {"title": "Ｃａｌｌｉｇｒａｐｈｙ 書道", "price": 1}).json()
    assert found("書道") == []  # a draft
    api.post(f"services/{made['id']}/publish/")
    assert found("書道 calligraphy") == ["Ｃａｌｌｉｇｒａｐｈｙ 書道"]


def test_others_find_accepting_ones_only_and_one_finds_ones_own(shop: Seller) -> None:
    Service.objects.filter(title=LOGO).update(own_status=ServiceStatus.PAUSED)
    assert found("ロゴ") == [WEB]
    api = Api(shop.user)
    own = api.get(f"services/?seller={shop.pk}&q={quote('ロゴ')}").json()["results"]
    assert [each["title"] for each in own] == [WEB, LOGO]
    assert Api().get(f"services/?seller={person().pk}&q={quote('ロゴ')}").json()["results"] == []


def test_best_search_rank_first_and_in_pages(shop: Seller) -> None:
    better = Seller.objects.create(user=person("better"), created_at=clock.now(), search_rank=1000)
    for _ in range(3):
        service(better, title="ロゴ")
    expected = [str(each.pk) for each in Service.objects.found_by("ロゴ").best_first()]
    pages = walk(Api(), f"services/?page_size=2&q={quote('ロゴ')}")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each for page in pages for each in page] == expected
    second = Api().get(Api().get(f"services/?page_size=2&q={quote('ロゴ')}").json()["next"]).json()
    assert quote("ロゴ") in second["next"]
    assert [each["id"] for each in Api().get(second["previous"]).json()["results"]] == expected[:2]


# Plans

MANY = 50_000
WORDS = ["ロゴ", "制作", "イラスト", "動画", "編集", "翻訳", "Web", "design", "名刺", "占い"]
COMMON, RARE, NOWHERE = "ロゴ", "似顔絵", "書道"

FILL_SELLERS = """
    WITH people AS (
        INSERT INTO marketplace_user (id, password, is_superuser, username, first_name, last_name, email, is_staff,
                                      is_active, date_joined, language, time_zone)
        SELECT gen_random_uuid(), '!', false, 'many-' || n, '', '', '', false, true, %(now)s, '', ''
        FROM generate_series(1, 500) n
        RETURNING id
    )
    INSERT INTO marketplace_seller (id, user_id, created_at, completed, revenue_yen, cancelled_at_fault, rating_sum,
                                    rating_count, rank, search_rank)
    SELECT gen_random_uuid(), id, %(now)s, 0, 0, 0, 0, 0, 'regular', (row_number() OVER ()) %% 97
    FROM people
"""
FILL_SERVICES = """
    INSERT INTO marketplace_service (id, seller_id, title, description, price, own_status, search_rank, created_at,
                                     search_text, search_grams)
    SELECT gen_random_uuid(), seller.id, said.title, '', 5000, 'accepting', seller.search_rank,
           %(now)s - n * interval '1 second', said.text, said.grams
    FROM generate_series(1, %(many)s) n
    JOIN (SELECT id, search_rank, row_number() OVER () AS place FROM marketplace_seller WHERE search_rank < 97) seller
      ON seller.place = n %% 500 + 1
    JOIN (SELECT title, text, string_to_array(grams, ' ')::varchar(2)[] AS grams, place
          FROM unnest(%(titles)s::text[], %(texts)s::text[], %(grams)s::text[]) WITH ORDINALITY
               AS said (title, text, grams, place)) said
      ON said.place = n %% %(different)s + 1
"""


@pytest.fixture
def _many_services(transactional_db: None) -> None:
    """Fill the shop window: every third title has the common word, fifty services the rare one."""
    titles = [f"{WORDS[n % 3 and n % 10]} {WORDS[n % 7]} {n}" for n in range(1000)]
    titles[7] += f" {RARE}"
    texts = [search.normalised(title) for title in titles]
    grams = [" ".join(search.grams(text)) for text in texts]
    values: dict[str, Any] = {"now": clock.now(), "many": MANY, "titles": titles, "texts": texts, "grams": grams}
    with connection.cursor() as cursor:
        cursor.execute(FILL_SELLERS, values)
        cursor.execute(FILL_SERVICES, {**values, "different": len(titles)})
        cursor.execute("VACUUM ANALYZE marketplace_service")
        for each in ("seller", "verdict", "penaltypause"):  # the planner's figures may still be another test's
            cursor.execute(f"VACUUM ANALYZE marketplace_{each}")
    assert Service.objects.count() == MANY


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(inner for each in plan.get("Plans", []) for inner in nodes(each))]


def rows_read(path: str) -> tuple[int, set[str]]:
    """Return how many rows of services a list reads, and by which kinds of scan."""
    with CaptureQueriesContext(connection) as seen:
        assert Api().get(path).status_code == 200
    statement = next(each["sql"] for each in seen.captured_queries if "LIMIT" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        told = cursor.fetchone()[0]
    plan = nodes((told if isinstance(told, list) else json.loads(told))[0]["Plan"])
    scans = [each for each in plan if each.get("Relation Name") == Service._meta.db_table]  # noqa: SLF001 - Django's documented name
    read = sum(
        (each["Actual Rows"] + each.get("Rows Removed by Filter", 0) + each.get("Rows Removed by Index Recheck", 0))
        * each["Actual Loops"]
        for each in scans
    )
    return int(read), {each["Node Type"] for each in scans}


@pytest.mark.thorough
@pytest.mark.usefixtures("_many_services")
def test_of_fifty_thousand_services_a_page_reads_a_few_by_index() -> None:
    assert Verdict.objects.count() == PenaltyPause.objects.count() == 0
    second_page = Api().get("services/").json()["next"]
    for path, at_most in (  # a page has 50; a third of the titles have the common word, 6 % both common ones
        ("services/", 60),
        (second_page, 60),
        (f"services/?q={quote(COMMON)}", 1000),
        (f"services/?q={quote(COMMON)}%20{quote('制作')}", MANY // 10),
        (f"services/?q={quote(RARE)}", 60),
        (f"services/?q={quote(RARE)}%20{quote(COMMON)}", 60),
        (f"services/?q={quote(NOWHERE)}", 0),
    ):
        read, scans = rows_read(path)
        assert "Seq Scan" not in scans, path
        assert read <= at_most, (path, read, scans)


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("1日〜3日で納品", "1日～3日"), ("1日～3日で納品", "1日〜3日"), ("葛\U000e0100城市のロゴ", "葛城"),
        ("葛城市のロゴ", "葛\U000e0100城"), ("データ入力", "デ-タ"), ("デ－タ入力", "ﾃﾞｰﾀ"), ("サーバー構築", "サーバ―"),
        ("カ゛ラスの絵", "ガラス"), ("カ\u3099ラスの絵", "ｶﾞﾗｽ"), ("Ｌｏｇｏ　“Ａ”", 'logo "a"'),
        ("ロゴ\u200b制作", "ロゴ制作"),
        ("ロゴ制作", "ロゴ\ufeff制作"), ("e‑mail", "E-MAIL"), ("データ", "ータ"), ("10−20枚", "10-20"), ("ロゴ", "ー"),
    ],
)  # fmt: skip
def test_a_search_compares_what_people_see(db: None, title: str, asked: str) -> None:
    made = service(Seller.objects.create(user=person(), created_at=clock.now()), title=title)
    assert found(asked) == [made.title]


def test_titles_of_old_are_compared_anew(db: None) -> None:
    kept, changed = (
        service(Seller.objects.create(user=person(), created_at=clock.now()), title="1日〜3日で納品") for _ in range(2)
    )
    Service.objects.update(search_text="1日〜3日で納品", search_grams=search.grams("1日〜3日で納品"))
    import_module("marketplace.migrations.0014_compare_what_is_seen").compare_anew(apps, None)
    assert {each.search_text for each in Service.objects.all()} == {"1日~3日で納品"}
    assert set(Service.objects.all().found_by("1日～3日")) == {kept, changed}
