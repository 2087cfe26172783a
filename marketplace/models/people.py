"""People and sellers."""

import uuid
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from marketplace.addresses import LONGEST_ADDRESS, check_address, tidied
from marketplace.characters import control_characters, is_visible
from marketplace.errors import AlphabetsInName, ControlsInName, NothingToRead
from marketplace.models.choices import word
from marketplace.names import compared_name, mixes_alphabets
from marketplace.readers import languages
from marketplace.rules import Figures
from marketplace.vocabulary import Rank

LONGEST_NAME = 150
LONGEST_KEY = 3 * LONGEST_NAME
"""Folding case writes at most three characters for one."""


def refuse_unseen(name: str) -> None:
    """Refuse controls, what turns the direction around, and a name in which nothing can be seen."""
    found = control_characters(name)
    if found:
        raise ValidationError(f"{ControlsInName.message} {', '.join(found)}", code=ControlsInName.code)
    if name and not is_visible(name):
        raise ValidationError(NothingToRead.message, code=NothingToRead.code)


class People(UserManager["User"]):
    """People, found by their names however these were typed."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return whose name this is, for log-in: exactly as typed, else without width and case.

        Raises `DoesNotExist`.
        """
        name = username or ""
        named = self.filter(models.Q(username=name) | models.Q(username_key=compared_name(name)))
        exactly = models.Case(models.When(username=name, then=0), default=1)
        found = named.order_by(exactly).first()
        if found is None:
            raise self.model.DoesNotExist
        return found


class User(AbstractUser):
    """A person. People are made in the admin; sign-up is the marketplace's own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        _("username"),
        max_length=LONGEST_NAME,
        unique=True,
        help_text=_("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
        validators=[UnicodeUsernameValidator(), refuse_unseen],
        error_messages={"unique": _("A user with that username already exists.")},
    )
    username_key = models.CharField(max_length=LONGEST_KEY, unique=True, null=True, editable=False)
    """The name as it is compared (`marketplace.names`): look-alikes cannot be made.

    Null for a name of old that is like another's: that person logs in by the exact spelling.
    """
    first_name = models.CharField(_("first name"), max_length=150, blank=True, validators=[refuse_unseen])
    last_name = models.CharField(_("last name"), max_length=150, blank=True, validators=[refuse_unseen])
    email = models.CharField(_("email address"), max_length=LONGEST_ADDRESS, blank=True, validators=[check_address])
    access_generation = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    """Raised when staff end what is open: sessions of an older generation let nobody in."""

    objects: ClassVar[People] = People()
    email_confirmed_at = models.DateTimeField(_("address confirmed"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=32, choices=languages, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")

    class Meta(AbstractUser.Meta):
        """Operators search by the beginning of an address; names have such an index of Django's."""

        verbose_name = _("person")  # type: ignore[assignment]  # the stubs know no lazy one here
        verbose_name_plural = _("people")  # type: ignore[assignment]  # the same
        indexes = [models.Index(fields=["email"], name="user_by_email", opclasses=["varchar_pattern_ops"])]
        permissions = [("end_access", "Can end a person's sessions, tokens, browsers and calendar address")]

    def clean(self) -> None:
        """Refuse a new name that is, or looks, like somebody else's."""
        super().clean()
        self.email = tidied(self.email)
        if not self.username:  # the form says why
            return
        others = User.objects.exclude(pk=self.pk).filter(username_key=compared_name(self.username))
        stands = not self._state.adding and User.objects.filter(pk=self.pk, username=self.username).exists()
        if not stands and mixes_alphabets(self.username):
            raise ValidationError({"username": AlphabetsInName.message})
        if not stands and others.exists():
            raise ValidationError({"username": _("A user with that username already exists.")})

    def check_password(self, raw_password: str | None) -> bool:
        """Check it. A stronger hash of the same password, saved on the way, is no new one."""
        self._same_password = True
        try:
            return super().check_password(raw_password)
        finally:
            self._same_password = False

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the key of the name. A new password ends every token; sessions rest on it anyway."""
        written = kwargs.get("update_fields")
        with transaction.atomic(using=kwargs.get("using")):
            ends = not self._state.adding and (written is None or "password" in written) and self._has_a_new_password()
            if written is None or "username" in written:
                self._keep_key()
                kwargs["update_fields"] = written if written is None else {*written, "username_key"}
            super().save(*args, **kwargs)
            if ends:
                AuthToken.objects.filter(user=self).delete()

    def _keep_key(self) -> None:
        """Write the key; a name of old that is like another's goes on without."""
        key = compared_name(self.username)
        of_old = not self._state.adding and self.username_key is None
        if not (of_old and User.objects.exclude(pk=self.pk).filter(username_key=key).exists()):
            self.username_key = key

    def _has_a_new_password(self) -> bool:
        if getattr(self, "_same_password", False):
            return False
        return not User.objects.filter(pk=self.pk, password=self.password).exists()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Rest sessions on the generation too; those of the first stay as Django makes them."""
        stands_for = f"{self.password} {self.access_generation}" if self.access_generation else self.password
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        return salted_hmac(salt, stands_for, secret=secret, algorithm="sha256").hexdigest()


class OpenSession(models.Model):
    """A session in a browser, and whose it is, which Django's own rows do not say. It may outlive the session."""

    session_key = models.CharField(max_length=40, primary_key=True)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="open_sessions")
    browser = models.CharField(max_length=200, blank=True, default="")
    began_at = models.DateTimeField()

    class Meta:
        verbose_name = _("open session")
        verbose_name_plural = _("open sessions")

    def __str__(self) -> str:
        return str(self.person_id)


class Seller(models.Model):
    """A person who sells, with the figures of the window (R11): recounted from rows, never incremented."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="seller")
    created_at = models.DateTimeField(_("seller since"))
    completed = models.PositiveIntegerField(_("completed"), default=0)
    revenue_yen = models.PositiveBigIntegerField(default=0)
    cancelled_at_fault = models.PositiveIntegerField(_("cancelled at fault"), default=0)
    rating_sum = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    rank = word(Rank, verbose_name=_("rank"), default=Rank.REGULAR)
    search_rank = models.DecimalField(_("search rank"), max_digits=8, decimal_places=2, default=Decimal(350))
    figures_at = models.DateTimeField(_("recounted"), null=True)
    oldest_counted_at = models.DateTimeField(null=True, db_index=True)
    """The oldest date that the figures count: when the window has moved past it, they are recounted."""

    paused: bool
    """Read by `reads.selling.with_paused`."""

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="seller_newest_first"),
            models.Index(fields=["rank", "-created_at", "-id"], name="seller_by_rank"),
        ]
        permissions = [("resume_seller", "Can acknowledge verdicts and resume services for a seller")]

    def __str__(self) -> str:
        return self.user.username

    @property
    def figures(self) -> Figures:
        """The figures as they were last recounted."""
        return Figures(
            completed=self.completed,
            revenue_yen=self.revenue_yen,
            cancelled_at_fault=self.cancelled_at_fault,
            rating_sum=self.rating_sum,
            rating_count=self.rating_count,
        )
