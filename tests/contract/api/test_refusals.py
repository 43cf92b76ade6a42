"""Every refusal code of the models, the engine and the service is answered over HTTP as it is documented.

Or it is said why no request can bring it about. A new code without an entry in `refusing` fails here.
"""

import asyncio
from collections.abc import Sequence

import pytest

from solvent.api import problems
from solvent.api.answers import _STATUS
from solvent.engine.refusals import REFUSALS
from solvent.margin import registry
from tests.contract.api.refusing import ALONE, ORIGINS, Play
from tests.contract.api.stage import Stage, staged

CODES = {
    **{name: registry.by_name(name).REFUSALS for name in registry.names()},
    "engine": REFUSALS,
    "service": problems.REFUSALS,
}
STATUSES = {str(code): int(status) for code, status in (*problems.STATUS.items(), *_STATUS.items())}
TOGETHER = {
    origin: [
        code for code, play in plays.items() if not isinstance(play, str) and (origin, code) not in ALONE
    ]
    for origin, plays in ORIGINS.items()
}


def test_every_code_has_an_entry_and_every_entry_a_code() -> None:
    known = {origin: {note.code for note in notes} for origin, notes in CODES.items()}
    assert known == {origin: set(plays) for origin, plays in ORIGINS.items()}
    assert set(ALONE) <= {(origin, code) for origin, plays in ORIGINS.items() for code in plays}


def test_what_cannot_be_brought_about_says_why() -> None:
    reasons = [play for plays in ORIGINS.values() for play in plays.values() if isinstance(play, str)]
    assert all(len(reason.split()) > 3 for reason in reasons)


async def faults(stage: Stage, origin: str, codes: Sequence[str]) -> list[str]:
    """Bring each code about; return what was answered instead."""
    found = []
    for code in codes:
        play = ORIGINS[origin][code]
        assert not isinstance(play, str)
        try:
            told: object = await told_by(stage, play)
        except AssertionError as error:
            told = str(error)
        expected = (code, STATUSES.get(code, 422))
        if told != expected:
            found.append(f"{origin} {expected}: {told}")
    return found


async def told_by(stage: Stage, play: Play) -> tuple[str, int]:
    user = await stage.user()
    answer = await play(stage, user)
    assert answer.headers["content-type"] == problems.MEDIA_TYPE, answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["detail"], problem
    return problem["code"], answer.status_code


@pytest.mark.parametrize("origin", ORIGINS)
def test_each_code_is_answered_over_http(origin: str) -> None:
    async def play() -> list[str]:
        async with staged() as stage:
            return await faults(stage, origin, TOGETHER[origin])

    assert asyncio.run(play()) == []


@pytest.mark.parametrize(("origin", "code"), sorted(ALONE))
def test_each_code_that_needs_a_venue_of_its_own_is_answered_over_http(origin: str, code: str) -> None:
    async def play() -> list[str]:
        async with staged() as stage:
            return await faults(stage, origin, [code])

    assert asyncio.run(play()) == []
