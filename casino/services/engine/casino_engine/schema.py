"""The engine's tables, in the schema `engine`."""

from __future__ import annotations

from casino_telemetry.database import Connection

STATEMENTS = (
    "CREATE SCHEMA IF NOT EXISTS engine",
    """CREATE TABLE IF NOT EXISTS seeds (
        seed_id uuid PRIMARY KEY, server_seed bytea NOT NULL, seed_hash text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(), closed_at timestamptz, revealed_at timestamptz)""",
    # state: staking -> refused | rolled_back | playing <-> doubling | settled
    """CREATE TABLE IF NOT EXISTS rounds (
        round_id uuid PRIMARY KEY, player text NOT NULL, market text NOT NULL, currency text NOT NULL, pays text NOT NULL,
        game text NOT NULL, version text NOT NULL, seed_id uuid NOT NULL REFERENCES seeds, nonce bigint NOT NULL, stretch int NOT NULL,
        state text NOT NULL, stake bigint NOT NULL, payout bigint NOT NULL DEFAULT 0, record jsonb NOT NULL DEFAULT '{}',
        answer jsonb, step int NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now())""",
    "CREATE INDEX IF NOT EXISTS rounds_open ON rounds (updated_at) WHERE state IN ('staking', 'playing', 'doubling')",
    "CREATE INDEX IF NOT EXISTS rounds_seed ON rounds (seed_id)",
    "CREATE INDEX IF NOT EXISTS rounds_created ON rounds (created_at)",
    # Payouts and rollbacks that payment has not answered yet.
    """CREATE TABLE IF NOT EXISTS owed (
        id uuid PRIMARY KEY, kind text NOT NULL, round_id uuid NOT NULL, body jsonb NOT NULL, trace jsonb NOT NULL,
        attempts int NOT NULL DEFAULT 0, parked boolean NOT NULL DEFAULT false, last_error text,
        next_at timestamptz NOT NULL, created_at timestamptz NOT NULL DEFAULT now())""",
    "CREATE INDEX IF NOT EXISTS owed_next ON owed (next_at) WHERE NOT parked",
)
LOCK = 4203


async def create(connection: Connection) -> None:
    """Makes what is missing; one engine at a time."""
    async with connection.begin():
        await connection.row("SELECT pg_advisory_xact_lock($1)", LOCK)
        for statement in STATEMENTS:
            await connection.run(statement)
