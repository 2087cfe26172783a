"""What notifications refuse, and the words they refuse with: see `marketplace.errors`."""

from marketplace.errors import Refusal


class CriticalKindNeedsAChannel(Refusal):
    """What is this important keeps e-mail or push on, so that nobody misses it."""

    code = "critical_kind_needs_a_channel"
    ja = "この種類の通知は特に重要です。メールかプッシュのどちらかはオンにしてください。"


class AddressPointsInwards(Refusal):
    """The endpoint must be an HTTPS address of a push service that our server can reach on the internet."""

    code = "address_points_inwards"
    status = 400
    ja = "endpoint には、インターネット上のプッシュサービスの HTTPS アドレスを指定してください。"


class SubscriptionOfAnother(Refusal):
    """Somebody else has subscribed the same endpoint, with other keys."""

    code = "subscription_of_another"
    ja = "この endpoint は、別の鍵で他の方にすでに登録されています。"


class NothingToReach(Refusal):
    """There is no address for this channel yet: enter an e-mail address, or subscribe a browser to push."""

    code = "nothing_to_reach"
    ja = "送信先がまだありません。メールアドレスを登録するか、ブラウザのプッシュ通知を有効にしてください。"


class TooManyTestsToday(Refusal):
    """Too many tests of this channel were asked for within the last 24 hours."""

    code = "too_many_tests_today"
    ja = "直近24時間以内にこのチャンネルで送信できるテスト通知の上限に達しました。"


class WrongCode(Refusal):
    """The code is not the one that the test notice carried."""

    code = "wrong_code"
    ja = "確認コードが正しくありません。"


class TooManyTries(Refusal):
    """The code of this test was tried too often: ask for another test."""

    code = "too_many_tries"
    ja = "確認コードの入力回数が上限に達しました。もう一度テスト通知を送信してください。"


class TestExpired(Refusal):
    """The code of this test holds for 24 hours, which have passed: ask for another test."""

    __test__ = False  # no test of pytest's
    code = "test_expired"
    ja = "確認コードの有効期限 (24時間) が過ぎました。もう一度テスト通知を送信してください。"


class NotFailed(Refusal):
    """Only a notification that was given up can be sent again."""

    code = "not_failed"
    ja = "再送できるのは、送信に失敗した通知だけです。"
