/** The schema `payments`, brought to its newest form at the start. */

/** Each step runs once; a step that has been released is never edited, a new one follows it. */
const STEPS = [
  [
    `CREATE TABLE payments.payments (
     payment_id uuid PRIMARY KEY,
     kind text NOT NULL CHECK (kind IN ('stake', 'payout', 'charge', 'deposit', 'withdrawal')),
     request_uuid uuid NOT NULL,
     transaction_uuid uuid NOT NULL UNIQUE,
     player text NOT NULL,
     market text NOT NULL,
     currency text NOT NULL,
     amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
     method text NOT NULL DEFAULT '',
     game text NOT NULL DEFAULT '',
     round_id uuid,
     state text NOT NULL
       CHECK (state IN ('created', 'redirected', 'authorised', 'captured', 'failed', 'expired', 'reversed')),
     provider_status text NOT NULL DEFAULT '' CHECK (provider_status IN ('', 'asked', 'authorised', 'declined')),
     reason text,
     redirect text,
     answer jsonb,
     origin jsonb NOT NULL DEFAULT '{}',
     attempts integer NOT NULL DEFAULT 0,
     owner uuid,
     lease_until timestamptz,
     next_try_at timestamptz NOT NULL DEFAULT now(),
     expires_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     UNIQUE (kind, request_uuid)
   )`,
    `CREATE INDEX payments_of_player ON payments.payments (player, created_at DESC)`,
    `CREATE INDEX payments_latest ON payments.payments (created_at DESC) WHERE kind IN ('charge', 'deposit', 'withdrawal')`,
    `CREATE INDEX payments_open ON payments.payments (next_try_at) WHERE state IN ('created', 'authorised')`,
    `CREATE INDEX payments_waiting ON payments.payments (expires_at)
     WHERE kind = 'deposit' AND state IN ('created', 'redirected')`,
    `CREATE TABLE payments.callbacks (
     request_uuid uuid PRIMARY KEY,
     payment_id uuid NOT NULL REFERENCES payments.payments,
     status text NOT NULL,
     received_at timestamptz NOT NULL DEFAULT now()
   )`,
    `CREATE TABLE payments.outbox (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     topic text NOT NULL,
     key text NOT NULL,
     value jsonb NOT NULL,
     headers jsonb NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  ],
];

/** Two instances may start at once; the lock makes the second wait and find everything done. */
const LOCK = 0x7061_796d;

/** @param {import('./database.mjs').Database} database */
export function migrate(database) {
  return database.transaction(async (sql) => {
    await sql('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await sql('CREATE SCHEMA IF NOT EXISTS payments');
    await sql('CREATE TABLE IF NOT EXISTS payments.migrations (step integer PRIMARY KEY)');
    const [{ done }] = await sql('SELECT count(*)::int AS done FROM payments.migrations');
    for (const [step, statements] of STEPS.entries()) {
      if (step < done) continue;
      for (const statement of statements) await sql(statement);
      await sql('INSERT INTO payments.migrations (step) VALUES ($1)', [step]);
    }
  });
}
