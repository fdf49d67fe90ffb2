//! The six invariants of the ledger.
//!
//! The check every ten seconds looks at what is new since the last one and adds it to sums that are kept (`ledger.sealed`); `POST /checks`
//! and the first check count everything. Both read one snapshot of the database, so postings under way do not disturb them.
//!
//! 1. The entries of every posting and of every currency add up to nothing.
//! 2. No player has less than nothing, available or reserved.
//! 3. A `(provider, transaction_uuid, kind)` was processed once, and has entries exactly if it moved money (the first answer is stored
//!    with it and is what a replay gets).
//! 4. The balance of an account is the sum of its entries: 100 accounts at random, or all.
//! 5. and 6. also look outside the ledger: see `outside.rs`.

use std::time::Instant;

use casino_telemetry::db::{Database, DbError, Transaction};
use serde::Serialize;
use tokio::sync::Mutex;

use crate::outside;

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// Everything.
    All,
    /// What came since the last check.
    New,
}

/// One of the six.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Invariant {
    pub(crate) number: u8,
    pub(crate) name: &'static str,
    pub(crate) ok: bool,
    pub(crate) detail: String,
}

/// The sum of some accounts, or of what came in (`cash`), in one currency.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Total {
    pub(crate) currency: String,
    pub(crate) what: String,
    pub(crate) amount_minor: i64,
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) ok: bool,
    pub(crate) at: chrono::DateTime<chrono::Utc>,
    pub(crate) took_ms: u64,
    pub(crate) scope: Scope,
    pub(crate) invariants: Vec<Invariant>,
    pub(crate) totals: Vec<Total>,
}

/// Runs the checks, one at a time, and keeps the last result.
pub(crate) struct Checks {
    database: Database,
    running: Mutex<()>,
    last: std::sync::Mutex<Option<Report>>,
}

/// Everything of a large ledger takes longer than other statements may.
const ENTER: &str =
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = '120s'";
const HORIZON: &str =
    "SELECT upto::text, pg_snapshot_xmin(pg_current_snapshot())::text FROM ledger.seal";
const FORGET: &str = "WITH gone AS (DELETE FROM ledger.sealed) UPDATE ledger.seal SET upto = '0'";
const SEAL: &str = "
    WITH counted AS (
      SELECT a.currency, a.side AS what, e.amount_minor AS amount
      FROM ledger.entries e JOIN ledger.accounts a USING (account_id)
      WHERE e.xact >= $1::text::xid8 AND e.xact < $2::text::xid8
      UNION ALL
      SELECT currency, 'cash', cash_minor FROM ledger.postings
      WHERE cash_minor <> 0 AND xact >= $1::text::xid8 AND xact < $2::text::xid8
    ), moved AS (
      UPDATE ledger.seal SET upto = $2::text::xid8
    )
    INSERT INTO ledger.sealed (currency, what, amount_minor) SELECT currency, what, sum(amount) FROM counted GROUP BY 1, 2
    ON CONFLICT (currency, what) DO UPDATE SET amount_minor = sealed.amount_minor + EXCLUDED.amount_minor";
const TOTALS: &str = "
    SELECT currency, what, sum(amount)::bigint FROM (
      SELECT currency, what, amount_minor AS amount FROM ledger.sealed
      UNION ALL
      SELECT a.currency, a.side, e.amount_minor
      FROM ledger.entries e JOIN ledger.accounts a USING (account_id) WHERE e.xact >= $1::text::xid8
      UNION ALL
      SELECT currency, 'cash', cash_minor FROM ledger.postings WHERE cash_minor <> 0 AND xact >= $1::text::xid8
      UNION ALL
      SELECT currency, 'stored', balance_minor FROM ledger.accounts WHERE balance_minor IS NOT NULL
    ) AS parts GROUP BY 1, 2 ORDER BY 1, 2";

const UNEVEN: &str = "
    SELECT count(*), min(posting_id::text) FROM (
      SELECT e.posting_id FROM ledger.entries e JOIN ledger.accounts a USING (account_id)
      WHERE e.xact >= $1::text::xid8 GROUP BY e.posting_id, a.currency HAVING sum(e.amount_minor) <> 0
    ) AS uneven";
const BELOW_ZERO: &str = "SELECT count(*), min(owner) FROM ledger.accounts WHERE balance_minor < 0";
const TWICE: &str = "
    SELECT count(*), min(p.transaction_uuid::text) FROM ledger.postings p
    WHERE p.xact >= $1::text::xid8 AND EXISTS (
      SELECT FROM ledger.postings other
      WHERE (other.provider, other.transaction_uuid, other.kind) = (p.provider, p.transaction_uuid, p.kind)
        AND other.posting_id <> p.posting_id)";
const HALF_DONE: &str = "
    SELECT count(*), min(p.posting_id::text) FROM ledger.postings p
    WHERE p.xact >= $1::text::xid8
      AND (p.outcome = 'applied') <> EXISTS (SELECT FROM ledger.entries e WHERE e.posting_id = p.posting_id)";
const SAMPLE: &str = "
    WITH ends AS (
      SELECT min(account_id) AS low, max(account_id) AS high FROM ledger.accounts
    ), picked AS (
      SELECT DISTINCT low + floor(random() * (high - low + 1))::bigint AS account_id FROM ends, generate_series(1, 400)
    ), sample AS (
      SELECT account_id, owner, balance_minor FROM ledger.accounts JOIN picked USING (account_id)
      WHERE balance_minor IS NOT NULL LIMIT 100
    )
    SELECT count(*), count(*) FILTER (WHERE balance_minor <> summed), min(owner) FILTER (WHERE balance_minor <> summed)
    FROM (SELECT owner, balance_minor, COALESCE((SELECT sum(amount_minor) FROM ledger.entries e WHERE e.account_id = s.account_id), 0)
            AS summed FROM sample s) AS compared";
const EVERY_ACCOUNT: &str = "
    SELECT count(*), count(*) FILTER (WHERE balance_minor <> COALESCE(summed, 0)),
           min(owner) FILTER (WHERE balance_minor <> COALESCE(summed, 0))
    FROM ledger.accounts LEFT JOIN
      (SELECT account_id, sum(amount_minor) AS summed FROM ledger.entries GROUP BY 1) AS sums USING (account_id)
    WHERE balance_minor IS NOT NULL";

impl Checks {
    pub(crate) fn new(database: Database) -> Self {
        Self { database, running: Mutex::new(()), last: std::sync::Mutex::new(None) }
    }

    /// The last result, if there was a check yet.
    pub(crate) fn last(&self) -> Option<Report> {
        self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Checks now.
    pub(crate) async fn run(&self, scope: Scope) -> Result<Report, DbError> {
        let _one_at_a_time = self.running.lock().await;
        let began = Instant::now();
        let mut connection = self.database.connection().await?;
        let transaction = connection.begin().await?;
        transaction.batch(ENTER).await?;
        let (invariants, totals) = check(&transaction, scope).await?;
        transaction.commit().await?;
        let report = Report {
            ok: invariants.iter().all(|one| one.ok),
            at: chrono::Utc::now(),
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            scope,
            invariants,
            totals,
        };
        *self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(report.clone());
        Ok(report)
    }
}

async fn check(
    transaction: &Transaction<'_>,
    scope: Scope,
) -> Result<(Vec<Invariant>, Vec<Total>), DbError> {
    let row = transaction.query_one(HORIZON, &[]).await?;
    let (sealed, horizon): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let since = if scope == Scope::All { "0".to_owned() } else { sealed };
    if scope == Scope::All {
        transaction.execute(FORGET, &[]).await?;
    }
    transaction.execute(SEAL, &[&since, &horizon]).await?;
    let totals = totals(transaction, &horizon).await?;
    let invariants = vec![
        double_entry(transaction, &since, &totals).await?,
        counted(
            2,
            "no balance below zero",
            "accounts below zero",
            &transaction.query_one(BELOW_ZERO, &[]).await?,
        )?,
        once(transaction, &since).await?,
        balances(transaction, scope).await?,
        outside::deposits_and_payouts(transaction, &since).await?,
        outside::conservation(transaction, &since, &totals).await?,
    ];
    Ok((invariants, totals))
}

async fn totals(transaction: &Transaction<'_>, horizon: &str) -> Result<Vec<Total>, DbError> {
    let rows = transaction.query(TOTALS, &[&horizon]).await?;
    let one = |row: &tokio_postgres::Row| {
        Ok(Total {
            currency: row.try_get(0)?,
            what: row.try_get(1)?,
            amount_minor: row.try_get(2)?,
        })
    };
    rows.iter().map(one).collect()
}

async fn double_entry(
    transaction: &Transaction<'_>,
    since: &str,
    totals: &[Total],
) -> Result<Invariant, DbError> {
    let mut one = counted(
        1,
        "double entry",
        "postings that do not add up to nothing",
        &transaction.query_one(UNEVEN, &[&since]).await?,
    )?;
    for currency in currencies(totals) {
        let sum: i64 = ["available", "reserved", "house", "provider", "fees"]
            .map(|side| total(totals, currency, side))
            .iter()
            .sum();
        if sum != 0 {
            one.ok = false;
            one.detail = format!("{}; {currency} adds up to {sum}", one.detail);
        }
    }
    Ok(one)
}

async fn once(transaction: &Transaction<'_>, since: &str) -> Result<Invariant, DbError> {
    let twice = counted(
        3,
        "processed once",
        "transactions twice",
        &transaction.query_one(TWICE, &[&since]).await?,
    )?;
    let half = counted(
        3,
        "processed once",
        "postings half done",
        &transaction.query_one(HALF_DONE, &[&since]).await?,
    )?;
    Ok(Invariant {
        ok: twice.ok && half.ok,
        detail: format!("{}, {}", twice.detail, half.detail),
        ..twice
    })
}

async fn balances(transaction: &Transaction<'_>, scope: Scope) -> Result<Invariant, DbError> {
    let statement = if scope == Scope::All { EVERY_ACCOUNT } else { SAMPLE };
    let row = transaction.query_one(statement, &[]).await?;
    let (looked_at, wrong): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let first: Option<String> = row.try_get(2)?;
    let first = first.map(|owner| format!(", first {owner}")).unwrap_or_default();
    let detail = format!("{wrong} of {looked_at} accounts differ from their entries{first}");
    Ok(Invariant { number: 4, name: "balance is the sum of entries", ok: wrong == 0, detail })
}

/// An invariant that holds when a count is zero.
fn counted(
    number: u8,
    name: &'static str,
    what: &str,
    row: &tokio_postgres::Row,
) -> Result<Invariant, DbError> {
    let (count, first): (i64, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    let first = first.map(|first| format!(", first {first}")).unwrap_or_default();
    Ok(Invariant { number, name, ok: count == 0, detail: format!("{count} {what}{first}") })
}

/// The currencies that have totals.
pub(crate) fn currencies(totals: &[Total]) -> Vec<&str> {
    let mut all: Vec<&str> = totals.iter().map(|total| total.currency.as_str()).collect();
    all.dedup();
    all
}

/// One total; what is not there is nothing.
pub(crate) fn total(totals: &[Total], currency: &str, what: &str) -> i64 {
    let found = totals.iter().find(|total| total.currency == currency && total.what == what);
    found.map_or(0, |total| total.amount_minor)
}
