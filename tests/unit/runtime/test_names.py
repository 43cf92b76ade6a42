"""A key or an account that the journal would not keep is refused to whoever asks, and to nobody else."""

import pytest

from solvent.engine import commands
from solvent.journal import open_journal
from solvent.runtime import RuntimeRefused, Venue, VirtualClock


@pytest.mark.parametrize(
    ("account", "key"), [("operator", ""), ("operator", "k" * 257), ("", "k"), ("a\nb", "k")]
)
def test_a_name_that_no_journal_keeps_is_refused_and_the_venue_goes_on(account: str, key: str) -> None:
    with Venue(open_journal(":memory:", venue_id="test"), clock=VirtualClock(0)) as venue:
        command = commands.OpenAccount(account="a" * 32)
        with pytest.raises(RuntimeRefused, match="give 1 to 256 printable characters"):
            venue.submit(command, account=account, key=key)
        assert venue.ask(command, key="a good one").is_accepted
