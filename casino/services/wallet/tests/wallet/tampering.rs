//! The checks find what somebody does to the ledger behind the wallet's back.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::Server;

/// What is done, how it is undone, and which invariants must notice.
const TAMPERINGS: [(&str, &str, &[u64]); 5] = [
    (
        "UPDATE ledger.entries SET amount_minor = amount_minor + 1 WHERE line = 2",
        "UPDATE ledger.entries SET amount_minor = amount_minor - 1 WHERE line = 2",
        &[1],
    ),
    (
        "ALTER TABLE ledger.accounts DROP CONSTRAINT not_below_zero;
         UPDATE ledger.accounts SET balance_minor = -1 WHERE side = 'reserved'",
        "UPDATE ledger.accounts SET balance_minor = 0 WHERE side = 'reserved'",
        &[2, 4],
    ),
    (
        "ALTER TABLE ledger.postings DROP CONSTRAINT processed_once;
         INSERT INTO ledger.postings (posting_id, request_uuid, provider, transaction_uuid, kind, player, currency, amount_minor,
           outcome, cash_minor, available_minor, reserved_minor)
         SELECT gen_random_uuid(), request_uuid, provider, transaction_uuid, kind, player, currency, amount_minor, 'empty', 0, 0, 0
         FROM ledger.postings",
        "DELETE FROM ledger.postings WHERE outcome = 'empty'",
        &[3],
    ),
    (
        "UPDATE ledger.accounts SET balance_minor = balance_minor + 5 WHERE side = 'available'",
        "UPDATE ledger.accounts SET balance_minor = balance_minor - 5 WHERE side = 'available'",
        &[4, 6],
    ),
    (
        "CREATE SCHEMA payments; CREATE TABLE payments.payments (payment_id uuid, kind text, state text, amount_minor bigint,
           currency text, transaction_uuid uuid, created_at timestamptz, updated_at timestamptz);
         INSERT INTO payments.payments SELECT gen_random_uuid(), 'deposit', 'captured', 7, 'EUR', gen_random_uuid(),
           now() - interval '2 minutes', now() - interval '2 minutes'",
        "DROP SCHEMA payments CASCADE",
        &[5],
    ),
];

#[tokio::test]
async fn the_checks_find_what_was_changed_behind_their_back() {
    let Some(database) = crate::database("tampering").await else { return };
    let server = Server::start(&database).await;
    let id = Uuid::from_u128(1);
    let deposit = json!({
        "request_uuid": id, "provider": "novapay", "transaction_uuid": id, "kind": "deposit", "player": "p-1",
        "currency": "EUR", "amount_minor": 5_000,
    });
    let url = format!("{}/postings", server.address());
    let answer = reqwest::Client::new().post(url).json(&deposit).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(violated(&server.check().await), Vec::<u64>::new());
    let client = database.client().await;
    for (change, back, noticed) in TAMPERINGS {
        client.batch_execute(change).await.unwrap();
        let report = server.check().await;
        let violated = violated(&report);
        assert!(noticed.iter().all(|number| violated.contains(number)), "{change}: {report:#}");
        client.batch_execute(back).await.unwrap();
        assert_eq!(self::violated(&server.check().await), Vec::<u64>::new(), "after {back}");
    }
    drop(server);
    database.drop().await;
}

fn violated(report: &Value) -> Vec<u64> {
    let all = report["invariants"].as_array().unwrap_or_else(|| panic!("no report: {report}"));
    all.iter().filter(|one| one["ok"] == false).map(|one| one["number"].as_u64().unwrap()).collect()
}
