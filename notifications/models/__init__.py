"""The rows of notifications: who was told what, on which ladders, by whose wishes."""

from notifications.models.fairness import FailedNotice
from notifications.models.ladders import RunningLadder
from notifications.models.notices import Notification, Sender
from notifications.models.reach import CalendarFeed, ChannelTest, PushSubscription, Reach, SlowPlace
from notifications.models.wishes import Preference, Wishes
