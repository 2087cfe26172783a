"""`Authorization: Bearer …`: django-rest-knox tokens, read in one statement that writes nothing."""

import functools

from django.db import connection
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

from marketplace.models import User

OF_TOKEN, OF_PERSON = (
    [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 - Django's documented name
    for model in (AuthToken, User)
)


class BearerAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox carries no types
    """Reads one token; Knox reads all of a person's, deletes expired ones, and fails on bytes that are not text."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        """Find the token by its hash. Raises `AuthenticationFailed` for an unknown or expired one."""
        found = _by_digest(hash_token(token.decode("latin-1")))
        if found is None or not found.user.is_active:
            raise AuthenticationFailed
        if found.expiry is not None and found.expiry < timezone.now():  # the host's clock: no rule depends on it
            raise AuthenticationFailed
        return found.user, found


@functools.cache
def _statement() -> str:
    """Return the SQL that finds a token and its person: Django would compile it anew for each call of the API."""
    tokens, people = AuthToken._meta, User._meta  # noqa: SLF001 - Django's documented name
    names = ((each.db_table, field.column) for each in (tokens, people) for field in each.concrete_fields)
    columns = ", ".join(f'"{table}"."{column}"' for table, column in names)
    return f"""
        SELECT {columns} FROM "{tokens.db_table}"
        JOIN "{people.db_table}" ON "{people.db_table}".id = "{tokens.db_table}".user_id
        WHERE "{tokens.db_table}".digest = %s
    """  # noqa: S608 - names of Django's tables


def _by_digest(digest: str) -> AuthToken | None:
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [digest])
        row = cursor.fetchone()
    if row is None:
        return None
    found: AuthToken = AuthToken.from_db(connection.alias, OF_TOKEN, row[: len(OF_TOKEN)])
    found.user = User.from_db(connection.alias, OF_PERSON, row[len(OF_TOKEN) :])
    return found
