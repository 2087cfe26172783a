"""The channels: one file and one method each. Only `actions.delivery` calls them."""

from notifications.channels.base import Channel
from notifications.channels.email import Email
from notifications.channels.push import Push
from notifications.vocabulary import Channel as Name

CHANNELS: dict[Name, Channel] = {Name.EMAIL: Email(), Name.PUSH: Push()}
"""In-app needs none: the row is the notice. Another channel is one file and a line here."""
