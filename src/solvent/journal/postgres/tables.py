"""The tables of a journal on PostgreSQL: column for column those of SQLite, so that rows can be copied over.

Nothing is compressed: an event's bytes are short, and what compressing them costs is the writer's time.
"""

GENESIS = "genesis"
# What a journal is made of; none of it may be there without the genesis.
NAMES = (GENESIS, "batches", "pruned", "event_runs", "answer_runs", "snapshots", "events", "answers")

_GENESIS_TABLE = """
CREATE TABLE genesis (
    "only" integer PRIMARY KEY CHECK ("only" = 1),
    format bigint NOT NULL,
    venue_id text COLLATE "C" NOT NULL,
    hash bytea NOT NULL
)"""
_BATCHES = """
CREATE TABLE batches (
    number bigint CONSTRAINT batches_number PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    at_ms bigint NOT NULL,
    first_answer bigint NOT NULL,
    answers bigint NOT NULL,
    answers_hash bytea NOT NULL,
    head bytea NOT NULL,
    hash bytea NOT NULL
)"""
_PRUNED = """
CREATE TABLE pruned (
    "only" integer PRIMARY KEY CHECK ("only" = 1),
    batch bigint NOT NULL REFERENCES batches (number)
)"""
_EVENT_RUNS = """
CREATE TABLE event_runs (
    place bigint PRIMARY KEY,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    links bytea NOT NULL,
    heads bytea NOT NULL,
    payloads bytea NOT NULL
)"""
_ANSWER_RUNS = """
CREATE TABLE answer_runs (
    first bigint PRIMARY KEY,
    last bigint NOT NULL,
    heads bytea NOT NULL,
    bodies bytea NOT NULL,
    hash bytea NOT NULL
)"""
_SNAPSHOTS = """
CREATE TABLE snapshots (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    head bytea NOT NULL,
    format bigint NOT NULL,
    payload bytea NOT NULL,
    hash bytea NOT NULL,
    UNIQUE (stream, seq)
)"""
_UNCOMPRESSED = (
    ("event_runs", "links"),
    ("event_runs", "heads"),
    ("event_runs", "payloads"),
    ("answer_runs", "heads"),
    ("answer_runs", "bodies"),
    ("snapshots", "payload"),
)
# For whoever reads by hand: a row each, as the journal itself never asks for.
_EVENTS = """
CREATE VIEW events AS
SELECT b.stream, r.first_seq + h.place - 1 AS seq, h.head ->> 0 AS kind, (h.head ->> 1)::integer AS version,
    b.at_ms,
    substr(r.payloads, 1 + coalesce(sum((h.head ->> 2)::integer) OVER (
        PARTITION BY r.place ORDER BY h.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::integer,
        (h.head ->> 2)::integer) AS payload,
    substr(r.links, (1 + 32 * (h.place - 1))::integer, 32) AS hash
FROM event_runs r JOIN batches b ON b.number = r.place >> 20
CROSS JOIN LATERAL json_array_elements(convert_from(r.heads, 'UTF8')::json)
    WITH ORDINALITY AS h (head, place)"""
_ANSWERS = """
CREATE VIEW answers AS
SELECT number, account, key, substr(bodies, 1 + ends - digest_bytes - answer_bytes, digest_bytes)
    AS request_digest, substr(bodies, 1 + ends - answer_bytes, answer_bytes) AS answer
FROM (
    SELECT r.first + h.place - 1 AS number, h.head ->> 0 AS account, h.head ->> 1 AS key, r.bodies,
        (h.head ->> 2)::integer AS digest_bytes, (h.head ->> 3)::integer AS answer_bytes,
        (sum((h.head ->> 2)::integer + (h.head ->> 3)::integer) OVER (
            PARTITION BY r.first ORDER BY h.place))::integer AS ends
    FROM answer_runs r CROSS JOIN LATERAL json_array_elements(convert_from(r.heads, 'UTF8')::json)
        WITH ORDINALITY AS h (head, place)
) AS each"""

STATEMENTS = (
    _GENESIS_TABLE,
    _BATCHES,
    "CREATE INDEX batches_of_stream ON batches (stream, last_seq, number)",
    _PRUNED,
    _EVENT_RUNS,
    _ANSWER_RUNS,
    _SNAPSHOTS,
    *(f"ALTER TABLE {table} ALTER {column} SET STORAGE EXTERNAL" for table, column in _UNCOMPRESSED),
    _EVENTS,
    _ANSWERS,
)
