"""Services."""

from typing import Any

from rest_framework import serializers

from marketplace.http.fields import Moment, Rounded, Text, Title, Whole, Word
from marketplace.http.pagination import NoQuery
from marketplace.models import Service
from marketplace.vocabulary import ServiceStatus

HIGHEST_PRICE = 10_000_000
"""Yen."""
LONGEST_SEARCH = 100


class Searched(NoQuery):
    """What somebody searches for."""

    q = Text(
        max_length=LONGEST_SEARCH,
        allow_blank=True,
        unseen_is_none=True,
        required=False,
        help_text="Only those whose title holds each of these words; width and letter case make no difference.",
    )


class ServiceWritten(serializers.Serializer[Any]):
    """What a seller says of a service. Price in yen."""

    title = Title(max_length=100)
    description = Text(max_length=5000, allow_blank=True, required=False)
    price = Whole(min_value=1, max_value=HIGHEST_PRICE)


class ServiceShown(serializers.Serializer[Service]):
    """A service. `own_status` is there for its owner only."""

    id = serializers.UUIDField()
    seller = serializers.UUIDField(source="seller_id")
    seller_username = serializers.CharField(source="seller.user.username")
    title = serializers.CharField()
    description = serializers.CharField()
    price = serializers.IntegerField()
    status = Word(ServiceStatus, help_text="As others see it: paused while a penalty holds it.")
    own_status = Word(ServiceStatus, required=False, help_text="What its owner set; shown to its owner only.")
    rating = Rounded(allow_null=True)
    search_rank = Rounded(source="seller.search_rank")
    created_at = Moment()

    def to_representation(self, service: Service) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(service)
        if service.seller.user_id != self.context["person"].pk:
            del shown["own_status"]
        return shown
