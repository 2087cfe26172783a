"""People, tokens and sellers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.http.fields import Email, Id, IsSet, Moment, Rounded, Text, TimeZone, Verbatim, Word
from marketplace.models import Seller, User
from marketplace.readers import languages
from marketplace.vocabulary import Rank

LANGUAGES = tuple(code for code, _name in languages())


class LogIn(serializers.Serializer[Any]):
    """Name and password."""

    username = Text(max_length=150)
    password = Verbatim(max_length=1000)


class Token(serializers.Serializer[Any]):
    """Send it as `Authorization: Bearer …`."""

    token = serializers.CharField()
    expires_at = Moment()


class BuyerRecord(serializers.Serializer[Any]):
    """What sellers see of a buyer: deals that ended in the window."""

    completed = serializers.IntegerField()
    cancelled_for_silence = serializers.IntegerField()


class Me(serializers.Serializer[User]):
    """Who is logged in."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    email = serializers.CharField(help_text="Empty when there is none.")
    email_confirmed = IsSet(source="email_confirmed_at", help_text="Whether the address is known to be the person's.")
    seller = serializers.SerializerMethodField()
    language = Word(LANGUAGES, name="Language", allow_null=True)
    time_zone = serializers.CharField(help_text="Empty for the marketplace's.")
    buyer_record = serializers.SerializerMethodField()

    @extend_schema_field(serializers.UUIDField(allow_null=True, help_text="Null before the first service."))
    def get_seller(self, person: User) -> str | None:
        seller = Seller.objects.filter(user=person).only("pk").first()
        return str(seller.pk) if seller else None

    @extend_schema_field(BuyerRecord)
    def get_buyer_record(self, _person: User) -> Any:
        return self.context["buyer_record"]


class MeChanges(serializers.Serializer[Any]):
    """What people may change about themselves."""

    email = Email(required=False)
    language = Word(LANGUAGES, allow_blank=True, required=False)
    time_zone = TimeZone(max_length=64, allow_blank=True, required=False)


class SellerShown(serializers.Serializer[Seller]):
    """A seller as everybody sees one; the figures are those of the last three months."""

    id = serializers.UUIDField()
    username = serializers.CharField(source="user.username")
    rank = Word(Rank)
    rating = Rounded(source="figures.rating", allow_null=True)
    delivery_completion_rate = Rounded(source="figures.delivery_completion_rate", allow_null=True)
    sales = serializers.IntegerField(source="completed")
    search_rank = Rounded()
    paused = serializers.BooleanField(help_text="A cancellation is not acknowledged yet: no service accepts.")


class Resumption(serializers.Serializer[Any]):
    """Which services accept again; all of them when left out."""

    services = serializers.ListField(
        child=Id(), required=False, max_length=1000, error_messages={"max_length": "{max_length}"}
    )
