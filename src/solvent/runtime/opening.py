"""A venue and its recording, made as the settings say."""

import secrets
from pathlib import Path as Directory

from solvent.journal import Journal, NoJournal, make_folder, open_journal
from solvent.prices import Cursor, Path, ReplayFeed, recorded_closes
from solvent.runtime.clock import VirtualClock
from solvent.runtime.limits import Limits
from solvent.runtime.settings import Settings
from solvent.runtime.settlement import Settlement
from solvent.runtime.venue import Venue

DAY_MS = 86_400_000


def open_venue(settings: Settings, *, settlement: Settlement | None = None) -> Venue:
    """Open the settings' journal, or make it, and the venue in it, with a worker that settles.

    A new venue's id is drawn at random.
    Errors: the journal's own.
    """
    is_virtual = settings.clock == "virtual"
    return Venue(
        _journal(settings),
        clock=VirtualClock() if is_virtual else None,
        settlement=settlement,
        is_settling=True,
        events_between_snapshots=settings.events_between_snapshots,
        limits=Limits(
            is_inline=settings.commit == "inline",
            batch_commands_max=settings.batch_commands_max,
            waiting_commands_max=settings.waiting_commands_max,
            key_retention_ms=settings.key_retention_days * DAY_MS,
            clock_step_ms_max=settings.clock_step_ms_max,
            settlement_retry_ms_max=settings.settlement_retry_ms_max,
        ),
    )


def _journal(settings: Settings) -> Journal:
    if settings.place != settings.data_folder:
        make_folder(Directory(settings.data_folder))  # the secrets' own
    try:
        return open_journal(settings.place)
    except NoJournal:
        return open_journal(settings.place, venue_id=secrets.token_hex(16))


def recording_of(settings: Settings, *, venue_ms: int) -> ReplayFeed:
    """Return the recording as a feed that begins at a moment of the venue."""
    cursor = Cursor(venue_ms=venue_ms, source_ms=settings.recording_from, speed=settings.recording_speed)
    path = Path(closes=recorded_closes(), seed=settings.path_seed)
    return ReplayFeed(path, cursor, heartbeat_ms=settings.heartbeat_ms)
