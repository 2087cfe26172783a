"""`Authorization: Bearer …`: django-rest-knox tokens, read in one statement that writes nothing."""

from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

from marketplace.models import User


class BearerAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox carries no types
    """Reads one token; Knox reads all of a person's, deletes expired ones, and fails on bytes that are not text."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        """Find the token by its hash. Raises `AuthenticationFailed` for an unknown or expired one."""
        digest = hash_token(token.decode("latin-1"))
        found = AuthToken.objects.select_related("user").filter(pk=digest).first()
        if found is None or not found.user.is_active:
            raise AuthenticationFailed
        if found.expiry is not None and found.expiry < timezone.now():  # the host's clock: no rule depends on it
            raise AuthenticationFailed
        return found.user, found
