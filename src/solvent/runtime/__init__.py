"""Where the parts are joined: clock, single writer, settlement, the venue."""

from solvent.runtime.clock import Clock, RealClock, VirtualClock, wall_ms
from solvent.runtime.committed import Committed, Listener
from solvent.runtime.driving import Driver, Driving, Funded, Quote, advance_to
from solvent.runtime.embedding import Embedded, account_id, embed, identity_of
from solvent.runtime.errors import EventUnreadable, Overloaded, RuntimeProblem, RuntimeRefused, VenueStopped
from solvent.runtime.following import Follower, Post
from solvent.runtime.hosting import FeedStatus, House, Profile, open_house
from solvent.runtime.limits import Limits
from solvent.runtime.loading import Loaded, load, replay, state_at
from solvent.runtime.opening import open_venue, recording_of
from solvent.runtime.pacing import Pacing
from solvent.runtime.replies import Reply
from solvent.runtime.running import Ended, Ending, Reason, run
from solvent.runtime.settings import Effective, Setting, SettingRefused, Settings, read_settings
from solvent.runtime.settings import table as settings_table
from solvent.runtime.settings import text_of as setting_text
from solvent.runtime.settlement import Faucet, Settlement
from solvent.runtime.settling import Retried, Settling
from solvent.runtime.venue import Venue
from solvent.runtime.writer import STREAM, Writer

__all__ = [
    "STREAM",
    "Clock",
    "Committed",
    "Driver",
    "Driving",
    "Effective",
    "Embedded",
    "Ended",
    "Ending",
    "EventUnreadable",
    "Faucet",
    "FeedStatus",
    "Follower",
    "Funded",
    "House",
    "Limits",
    "Listener",
    "Loaded",
    "Overloaded",
    "Pacing",
    "Post",
    "Profile",
    "Quote",
    "RealClock",
    "Reason",
    "Reply",
    "Retried",
    "RuntimeProblem",
    "RuntimeRefused",
    "Setting",
    "SettingRefused",
    "Settings",
    "Settlement",
    "Settling",
    "Venue",
    "VenueStopped",
    "VirtualClock",
    "Writer",
    "account_id",
    "advance_to",
    "embed",
    "identity_of",
    "load",
    "open_house",
    "open_venue",
    "read_settings",
    "recording_of",
    "replay",
    "run",
    "setting_text",
    "settings_table",
    "state_at",
    "wall_ms",
]
