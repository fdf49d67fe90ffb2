//! Accounts: the two of a player, which carry balances and locks, and those that all postings share, which do not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use casino_telemetry::db::{Database, DbError, Transaction};

use crate::rules::Balances;

/// Providers times currencies; the names come from services of ours, so there are few. More are looked up each time.
const MOST_SHARED: usize = 256;

/// The accounts of one player in one currency.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    pub(crate) available: i64,
    pub(crate) reserved: i64,
}

/// The accounts on the other side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shared {
    pub(crate) house: i64,
    pub(crate) provider: i64,
    pub(crate) fees: i64,
}

/// Remembers the numbers of the shared accounts; they never change.
#[derive(Default)]
pub(crate) struct Accounts {
    known: Mutex<HashMap<(String, String), Arc<Shared>>>,
}

const LOCK: &str = "
    SELECT account_id, side, balance_minor FROM ledger.accounts
    WHERE owner = $1 AND currency = $2 AND side IN ('available', 'reserved') ORDER BY account_id FOR UPDATE";
const READ: &str = "
    SELECT account_id, side, balance_minor FROM ledger.accounts
    WHERE owner = $1 AND currency = $2 AND side IN ('available', 'reserved')";
const OPEN: &str = "
    INSERT INTO ledger.accounts (owner, side, currency, balance_minor) VALUES ($1, 'available', $2, 0), ($1, 'reserved', $2, 0)
    ON CONFLICT DO NOTHING";
const OPEN_SHARED: &str = "
    INSERT INTO ledger.accounts (owner, side, currency) VALUES ('casino', 'house', $2), ($1, 'provider', $2), ($1, 'fees', $2)
    ON CONFLICT DO NOTHING";
const FIND_SHARED: &str = "
    SELECT account_id, side, NULL::bigint FROM ledger.accounts
    WHERE currency = $2 AND (owner = 'casino' AND side = 'house' OR owner = $1 AND side IN ('provider', 'fees'))";

impl Accounts {
    /// Locks the accounts of a player until the transaction ends; opens them for a new one.
    pub(crate) async fn lock(
        transaction: &Transaction<'_>,
        player: &str,
        currency: &str,
    ) -> Result<(Own, Balances), DbError> {
        let mut rows = transaction.query(LOCK, &[&player, &currency]).await?;
        if rows.is_empty() {
            transaction.execute(OPEN, &[&player, &currency]).await?;
            rows = transaction.query(LOCK, &[&player, &currency]).await?;
        }
        let sides = Sides::of(&rows)?;
        let (available, balance) = sides.one("available")?;
        let (reserved, set_aside) = sides.one("reserved")?;
        Ok((Own { available, reserved }, Balances { available: balance, reserved: set_aside }))
    }

    /// The balances without a lock.
    pub(crate) async fn read(
        database: &Database,
        player: &str,
        currency: &str,
    ) -> Result<Balances, DbError> {
        let rows = database.query(READ, &[&player, &currency]).await?;
        if rows.is_empty() {
            return Ok(Balances::default());
        }
        let sides = Sides::of(&rows)?;
        Ok(Balances { available: sides.one("available")?.1, reserved: sides.one("reserved")?.1 })
    }

    /// The accounts that postings of a provider in a currency share. Opened outside the posting's own transaction, so that no posting
    /// waits for another one's first.
    pub(crate) async fn shared(
        &self,
        database: &Database,
        provider: &str,
        currency: &str,
    ) -> Result<Arc<Shared>, DbError> {
        let key = (format!("provider:{provider}"), currency.to_owned());
        if let Some(shared) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(shared.clone());
        }
        let mut rows = database.query(FIND_SHARED, &[&key.0, &key.1]).await?;
        if rows.len() < 3 {
            database.execute(OPEN_SHARED, &[&key.0, &key.1]).await?;
            rows = database.query(FIND_SHARED, &[&key.0, &key.1]).await?;
        }
        let sides = Sides::of(&rows)?;
        let shared = Arc::new(Shared {
            house: sides.one("house")?.0,
            provider: sides.one("provider")?.0,
            fees: sides.one("fees")?.0,
        });
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST_SHARED {
            known.insert(key, shared.clone());
        }
        Ok(shared)
    }
}

/// Rows of accounts, found by their side.
struct Sides {
    rows: Vec<(i64, String, Option<i64>)>,
}

impl Sides {
    fn of(rows: &[tokio_postgres::Row]) -> Result<Self, DbError> {
        let one =
            |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        Ok(Self { rows: rows.iter().map(one).collect::<Result<_, DbError>>()? })
    }

    fn one(&self, side: &str) -> Result<(i64, i64), DbError> {
        let found = self.rows.iter().find(|(_, known, _)| known == side);
        found
            .map(|(account, _, balance)| (*account, balance.unwrap_or_default()))
            .ok_or(DbError::Unexpected("an account is missing"))
    }
}
