"""What a book of partitions says of itself: its markets, and each partition with its rows and its digest."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from solvent.engine import MarketState, State
from solvent.margin import Account, registry
from solvent.margin.parts import housed
from solvent.runtime.errors import RuntimeProblem, RuntimeRefused

FORMAT = 1
MANIFEST = "book.json"
ENDING = ".parquet"
DIGEST_BYTES = 32
ID_BYTES = 16


class BookRefused(RuntimeProblem):
    """A book or one of its partitions is not what was written; nothing of it was told."""


class Partition(Struct, frozen=True, kw_only=True):
    """One file: whose rows, how many, its bytes and their digest, its first and last account in order."""

    file: str
    market: str
    number: int
    rows: int
    bytes: int
    digest: str
    first: str
    last: str


class Scene(Struct, frozen=True, kw_only=True):
    """What all positions of a book share: markets with pools, prices and fundings, and what insures them.

    `origin` says in words where the positions come from, `simulated` that nobody holds them. Units:
    `insurance` in smallest units by asset symbol.
    """

    origin: str
    simulated: bool
    seq: int
    now_ms: int
    insurance: dict[str, int]
    markets: tuple[MarketState, ...]

    @classmethod
    def of(cls, state: State, *, origin: str, simulated: bool = False) -> "Scene":
        """Return the scene of a state."""
        assets = {kept.terms.model.wallet_assets(kept.market)[0].symbol for kept in state.markets.values()}
        return cls(
            origin=origin,
            simulated=simulated,
            seq=state.seq,
            now_ms=state.now_ms,
            insurance={asset: state.balance(Account.INSURANCE.value, asset) for asset in sorted(assets)},
            markets=tuple(state.markets.values()),
        )

    def state(self) -> State:
        """Return the state without its positions."""
        made = State()
        made.seq, made.now_ms = self.seq, self.now_ms
        made.markets = {kept.name: kept for kept in self.markets}
        made.positions = {kept.name: {} for kept in self.markets}
        name = Account.INSURANCE.value
        made.balances = {asset: {name: units} for asset, units in self.insurance.items()}
        return made

    def id(self) -> str:
        """Return what names the book: a digest of everything here."""
        return blake2b(msgspec.json.encode(self), digest_size=ID_BYTES).hexdigest()


class Manifest(Struct, frozen=True, kw_only=True):
    """The whole of `book.json`, whose own digest comes last."""

    format: int
    book: str
    scene: Scene
    partitions: tuple[Partition, ...]
    digest: str = ""

    def sealed(self) -> "Manifest":
        """Return the same with its digest."""
        bare = msgspec.json.encode(replace(self, digest=""))
        return replace(self, digest=digest_of(bare))


class Book(Struct, frozen=True, kw_only=True):
    """A book that was opened: every partition that it tells of is there, and no other."""

    folder: Path
    manifest: Manifest

    @property
    def scene(self) -> Scene:
        """What its positions share."""
        return self.manifest.scene

    @property
    def rows(self) -> int:
        """How many positions it holds."""
        return sum(one.rows for one in self.manifest.partitions)


def digest_of(payload: bytes) -> str:
    """Return the digest of a file's bytes."""
    return blake2b(payload, digest_size=DIGEST_BYTES).hexdigest()


def encode_market(kept: MarketState) -> bytes:
    """Write a market, for a worker."""
    return msgspec.json.encode(kept)


def decode_market(payload: bytes) -> MarketState:
    """Read a market that `encode_market` wrote."""
    return _typed(msgspec.json.decode(payload, type=MarketState))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `book.json`, whole or not at all: a folder without it holds no book."""
    made = folder / f"{MANIFEST}.part"
    made.write_bytes(msgspec.json.format(msgspec.json.encode(manifest.sealed()), indent=1))
    made.replace(folder / MANIFEST)


def open_book(folder: Path) -> Book:
    """Read what a book says of itself, and compare it with the files that are there; none is read.

    Errors: `RuntimeRefused` where there is no book, `BookRefused` for one that is not whole.
    """
    file = folder / MANIFEST
    try:
        payload = file.read_bytes()
    except OSError as error:
        raise RuntimeRefused(
            f"{str(folder)!r} holds no book: {MANIFEST} cannot be read ({error.strerror}); "
            "make one with `solvent book export` or `solvent book generate`"
        ) from error
    manifest = _decoded(payload)
    book = Book(folder=folder, manifest=manifest)
    wrong = next(_faults(book), None)
    if wrong is not None:
        raise BookRefused(f"the book in {str(folder)!r} is not whole: {wrong}")
    return book


def _decoded(payload: bytes) -> Manifest:
    try:
        found = msgspec.json.decode(payload, type=dict[str, Any])
        if found.get("format") != FORMAT:
            raise BookRefused(
                f"{MANIFEST} is in format {found.get('format')!r}, and this Solvent reads {FORMAT}"
            )
        manifest = msgspec.json.decode(payload, type=Manifest)
        if manifest.sealed().digest != manifest.digest or manifest.scene.id() != manifest.book:
            raise BookRefused(f"{MANIFEST} was changed after it was written; make the book again")
        markets = tuple([_typed(kept) for kept in manifest.scene.markets])
    except ValueError as error:
        raise BookRefused(f"{MANIFEST} cannot be read: {error}") from error
    return replace(manifest, scene=replace(manifest.scene, markets=markets))


def _typed(kept: MarketState) -> MarketState:
    """Give a market's and a pool's values their types again."""
    stored = housed(registry.by_name(kept.model)).STORED
    return replace(
        kept,
        market=msgspec.convert(kept.market, stored["market"]),
        pool=None if kept.pool is None else msgspec.convert(kept.pool, stored["pool"]),
    )


def _faults(book: Book) -> Iterator[str]:
    """Say which partitions are missing, doubled, foreign or not of their size."""
    told: dict[str, Partition] = {}
    digests: dict[str, str] = {}
    markets = {kept.name for kept in book.scene.markets}
    for one in book.manifest.partitions:
        if one.file in told:
            yield f"partition {one.file!r} is told of twice"
        if one.digest in digests:
            yield f"partition {one.file!r} is {digests[one.digest]!r} once more"
        if one.market not in markets:
            yield f"partition {one.file!r} is of {one.market!r}, a market that the book does not have"
        told[one.file] = one
        digests[one.digest] = one.file
        path = book.folder / one.file
        if not path.is_file():
            yield f"partition {one.file!r} is missing"
        elif path.stat().st_size != one.bytes:
            yield f"partition {one.file!r} has {path.stat().st_size:,} bytes, and {one.bytes:,} were written"
    for path in sorted(book.folder.glob(f"*{ENDING}")):
        if path.name not in told:
            yield f"{path.name!r} is no partition of it; take it away"
    for market in markets:
        yield from _overlaps([one for one in book.manifest.partitions if one.market == market])


def _overlaps(partitions: Sequence[Partition]) -> Iterator[str]:
    """Say which partitions of a market hold accounts in the range of another: some may be there twice."""
    for before, after in pairwise(sorted(partitions, key=lambda one: (one.first, one.last))):
        if before.last >= after.first:
            yield f"partitions {before.file!r} and {after.file!r} both reach account {after.first}"
