"""The settings, read from the environment. `.env.example` documents each variable."""

import logging
import zoneinfo
from datetime import timedelta
from pathlib import Path
from typing import Any

from config import email_url, hosts, keys, logs
from config import environment as env
from config.database import limits
from marketplace.policy import Policy, PolicyError
from notifications.cadence import Cadence

env.read_dotenv(Path(__file__).resolve().parents[1] / ".env")

# Use the locked time zones, not the host's, which may be years old: no deadline may depend on the machine.
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

THIS_MACHINE = ["localhost", "127.0.0.1", "[::1]"]
TICK = timedelta(milliseconds=100)
"""The shortest interval that a setting may have."""
LEVELS = ("INFO", "DEBUG", "WARNING", "ERROR")

# web, deadlines, rest or beat; anything else is a one-off command.
PROCESS_ROLE = env.text("PROCESS_ROLE", "command")

DEBUG = env.switch("DEBUG", default=False)
SECRET_KEY = keys.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = keys.secrets("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = hosts.hosts("ALLOWED_HOSTS", THIS_MACHINE)
CSRF_TRUSTED_ORIGINS = hosts.origins("CSRF_TRUSTED_ORIGINS")

# The policy (R12)


def _policy() -> Policy:
    standard = Policy()
    try:
        return Policy(
            silence_before_request=env.duration("POLICY_SILENCE_BEFORE_REQUEST", standard.silence_before_request),
            owed_before_request=env.duration("POLICY_OWED_BEFORE_REQUEST", standard.owed_before_request),
            reply_window=env.duration("POLICY_REPLY_WINDOW", standard.reply_window),
            approval_window=env.duration("POLICY_APPROVAL_WINDOW", standard.approval_window),
            first_contact_window=env.duration("POLICY_FIRST_CONTACT_WINDOW", standard.first_contact_window),
        )
    except PolicyError as unusable:
        raise env.refuse(f"POLICY_{unusable.field.upper()}", unusable.reason) from unusable


POLICY = _policy()
SWEEP_INTERVAL = env.duration("SWEEP_INTERVAL", timedelta(seconds=15), least=TICK, most=timedelta(days=1))
REMINDER_INTERVAL = env.duration("REMINDER_INTERVAL", timedelta(minutes=1), least=TICK, most=timedelta(days=1))
CADENCE = Cadence()

# Notifications

PUBLIC_URL = hosts.site("PUBLIC_URL", "http://127.0.0.1:8000", ALLOWED_HOSTS)
DEFAULT_FROM_EMAIL = hosts.sender("EMAIL_FROM", "Renraku <renraku@localhost>")
EMAIL_REPLY_TO = hosts.sender("EMAIL_REPLY_TO", "")
_mail_server = email_url.read("EMAIL_URL", "consolemail://")
EMAIL_BACKEND = _mail_server.backend
EMAIL_HOST, EMAIL_PORT = _mail_server.host, _mail_server.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail_server.user, _mail_server.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail_server.use_tls, _mail_server.use_ssl
EMAIL_FILE_PATH = _mail_server.folder
EMAIL_WEBHOOK_SECRET = email_url.webhook_secret("EMAIL_WEBHOOK_SECRET")
ANYMAIL = {
    "WEBHOOK_SECRET": [EMAIL_WEBHOOK_SECRET] if EMAIL_WEBHOOK_SECRET else [],
    "MAILGUN_WEBHOOK_SIGNING_KEY": env.text("EMAIL_WEBHOOK_SIGNING_KEY"),
}
EMAIL_TIMEOUT = env.duration(
    "EMAIL_TIMEOUT", timedelta(seconds=10), least=TICK, most=timedelta(seconds=20)
).total_seconds()  # a task that sends has 60 s, and waits more than once
VAPID_PRIVATE_KEY = keys.vapid_key("VAPID_PRIVATE_KEY")
VAPID_SUBJECT = keys.contact(
    "VAPID_SUBJECT", "mailto:renraku@localhost", needed_by="VAPID_PRIVATE_KEY" if VAPID_PRIVATE_KEY else ""
)
PUSH_ALLOWED_HOSTS = hosts.inner_hosts("PUSH_ALLOWED_HOSTS")

# Time and language. The marketplace's calendar is in TIME_ZONE; the database is in UTC.

NUMBER_GROUPING = 3  # for Japanese, where Django has none
USE_TZ = True
TIME_ZONE = env.time_zone("TIME_ZONE", "Asia/Tokyo")
LANGUAGES = env.languages("LANGUAGES", "ja,en")
LANGUAGE_CODE = env.one_of("LANGUAGE_CODE", tuple(dict(LANGUAGES)))

# Django

INSTALLED_APPS = [
    "config.apps.RenrakuConfig",
    "marketplace.apps.MarketplaceConfig",
    "notifications.apps.NotificationsConfig",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "django_structlog",
    "marketplace.apps.OperatorAdminConfig",  # django.contrib.admin, on our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "config.request_log.RequestLog",  # outermost: every log line and answer has the request's id
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # before all that answers
    "config.door.Door",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.reader.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.unavailable.Unavailable",  # innermost: sees what a view raises
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "marketplace.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "notifications.badge.badge",
            ],
        },
    },
]
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # files come from installed packages, so none need collecting
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Plain HTTP is only for trying Renraku out on one's own machine.
_SERVED_ELSEWHERE = not DEBUG and not set(ALLOWED_HOSTS) <= set(THIS_MACHINE)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.switch("SECURE_COOKIES", default=_SERVED_ELSEWHERE)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
if SESSION_COOKIE_SECURE:  # with this prefix, no other host of the domain and no plain HTTP can set them
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SESSION_COOKIE_SECURE else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other hosts of the domain are their owners' to decide on, not ours
    "security.W021",  # nor is the browsers' preload list
    "security.W008",  # the proxy redirects to HTTPS; behind it, Prometheus and health checks use plain HTTP
]
LOGIN_URL = "pages:log-in"
CSRF_FAILURE_VIEW = "marketplace.pages.errors.csrf_failed"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.switch("BEHIND_PROXY", default=False) else None

# Pages load our own files only, and run nothing inline.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # for the icons of the API's documentation
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}
X_FRAME_OPTIONS = "DENY"

# PostgreSQL: config/database. Long-running processes give up a server that hangs; a command waits.

DATABASES: dict[str, Any] = {
    "default": env.database(
        "DATABASE_URL",
        "postgres://user:password@localhost:5432/renraku",
        pooled=env.switch("DATABASE_POOLED", default=False),
        role=PROCESS_ROLE,
        answer_within=None if PROCESS_ROLE == "command" else limits.ANSWER_WITHIN,
    ),
}

# Celery is configured in config/celery.py.

REDIS_URL = env.redis("REDIS_URL", "redis://localhost:6379/0")

# The API

THROTTLE_READ = env.per_minute("THROTTLE_READ", "600/min")
THROTTLE_WRITE = env.per_minute("THROTTLE_WRITE", "120/min")
THROTTLE_LOGIN = env.per_minute("THROTTLE_LOGIN", "10/min")
TOKEN_TTL = env.duration("TOKEN_TTL", timedelta(days=30), least=timedelta(minutes=1))
TOKENS_PER_PERSON = 20
MOST_RUNNING_DEALS_WITH_ONE_SELLER = env.whole_number("MOST_RUNNING_DEALS_WITH_ONE_SELLER", 10, least=1)
PROXIES = env.whole_number("PROXIES", 0)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "marketplace.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["marketplace.http.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": [
        "marketplace.http.throttles.ReadThrottle",
        "marketplace.http.throttles.WriteThrottle",
    ],
    "DEFAULT_PAGINATION_CLASS": "marketplace.http.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "marketplace.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "marketplace.http.problems.problem_response",
    "NUM_PROXIES": PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {
    "TOKEN_TTL": TOKEN_TTL,
    "AUTH_HEADER_PREFIX": "Bearer",
    "AUTO_REFRESH": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Renraku",
    "DESCRIPTION": "Skill marketplaces in which nobody is left hanging.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVERS": [{"url": PUBLIC_URL, "description": "This marketplace."}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [],  # marketplace.api.schema makes the enums' components
}

# Logs and metrics. Each request is one line when it is answered; the rest is logged at DEBUG.

LOG_FORMAT = env.one_of("LOG_FORMAT", logs.LAYOUTS)
LOGGING = logs.configuration(LOG_FORMAT, env.one_of("LOG_LEVEL", LEVELS), PROCESS_ROLE)
METRICS_TOKEN = env.text("METRICS_TOKEN")
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # config.request_log validates it
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO  # a refusal is a normal answer
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG  # the action logs what a task found
DJANGO_STRUCTLOG_CELERY_TASK_RETRY_LOG_LEVEL = logging.DEBUG  # a revoked wake-up is normal
