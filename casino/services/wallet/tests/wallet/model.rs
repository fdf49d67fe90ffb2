//! What a wallet ought to do, said a second time and in another way: one player, in memory, one request after the other.

use std::collections::HashMap;

use uuid::Uuid;

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    pub(crate) kind: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) transaction: Uuid,
    pub(crate) amount: i64,
    pub(crate) references: Option<Uuid>,
}

/// What is answered: the code (`ok` or that of the refusal) and the balances, which a refusal that is not stored has not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expected {
    pub(crate) code: &'static str,
    pub(crate) balances: Option<(i64, i64)>,
    /// The same was answered before.
    pub(crate) again: bool,
}

/// One player's money, and what the others hold because of him.
#[derive(Debug, Default)]
pub(crate) struct Player {
    available: i64,
    reserved: i64,
    pub(crate) house: i64,
    pub(crate) provider: i64,
    pub(crate) fees: i64,
    answers: HashMap<(&'static str, Uuid), Expected>,
    /// What was done and can be undone, by transaction.
    done: HashMap<Uuid, Done>,
    forbidden: Vec<Uuid>,
}

#[derive(Clone, Debug)]
struct Done {
    kind: &'static str,
    amount: i64,
    over: bool,
}

impl Player {
    pub(crate) fn balances(&self) -> (i64, i64) {
        (self.available, self.reserved)
    }

    /// How many requests are in the ledger.
    pub(crate) fn stored(&self) -> usize {
        self.answers.len()
    }

    pub(crate) fn expect(&mut self, operation: &Operation) -> Expected {
        let key = (operation.kind, operation.transaction);
        if let Some(before) = self.answers.get(&key) {
            return Expected { again: true, ..before.clone() };
        }
        let code = match operation.kind {
            "rollback" => self.roll_back(operation),
            _ if self.forbidden.contains(&operation.transaction) => "blocked",
            "release" | "payout" => self.settle(operation),
            kind => self.play(kind, operation),
        };
        let stored = !matches!(code, "unknown_reference" | "spent_meanwhile");
        let answer = Expected { code, balances: stored.then_some(self.balances()), again: false };
        if stored {
            self.answers.insert(key, answer.clone());
        }
        answer
    }

    fn play(&mut self, kind: &'static str, operation: &Operation) -> &'static str {
        let amount = operation.amount;
        if matches!(kind, "stake" | "reserve") && amount > self.available {
            return "insufficient_funds";
        }
        self.add(kind, amount, 1);
        if amount > 0 {
            self.done.insert(operation.transaction, Done { kind, amount, over: false });
        }
        "ok"
    }

    fn settle(&mut self, operation: &Operation) -> &'static str {
        let target = operation.references.unwrap();
        let Some(reserve) = self.done.get_mut(&target).filter(|done| done.kind == "reserve") else {
            return "unknown_reference";
        };
        if reserve.over {
            return "blocked";
        }
        reserve.over = true;
        self.add(operation.kind, operation.amount, 1);
        self.done.insert(
            operation.transaction,
            Done { kind: operation.kind, amount: operation.amount, over: false },
        );
        "ok"
    }

    fn roll_back(&mut self, operation: &Operation) -> &'static str {
        let target = operation.references.unwrap();
        let known = self.done.get(&target).cloned();
        let again = self.forbidden.contains(&target);
        if let Some(done) = known.filter(|_| !again) {
            let settled =
                matches!(done.kind, "release" | "payout") || (done.kind == "reserve" && done.over);
            if settled {
                return "blocked";
            }
            if matches!(done.kind, "win" | "deposit" | "bonus") && done.amount > self.available {
                return "spent_meanwhile";
            }
            self.add(done.kind, done.amount, -1);
            self.done.insert(target, Done { over: true, ..done });
        }
        self.forbidden.push(target);
        "ok"
    }

    fn add(&mut self, kind: &'static str, amount: i64, sign: i64) {
        let money = amount * sign;
        match kind {
            "deposit" => {
                let fee = amount / 100 * sign;
                (self.available, self.provider) = (self.available + money, self.provider - money);
                (self.house, self.fees) = (self.house - fee, self.fees + fee);
            }
            "stake" => (self.available, self.house) = (self.available - money, self.house + money),
            "win" | "bonus" => {
                (self.available, self.house) = (self.available + money, self.house - money);
            }
            "reserve" => {
                (self.available, self.reserved) = (self.available - money, self.reserved + money);
            }
            "release" => {
                (self.available, self.reserved) = (self.available + money, self.reserved - money);
            }
            "payout" => {
                (self.reserved, self.provider) = (self.reserved - money, self.provider + money);
            }
            other => panic!("no such kind: {other}"),
        }
    }
}
