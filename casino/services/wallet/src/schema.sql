-- The ledger. Runs once; a change of it is a further step beside this file.

-- Only the two accounts of a player carry a balance. House, provider and fees do not: their rows would be locked by every posting,
-- and all players would queue for them. Their balance is the sum of their entries (kept in `sealed`, so that it is never counted anew).
CREATE TABLE ledger.accounts (
  account_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text NOT NULL,
  side text NOT NULL CHECK (side IN ('available', 'reserved', 'house', 'provider', 'fees')),
  currency text NOT NULL,
  balance_minor bigint CONSTRAINT not_below_zero CHECK (balance_minor >= 0),
  UNIQUE (owner, currency, side),
  CHECK ((balance_minor IS NOT NULL) = (side IN ('available', 'reserved')))
);
CREATE INDEX accounts_below_zero ON ledger.accounts (account_id) WHERE balance_minor < 0;

-- One row per request that was decided, with the answer that was given.
CREATE TABLE ledger.postings (
  posting_id uuid PRIMARY KEY,
  request_uuid uuid NOT NULL,
  provider text NOT NULL,
  transaction_uuid uuid NOT NULL,
  kind text NOT NULL,
  player text NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  target uuid,
  outcome text NOT NULL,
  cash_minor bigint NOT NULL,
  available_minor bigint NOT NULL,
  reserved_minor bigint NOT NULL,
  ended_by uuid,
  at timestamptz NOT NULL DEFAULT now(),
  xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT processed_once UNIQUE (provider, transaction_uuid, kind)
);
CREATE INDEX postings_target ON ledger.postings (provider, target) WHERE target IS NOT NULL;
CREATE INDEX postings_xact ON ledger.postings (xact);

-- No foreign key to accounts: it would share-lock the row of the house in every transaction. Accounts are never deleted.
CREATE TABLE ledger.entries (
  posting_id uuid NOT NULL REFERENCES ledger.postings,
  line smallint NOT NULL,
  account_id bigint NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
  xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (posting_id, line)
);
CREATE INDEX entries_account ON ledger.entries (account_id);
CREATE INDEX entries_xact ON ledger.entries (xact);

-- What was counted already: all transactions before `upto`, which had ended when it was written (it is the oldest one still running).
CREATE TABLE ledger.seal (one boolean PRIMARY KEY DEFAULT true CHECK (one), upto xid8 NOT NULL);
INSERT INTO ledger.seal (upto) VALUES ('0');
CREATE TABLE ledger.sealed (
  currency text NOT NULL,
  what text NOT NULL,
  amount_minor numeric NOT NULL,
  PRIMARY KEY (currency, what)
);
