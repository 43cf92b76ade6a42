"""How a venue commits, and how much it does at once, keeps, or waits for; the settings give other values."""

from msgspec import Struct

from solvent.journal.records import RETENTION_MS_MIN
from solvent.runtime.clock import STEP_MS_MAX
from solvent.runtime.settling import RETRY_MS_MAX


class Limits(Struct, frozen=True, kw_only=True):
    """A venue's limits; what each is for, docs/reference/settings.md says."""

    is_inline: bool = False
    batch_commands_max: int = 256
    waiting_commands_max: int = 10_000
    key_retention_ms: int = RETENTION_MS_MIN
    clock_step_ms_max: int = STEP_MS_MAX
    settlement_retry_ms_max: int = RETRY_MS_MAX
