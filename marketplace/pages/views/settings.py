"""設定: e-mail address, language and time zone."""

from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions import people
from marketplace.http.serializers.people import MeChanges
from marketplace.pages.page import Page
from marketplace.readers import languages, read_by

CONFIRM_IT = gettext_lazy(
    "Your address is saved, and not confirmed yet: until then no notices go there. Send yourself a test."
)
PLACES = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
"""Time zones named after places; other names are aliases."""


class SettingsPage(Page):
    template = "pages/settings/account.html"
    not_done = gettext_lazy("This could not be saved.")
    asks = MeChanges

    def get(self, _request: HttpRequest) -> HttpResponse:
        person = self.person
        self.begin_with(email=person.email, language=person.language, time_zone=person.time_zone)
        default = dict(languages())[settings.LANGUAGE_CODE]
        own = [("", _("As this browser asks for"), ""), *((code, name, code) for code, name in languages())]
        return self.shown(languages=own, default_language=default, zones=_zones(person.time_zone))

    def post(self, _request: HttpRequest) -> HttpResponse:
        changes, person = self.given(), self.person
        moved = bool(changes.get("email")) and changes["email"] != person.email
        saved = self.once(lambda: people.change_me(person=person, **changes), "channels" if moved else "settings")
        with read_by(person, default=translation.get_language() or ""):  # which may be another one from now on
            if moved:
                self.tell(str(CONFIRM_IT), messages.WARNING)
            else:
                self.tell(_("Saved."))
        return saved


def _zones(own: str) -> list[tuple[str, str, str]]:
    """Return the time zones to choose from, the marketplace's first."""
    ours = _("{zone} (this marketplace's)").format(zone=settings.TIME_ZONE)
    named = {zone for zone in available_timezones() if zone.partition("/")[0] in PLACES} | {"UTC"}
    return [("", ours, ""), *((zone, zone.replace("_", " "), "en") for zone in sorted(named | ({own} - {""})))]


urlpatterns = [path("settings/", SettingsPage.as_view(), name="settings")]
