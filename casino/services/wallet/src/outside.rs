//! Invariants 5 and 6, made checkable from what wallet and payment hold.
//!
//! 5. Every deposit that payment has as captured for a minute has its one credit here, every settled withdrawal its one payout, and none
//!    that failed has either. Inside the ledger: a deposit is exactly one credit of its amount, a payout exactly one debit that ends
//!    exactly one reserve of that amount.
//! 6. The generator's record of what it sent is not in any database, so it is compared with what both say of the same money: what came in
//!    less what was paid out, by the requests (`cash`), is what the wallets, the house and the fees hold, and the reverse of what the
//!    providers' accounts say; and payment has the same amounts, but for what is in flight (authorised, or captured and not yet here).
//!
//! Payment keeps `payments.payments`; its charges and deposits are deposits here, its withdrawals payouts, under the provider `novapay`. Where that is absent, or has other columns, the ledger's own half is checked and the detail says so.

use casino_telemetry::db::{DbError, Transaction};

use crate::checks::{Invariant, Total, currencies, total};

const INSIDE: &str = "
    SELECT count(*), min(p.transaction_uuid::text) FROM ledger.postings p
    WHERE p.xact >= $1::text::xid8 AND p.outcome = 'applied' AND p.kind IN ('deposit', 'payout') AND (
      (SELECT count(*) FROM ledger.entries e JOIN ledger.accounts a USING (account_id)
       WHERE e.posting_id = p.posting_id AND a.owner = p.player
         AND (a.side, e.amount_minor) = (CASE p.kind WHEN 'deposit' THEN 'available' ELSE 'reserved' END, p.cash_minor)) <> 1
      OR p.kind = 'payout' AND
        (SELECT count(*) FROM ledger.postings r
         WHERE r.provider = p.provider AND r.transaction_uuid = p.target AND r.kind = 'reserve'
           AND r.ended_by = p.posting_id AND r.amount_minor = p.amount_minor) <> 1)";

const COLUMNS: &str = "
    SELECT count(*) FROM information_schema.columns
    WHERE table_schema = 'payments' AND table_name = 'payments'
      AND column_name IN ('payment_id', 'kind', 'state', 'amount_minor', 'currency', 'transaction_uuid', 'created_at', 'updated_at')";
const ALL_COLUMNS: i64 = 8;

/// A quarter of an hour is more than a payment takes; everything is compared by `POST /checks` ($1 = 0).
const BOTH: &str = "
    SELECT count(*), min(pay.payment_id::text) FROM payments.payments pay
    LEFT JOIN ledger.postings p
      ON p.provider = 'novapay' AND p.transaction_uuid = pay.transaction_uuid AND p.outcome = 'applied'
        AND p.kind = CASE pay.kind WHEN 'withdrawal' THEN 'payout' ELSE 'deposit' END
    WHERE pay.kind IN ('charge', 'deposit', 'withdrawal') AND pay.updated_at < now() - interval '60 seconds'
      AND ($1 = '0' OR pay.created_at > now() - interval '15 minutes')
      AND CASE WHEN pay.state = 'captured' THEN p.posting_id IS NULL
               WHEN pay.state IN ('failed', 'expired', 'reversed') THEN p.posting_id IS NOT NULL AND p.ended_by IS NULL
               ELSE false END";

const AMOUNTS: &str = "
    SELECT count(*) FILTER (WHERE p.amount_minor <> pay.amount_minor OR p.currency <> pay.currency),
           COALESCE(sum(pay.amount_minor) FILTER (WHERE p.posting_id IS NULL AND pay.state IN ('authorised', 'captured')), 0)::bigint
    FROM payments.payments pay
    LEFT JOIN ledger.postings p
      ON p.provider = 'novapay' AND p.transaction_uuid = pay.transaction_uuid AND p.outcome = 'applied'
        AND p.kind = CASE pay.kind WHEN 'withdrawal' THEN 'payout' ELSE 'deposit' END
    WHERE pay.kind IN ('charge', 'deposit', 'withdrawal') AND ($1 = '0' OR pay.created_at > now() - interval '15 minutes')";

/// Invariant 5.
pub(crate) async fn deposits_and_payouts(
    transaction: &Transaction<'_>,
    since: &str,
) -> Result<Invariant, DbError> {
    let row = transaction.query_one(INSIDE, &[&since]).await?;
    let (wrong, first): (i64, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    let (mut ok, mut detail) = (
        wrong == 0,
        format!("{wrong} deposits or payouts without exactly one movement{}", named(first)),
    );
    if has_payments(transaction).await? {
        let row = transaction.query_one(BOTH, &[&since]).await?;
        let (wrong, first): (i64, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        ok &= wrong == 0;
        detail =
            format!("{detail}, {wrong} payments that the ledger sees otherwise{}", named(first));
    } else {
        detail.push_str("; payment's table is absent, so only the ledger was looked at");
    }
    Ok(Invariant { number: 5, name: "captured deposits and payouts moved once", ok, detail })
}

/// Invariant 6.
pub(crate) async fn conservation(
    transaction: &Transaction<'_>,
    since: &str,
    totals: &[Total],
) -> Result<Invariant, DbError> {
    let mut ok = true;
    let mut parts = Vec::new();
    for currency in currencies(totals) {
        let of = |what| total(totals, currency, what);
        let held = of("stored") + of("house") + of("fees");
        let (cash, provider) = (of("cash"), of("provider"));
        ok &= cash == held && cash == -provider;
        parts.push(format!(
            "{currency}: {cash} came in, {held} is held, {} says the provider",
            -provider
        ));
    }
    if has_payments(transaction).await? {
        let row = transaction.query_one(AMOUNTS, &[&since]).await?;
        let (differ, in_flight): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        ok &= differ == 0;
        parts.push(format!("{differ} payments of another amount, {in_flight} in flight"));
    } else {
        parts.push("payment's table is absent".to_owned());
    }
    Ok(Invariant { number: 6, name: "money is conserved", ok, detail: parts.join("; ") })
}

async fn has_payments(transaction: &Transaction<'_>) -> Result<bool, DbError> {
    let found: i64 = transaction.query_one(COLUMNS, &[]).await?.try_get(0)?;
    Ok(found == ALL_COLUMNS)
}

fn named(first: Option<String>) -> String {
    first.map(|first| format!(", first {first}")).unwrap_or_default()
}
