-- Step 1 of the schema `users`: players, what is known of their balances, games and visits.

CREATE TABLE players (
    id text PRIMARY KEY,
    name text NOT NULL,
    market text NOT NULL,
    currency text NOT NULL,
    pays text NOT NULL CHECK (pays IN ('wallet', 'per_spin')),
    role text NOT NULL DEFAULT 'player' CHECK (role IN ('player', 'admin')),
    kyc text NOT NULL DEFAULT 'none' CHECK (kyc IN ('none', 'submitted', 'verified', 'rejected', 'expired')),
    kyc_document text,
    kyc_at timestamptz,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'blocked')),
    -- The house's present was booked.
    welcomed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX players_by_time ON players (seen_at DESC);
CREATE INDEX players_undecided ON players (kyc_at) WHERE kyc = 'submitted';

-- p-000001 to p-000500 are residents; guests come after them.
CREATE SEQUENCE guest_number START 501;

CREATE TABLE latest_balances (
    player_id text PRIMARY KEY REFERENCES players,
    currency text NOT NULL,
    balance_minor bigint NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- Each balance that was seen. Deliberately without an index on player_id: that is the fault userBalanceMissingIndex.
CREATE TABLE balances_seen (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    player_id text NOT NULL,
    currency text NOT NULL,
    balance_minor bigint NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO balances_seen (player_id, currency, balance_minor, seen_at)
SELECT 'p-' || lpad((n % 500 + 1)::text, 6, '0'), 'EUR', 1000000 - n * 10, now() - make_interval(mins => 8000 - n)
FROM generate_series(1, 8000) AS n;

-- A disk that takes casino.scan_ms for all rows, page by page; who reads few of them waits little, as with an index.
CREATE FUNCTION page_read(row_number bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE COST 0.01 AS $$
DECLARE
    whole double precision;
    due timestamptz;
BEGIN
    IF row_number % 400 <> 0 THEN
        RETURN true;
    END IF;
    whole := coalesce(nullif(current_setting('casino.scan_ms', true), '')::double precision, 0) / 1000;
    due := statement_timestamp() + make_interval(secs => whole * least(row_number, 8000) / 8000);
    PERFORM pg_sleep(greatest(extract(epoch FROM due - clock_timestamp()), 0));
    RETURN true;
END $$;

CREATE VIEW balance_history WITH (security_barrier) AS
SELECT player_id, currency, balance_minor, seen_at FROM balances_seen WHERE page_read(id);

CREATE TABLE games (
    id text PRIMARY KEY,
    place integer NOT NULL UNIQUE,
    name text NOT NULL,
    provider text NOT NULL,
    -- Of the rules, as a share of what is staked.
    rtp double precision NOT NULL,
    asset text NOT NULL,
    open boolean NOT NULL
);
INSERT INTO games (id, place, name, provider, rtp, asset, open) VALUES
    ('slot', 1, 'Moon Orchard', 'acme-games', 10117.0 / 10648, '/api/assets/slot.svg', true),
    ('roulette', 2, 'Roulette', 'acme-games', 36.0 / 37, '/api/assets/roulette.svg', true),
    ('blackjack', 3, 'Blackjack', 'acme-games', 0.9891326, '/api/assets/blackjack.svg', true),
    ('baccarat', 4, 'Baccarat', 'acme-games', 0.9894, '', false),
    ('craps', 5, 'Craps', 'acme-games', 0.9859, '', false),
    ('sic-bo', 6, 'Sic Bo', 'acme-games', 0.9722, '', false),
    ('casino-war', 7, 'Casino War', 'acme-games', 0.9712, '', false),
    ('red-dog', 8, 'Red Dog', 'acme-games', 0.9685, '', false),
    ('three-card', 9, 'Three Card Brag', 'acme-games', 0.9663, '', false),
    ('big-wheel', 10, 'Big Wheel', 'acme-games', 0.8889, '', false),
    ('keno', 11, 'Keno', 'acme-games', 0.75, '', false),
    ('bingo', 12, 'Bingo', 'acme-games', 0.7, '', false);

-- Who came to which game. Deliberately without an index on game: lobbyNPlusOne reads all of it once per game, and
-- it has enough rows for that to be slow on a fast machine.
CREATE TABLE visits (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    game text NOT NULL,
    player_id text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO visits (game, player_id, at)
SELECT (ARRAY['slot', 'roulette', 'blackjack'])[n % 3 + 1], 'p-' || lpad((n % 500 + 1)::text, 6, '0'), now() - make_interval(mins => 10 + (240000 - n) / 30)
FROM generate_series(1, 240000) AS n;

-- Plans from the beginning on.
ANALYZE players, latest_balances, balances_seen, games, visits;
