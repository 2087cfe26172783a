"""What notifications refuse, and the words they refuse with: see `marketplace.errors`."""

from django.utils.translation import gettext_lazy as _

from marketplace.errors import Refusal


class CriticalKindNeedsAChannel(Refusal):
    code = "critical_kind_needs_a_channel"
    message = _("What is this important keeps e-mail or push on, so that nobody misses it.")


class AddressPointsInwards(Refusal):
    code = "address_points_inwards"
    status = 400
    message = _("The endpoint must be an HTTPS address of a push service that our server can reach on the internet.")


class SubscriptionOfAnother(Refusal):
    code = "subscription_of_another"
    message = _("Somebody else has subscribed the same endpoint, with other keys.")


class NothingToReach(Refusal):
    code = "nothing_to_reach"
    message = _("There is no address for this channel yet: enter an e-mail address, or subscribe a browser to push.")


class TooManyTestsToday(Refusal):
    code = "too_many_tests_today"
    message = _("Too many tests of this channel were asked for within the last 24 hours.")


class WrongCode(Refusal):
    code = "wrong_code"
    message = _("The code is not the one that the test notice carried.")


class TooManyTries(Refusal):
    code = "too_many_tries"
    message = _("The code of this test was tried too often: ask for another test.")


class TestExpired(Refusal):
    __test__ = False  # no test of pytest's
    code = "test_expired"
    message = _("The code of this test holds for 24 hours, which have passed: ask for another test.")


class NotFailed(Refusal):
    code = "not_failed"
    message = _("Only a notification that was given up can be sent again.")
