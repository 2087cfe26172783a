"""What operators see. Nothing that only a rule may change can be edited here."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from marketplace import models


@admin.register(models.User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """People are made here; sign-up is the marketplace's own."""

    list_display = ("username", "email", "is_staff", "is_active")
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Renraku", {"fields": ("email_confirmed_at", "language", "time_zone")}))


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # the same
    """Shows rows; the actions alone write them."""

    def has_add_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Nobody adds a fact by hand."""
        return False

    def has_change_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Nobody edits a fact."""
        return False

    def has_delete_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Nobody deletes a fact."""
        return False


@admin.register(models.CancelRequest)
class CancelRequestAdmin(ReadOnlyAdmin):
    """Open requests, what is due soonest first; `settle failures` marks the ones that were put off."""

    list_display = ("id", "room", "requester", "status", "reply_deadline", "settle_failures", "settle_after")
    list_filter = ("status", "requester", ("settle_after", admin.EmptyFieldListFilter))
    ordering = ("reply_deadline",)
    list_select_related = ("room",)


@admin.register(models.Verdict)
class VerdictAdmin(ReadOnlyAdmin):
    """Verdicts, newest first."""

    list_display = ("id", "deal", "seller", "at_fault", "effective_at", "recorded_at", "woken_by", "acknowledged_at")
    list_filter = ("at_fault", "woken_by")
    ordering = ("-effective_at",)
    list_select_related = ("deal", "seller__user")


@admin.register(models.Event)
class EventAdmin(ReadOnlyAdmin):
    """The audit trail, newest first."""

    list_display = ("id", "kind", "room", "seller", "actor", "data", "occurred_at", "recorded_at")
    list_filter = ("kind",)
    search_fields = ("room__id", "seller__user__username")
    ordering = ("-id",)
    list_select_related = ("room", "seller__user", "actor")


@admin.register(models.TalkRoom)
class TalkRoomAdmin(ReadOnlyAdmin):
    """Rooms, newest first."""

    list_display = ("id", "buyer", "seller", "opened_at", "buyer_last_contact_at", "seller_last_contact_at")
    search_fields = ("id", "buyer__username", "seller__username")
    ordering = ("-opened_at", "-id")
    list_select_related = ("buyer", "seller")


@admin.register(models.Seller)
class SellerAdmin(ReadOnlyAdmin):
    """Sellers and what their rank rests on."""

    list_display = ("user", "rank", "search_rank", "completed", "cancelled_at_fault", "rating_sum", "rating_count")
    search_fields = ("user__username",)
    ordering = ("-search_rank",)
    list_select_related = ("user",)
