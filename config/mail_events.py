"""Receives bounces and complaints from mail providers, read by Anymail. Off unless a secret is set."""

from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notifications.actions import bounces
from notifications.channels import reports
from notifications.channels.email import domain

PROVIDERS: dict[str, type[AnymailBaseWebhookView]] = {
    "brevo": BrevoTrackingWebhookView,
    "mailgun": MailgunTrackingWebhookView,
    "mailjet": MailjetTrackingWebhookView,
    "postmark": PostmarkTrackingWebhookView,
    "sendgrid": SendGridTrackingWebhookView,
    "sparkpost": SparkPostTrackingWebhookView,
}


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def mail_events(request: HttpRequest, provider: str) -> HttpResponse:
    """Handle a provider's events: 401 without the secret, 400 for anything else."""
    kind = PROVIDERS.get(provider)
    needed = ["WEBHOOK_SECRET", *(["MAILGUN_WEBHOOK_SIGNING_KEY"] if provider == "mailgun" else [])]
    if kind is None or not all(settings.ANYMAIL.get(name) for name in needed):
        raise Http404
    view = kind()
    try:
        view.run_validators(request)
    except AnymailWebhookValidationFailure:
        return _text(
            "wrong user or password, or wrongly signed", 401, {"WWW-Authenticate": 'Basic realm="mail events"'}
        )
    if request.method == "HEAD":
        return HttpResponse()
    try:
        events: list[Any] = view.parse_events(request)
        found = [reports.of_event(event, domain()) for event in events if hasattr(event, "recipient")]
    except Exception as malformed:  # noqa: BLE001 - Anymail does not validate what it parses
        return _text(f"no event of {provider}: {type(malformed).__name__}", 400)
    for report in found:
        if report is not None:
            bounces.hear(report)
    return HttpResponse()


def _text(message: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(f"{message}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)
