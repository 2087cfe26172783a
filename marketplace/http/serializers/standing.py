"""Why a seller's rank is what it is."""

from typing import Any

from rest_framework import serializers

from marketplace.http.fields import Figure, Moment, Rounded, Word
from marketplace.models import Verdict
from marketplace.rules import Figures, SearchPoints
from marketplace.vocabulary import CancelCause, Rank

FIGURES = ("sales", "revenue_yen", "delivery_completion_rate", "rating")


class FiguresWindow(serializers.Serializer[Any]):
    """Over which time the figures are counted: three calendar months of `time_zone`, both ends inclusive."""

    to = Moment()
    time_zone = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which Python keeps for itself."""
        return {"from": Moment(), **super().get_fields()}


class FiguresShown(serializers.Serializer[Figures]):
    """The figures of the window, counted from deals and reviews."""

    sales = serializers.IntegerField(source="completed")
    revenue_yen = serializers.IntegerField()
    completed = serializers.IntegerField()
    cancelled_at_fault = serializers.IntegerField()
    delivery_completion_rate = Rounded(allow_null=True)
    rating = Rounded(allow_null=True)
    reviews = serializers.IntegerField(source="rating_count")


class RankRequirement(serializers.Serializer[Any]):
    """One figure that a rank asks for. No figure fails it."""

    figure = Word(FIGURES)
    has = Figure(allow_null=True)
    least = Figure()
    met = serializers.BooleanField()
    message = serializers.CharField()


class RankAsked(serializers.Serializer[Any]):
    """What a rank asks for. The highest one that is met is the seller's."""

    rank = Word(Rank)
    met = serializers.BooleanField()
    requirements = RankRequirement(many=True)


class SearchPointsShown(serializers.Serializer[SearchPoints]):
    """What the search rank is made of."""

    for_rank = serializers.IntegerField()
    for_rating = Rounded(help_text="Without a rating, those of the rating that new sellers are given.")
    below_the_line = serializers.IntegerField(help_text="Zero or less.")
    total = Rounded()


class CertainLine(serializers.Serializer[Any]):
    """「一定ライン」: below it, the search rank falls."""

    below = serializers.BooleanField()
    least_rate = Rounded()
    from_ended_deals = serializers.IntegerField()
    ended_deals = serializers.IntegerField()
    message = serializers.CharField()


class VerdictWeighed(serializers.Serializer[Verdict]):
    """A verdict against the seller that counts in the window, awaits acknowledgement or still pauses something."""

    id = serializers.UUIDField()
    deal = serializers.UUIDField(source="deal_id")
    cause = Word(CancelCause)
    effective_at = Moment()
    acknowledged_at = Moment(allow_null=True)
    reversed_at = Moment(allow_null=True, help_text="Since when it counts for nothing.")
    paused_services = serializers.ListField(
        child=serializers.UUIDField(), read_only=True, help_text="The services that it still pauses."
    )


class StandingShown(serializers.Serializer[Any]):
    """A seller's standing, as it was last counted, and what it rests on."""

    counted_at = Moment()
    window = FiguresWindow()
    figures = FiguresShown()
    rank = Word(Rank)
    next_rank = Word(Rank, allow_null=True, help_text="Null at the highest.")
    ranks = RankAsked(many=True, help_text="Lowest first.")
    search_rank = Rounded()
    search_points = SearchPointsShown()
    line = CertainLine()
    paused = serializers.BooleanField(help_text="A verdict is not acknowledged yet: no service accepts.")
    verdicts = VerdictWeighed(many=True, help_text="Newest first, at most 100.")
