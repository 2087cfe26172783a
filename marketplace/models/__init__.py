"""The rows. Each is written by an action only, and each invariant has a name in the database."""

from marketplace.models.deals import Deal, Review
from marketplace.models.events import Event
from marketplace.models.operations import (
    IdempotencyKey,
    Installation,
    InvariantReport,
    Presence,
    PutOff,
    Tally,
    TallyMark,
    Turn,
    WriteCount,
)
from marketplace.models.people import OpenSession, Seller, User
from marketplace.models.schedule import Milestone, MilestoneChange
from marketplace.models.selling import PenaltyPause, Service
from marketplace.models.talk import CancelRequest, Message, TalkRoom
from marketplace.models.verdicts import Verdict
