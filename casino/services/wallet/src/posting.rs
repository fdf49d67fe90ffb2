//! One posting: locks the player's accounts, looks at what has to do with the request, decides, writes, commits.
//!
//! Everything of one player goes through the locks on his two rows, so postings of one player are in a row and those of different players
//! do not meet. The unique key of `postings` guards what the locks cannot see: the same transaction under another player.

use casino_telemetry::db::{Database, DbError, Transaction};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::rules::{
    Balances, Decision, Kind, Outcome, Past, Refusal, Request, Side, Verdict, decide,
};

/// A transaction that met another one's unique key is decided again, now seeing it.
const TRIES: u32 = 4;

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) posting_id: Uuid,
    pub(crate) outcome: Outcome,
    pub(crate) balances: Balances,
    pub(crate) replayed: bool,
}

/// A request got an answer that lasts, or a refusal that does not.
pub(crate) type Answer = Result<Posted, Refusal>;

/// The ledger in PostgreSQL.
pub(crate) struct Ledger {
    pub(crate) database: Database,
    accounts: Accounts,
}

const HISTORY: &str = "
    SELECT posting_id, transaction_uuid, kind, player, currency, amount_minor, target, outcome, available_minor, reserved_minor,
           ended_by IS NOT NULL
    FROM ledger.postings
    WHERE provider = $1 AND (transaction_uuid = $2 OR transaction_uuid = $3 OR target = $2 OR target = $3)
    ORDER BY at LIMIT 64";

const WRITE: &str = "
    WITH ended AS (
      UPDATE ledger.postings SET ended_by = $1 WHERE posting_id = ANY($14)
    ), moved AS (
      UPDATE ledger.accounts SET balance_minor = CASE side WHEN 'available' THEN $11::bigint ELSE $12::bigint END
      WHERE owner = $6 AND currency = $7 AND side IN ('available', 'reserved')
        AND balance_minor <> CASE side WHEN 'available' THEN $11::bigint ELSE $12::bigint END
    ), posted AS (
      INSERT INTO ledger.postings (posting_id, request_uuid, provider, transaction_uuid, kind, player, currency, amount_minor, target,
                                   outcome, available_minor, reserved_minor, cash_minor)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    )
    INSERT INTO ledger.entries (posting_id, line, account_id, amount_minor)
    SELECT $1, line, account_id, amount FROM unnest($15::bigint[], $16::bigint[]) WITH ORDINALITY AS leg(account_id, amount, line)";

impl Ledger {
    pub(crate) fn new(database: Database) -> Self {
        Self { database, accounts: Accounts::default() }
    }

    /// Processes a request once, however often it comes.
    pub(crate) async fn post(&self, request: &Request) -> Result<Answer, DbError> {
        let mut tries = 1;
        loop {
            match self.try_post(request).await {
                Err(error) if (error.is_duplicate() || error.is_conflict()) && tries < TRIES => {
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    async fn try_post(&self, request: &Request) -> Result<Answer, DbError> {
        let shared =
            self.accounts.shared(&self.database, &request.provider, &request.currency).await?;
        let mut connection = self.database.connection().await?;
        let transaction = connection.begin().await?;
        let (own, balances) =
            Accounts::lock(&transaction, &request.player, &request.currency).await?;
        let history = history(&transaction, request).await?;
        let verdict = match decide(request, balances, &history) {
            Decision::Replay(past) => return Ok(Ok(again(&past))),
            Decision::Refuse(refusal) => return Ok(Err(refusal)),
            Decision::Store(verdict) => verdict,
        };
        let posting_id = Uuid::new_v4();
        let account = |side| match side {
            Side::Available => own.available,
            Side::Reserved => own.reserved,
            Side::House => shared.house,
            Side::Provider => shared.provider,
            Side::Fees => shared.fees,
        };
        write(&transaction, posting_id, request, &verdict, &account).await?;
        transaction.commit().await?;
        Ok(Ok(Posted {
            posting_id,
            outcome: verdict.outcome,
            balances: verdict.balances,
            replayed: false,
        }))
    }

    /// What a player has; nothing for one who never had anything.
    pub(crate) async fn balances(&self, player: &str, currency: &str) -> Result<Balances, DbError> {
        Accounts::read(&self.database, player, currency).await
    }
}

async fn history(transaction: &Transaction<'_>, request: &Request) -> Result<Vec<Past>, DbError> {
    let target = request.target().unwrap_or(request.transaction_uuid);
    let rows = transaction
        .query(HISTORY, &[&request.provider, &request.transaction_uuid, &target])
        .await?;
    rows.iter().map(past).collect()
}

fn past(row: &Row) -> Result<Past, DbError> {
    Ok(Past {
        posting_id: row.try_get(0)?,
        transaction_uuid: row.try_get(1)?,
        kind: Kind::from_name(row.try_get(2)?)
            .ok_or(DbError::Unexpected("a posting of an unknown kind"))?,
        player: row.try_get(3)?,
        currency: row.try_get(4)?,
        amount_minor: row.try_get(5)?,
        target: row.try_get(6)?,
        outcome: Outcome::from_name(row.try_get(7)?)
            .ok_or(DbError::Unexpected("a posting with an unknown outcome"))?,
        answer: Balances { available: row.try_get(8)?, reserved: row.try_get(9)? },
        ended: row.try_get(10)?,
    })
}

fn again(past: &Past) -> Posted {
    Posted {
        posting_id: past.posting_id,
        outcome: past.outcome,
        balances: past.answer,
        replayed: true,
    }
}

async fn write(
    transaction: &Transaction<'_>,
    posting_id: Uuid,
    request: &Request,
    verdict: &Verdict,
    account: &(dyn Fn(Side) -> i64 + Sync),
) -> Result<(), DbError> {
    let accounts: Vec<i64> = verdict.legs.iter().map(|leg| account(leg.side)).collect();
    let amounts: Vec<i64> = verdict.legs.iter().map(|leg| leg.amount_minor).collect();
    transaction
        .execute(
            WRITE,
            &[
                &posting_id,
                &request.request_uuid,
                &request.provider,
                &request.transaction_uuid,
                &request.kind.name(),
                &request.player,
                &request.currency,
                &request.amount_minor,
                &request.target(),
                &verdict.outcome.name(),
                &verdict.balances.available,
                &verdict.balances.reserved,
                &verdict.cash_minor,
                &verdict.ends,
                &accounts,
                &amounts,
            ],
        )
        .await?;
    Ok(())
}
