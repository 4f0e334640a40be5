//! The double-entry ledger: where money came from and went to (decision 29: nothing is overwritten).
//!
//! Every charge, credit, payment and refund is one entry whose lines sum to zero. Entries are only ever added.
//! Debits are positive, credits negative:
//!
//! | entry | receivable | revenue | credits | cash |
//! | --- | --- | --- | --- | --- |
//! | charge 250 | +250 | −250 | | |
//! | credit 100 | −100 | | +100 | |
//! | payment 150 | −150 | | | +150 |
//! | refund 50 | +50 | | | −50 |
//!
//! So a contractor owes what `receivable` sums to (negative: they have credit), and was billed
//! −(`revenue` + `credits`).

use crate::billing::Debtor;
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Page, text_enum};
use serde::{Deserialize, Serialize};

text_enum! {
    /// What an entry is for.
    pub enum EntryKind {
        Charge => "charge" "Charge",
        Credit => "credit" "Credit",
        Payment => "payment" "Payment",
        Refund => "refund" "Refund",
    }
}

text_enum! {
    /// Where money is counted. An entry moves the contractor's balances in this order.
    pub enum Account {
        Receivable => "receivable" "Receivable",
        Revenue => "revenue" "Revenue",
        Credits => "credits" "Credits",
        Cash => "cash" "Cash",
    }
}

/// What a contractor's account comes to, from the sums of its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What is owed in all; negative when the contractor has credit.
    pub receivable: Money,
    /// Charges less credits.
    pub billed: Money,
    /// Payments less refunds.
    pub received: Money,
}

/// An entry of one charge, as its invoice shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordEntry {
    pub kind: EntryKind,
    pub at: DateTime<Utc>,
    /// By how much more is owed; negative for credits and payments.
    pub owed: Money,
}

/// An entry as the ledger's list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    pub id: Id,
    pub kind: EntryKind,
    pub contractor: Debtor,
    /// The lead of the charge that it is about.
    pub lead_id: Option<Id>,
    pub customer_name: Option<String>,
    pub invoice_number: Option<String>,
    /// The payment's or dispute's id, or what a refund was paid with.
    pub reference: Option<String>,
    pub memo: String,
    pub at: DateTime<Utc>,
    /// Each account that it moves: debits positive, credits negative.
    pub lines: Vec<(Account, Money)>,
}

/// Which entries a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFilter {
    pub kind: Option<EntryKind>,
    pub contractor_id: Option<Id>,
    /// From this moment on.
    pub start_date: Option<DateTime<Utc>>,
    /// Before this moment.
    pub end_date: Option<DateTime<Utc>>,
    /// The beginning of an invoice's number, a contractor's name or a customer's.
    pub q: Option<String>,
    /// Else the newest come first.
    pub oldest_first: bool,
    pub page: Page,
}

impl EntryFilter {
    pub fn of_page(page: Page) -> EntryFilter {
        EntryFilter { kind: None, contractor_id: None, start_date: None, end_date: None, q: None, oldest_first: false, page }
    }
}

/// What all lines of an account come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSum {
    pub account: Account,
    pub debits: Money,
    /// Without a sign.
    pub credits: Money,
}

impl AccountSum {
    /// Debits less credits.
    pub fn balance(self) -> Money {
        self.debits - self.credits
    }
}

/// A line of a contractor's account: what happened, by how much more or less was owed, and what was owed then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatementLine {
    pub entry: EntryView,
    pub amount: Money,
    /// Afterwards; negative when the contractor has credit.
    pub balance: Money,
}

#[cfg(feature = "ssr")]
mod reading;
#[cfg(feature = "ssr")]
pub use posting::{NewEntry, balance, post, refund};
#[cfg(feature = "ssr")]
pub use reading::{account, list, statement, trial_balance};

#[cfg(feature = "ssr")]
mod posting {
    use super::{Account, Balance, EntryKind};
    use crate::store;
    use chrono::{DateTime, Utc};
    use kernel::{Fields, Id, Money, Outcome, Permission, Problem};
    use platform::auth::Caller;
    use platform::{Conn, Ctx, Tx, audit, events};
    use serde_json::json;

    /// An entry to be posted.
    #[derive(Clone, Debug)]
    pub struct NewEntry<'a> {
        pub kind: EntryKind,
        pub contractor_id: &'a str,
        pub billing_record_id: Option<&'a str>,
        /// The payment's or dispute's id: an entry of one kind with it is posted once for each record.
        pub reference: Option<&'a str>,
        pub memo: &'a str,
        /// Debits positive, credits negative; one line for an account.
        pub lines: Vec<(Account, Money)>,
        pub at: DateTime<Utc>,
    }

    impl<'a> NewEntry<'a> {
        /// An entry of the table above for an amount greater than zero.
        pub fn of(kind: EntryKind, amount: Money, contractor_id: &'a str, memo: &'a str, at: DateTime<Utc>) -> NewEntry<'a> {
            let (debit, credit) = match kind {
                EntryKind::Charge => (Account::Receivable, Account::Revenue),
                EntryKind::Credit => (Account::Credits, Account::Receivable),
                EntryKind::Payment => (Account::Cash, Account::Receivable),
                EntryKind::Refund => (Account::Receivable, Account::Cash),
            };
            NewEntry {
                kind,
                contractor_id,
                billing_record_id: None,
                reference: None,
                memo,
                lines: vec![(debit, amount), (credit, -amount)],
                at,
            }
        }

        fn is_balanced(&self) -> bool {
            let sum = self.lines.iter().map(|(_, amount)| *amount).sum::<Money>();
            !self.lines.is_empty() && sum == Money::ZERO && self.lines.iter().all(|(_, amount)| *amount != Money::ZERO)
        }
    }

    /// Posts an entry and moves the contractor's balances, in the caller's transaction. Answers the entry's id.
    ///
    /// A transaction that also locks a billing record locks it before it posts.
    /// Errors: `Conflict` (`already_posted`) for a reference that was posted for this record; `Internal` for an
    /// entry that does not balance.
    pub async fn post(ctx: &Ctx, tx: &mut Tx, new: &NewEntry<'_>) -> Outcome<Id> {
        if !new.is_balanced() {
            return Err(Problem::internal(format!("an unbalanced ledger entry was refused: {new:?}")));
        }
        let id = ctx.new_id();
        if !store::ledger::insert(tx, &id, new).await? {
            return Err(Problem::conflict("already_posted", "This payment or credit has been booked already"));
        }
        // In their one order, so that two entries of one contractor never wait for each other in a circle.
        let mut lines = new.lines.clone();
        lines.sort_unstable_by_key(|(account, _)| *account);
        for (account, amount) in lines {
            store::ledger::insert_line(tx, &id, account, amount, new.at).await?;
            store::ledger::add_to_balance(tx, new.contractor_id, account, amount).await?;
        }
        Ok(id)
    }

    /// What a contractor's account comes to.
    pub async fn balance(conn: &mut Conn, contractor_id: &str) -> Outcome<Balance> {
        store::ledger::find_balance(conn, contractor_id).await
    }

    /// Pays out credit that a contractor has in their favour, by transfer or cheque: `reference` names it.
    /// Errors: `Invalid`; `NotFound`; `Conflict` (`no_credit`) for more than the credit, (`already_posted`) for a
    /// reference that was used; `Forbidden` for others than admins.
    pub async fn refund(ctx: &Ctx, caller: &Caller, contractor_id: &str, amount: Money, reference: &str) -> Outcome<Balance> {
        caller.may(Permission::Billing)?;
        let mut fields = Fields::default();
        let reference = fields.text("reference", Some(reference), 100);
        if amount <= Money::ZERO {
            fields.reject("amount", "must be more than 0");
        }
        fields.finish()?;
        let mut tx = ctx.begin().await?;
        let account = store::contractors::lock_account(&mut tx, contractor_id).await?;
        let account = account.ok_or_else(|| Problem::not_found("Contractor", contractor_id))?;
        let credit = -store::ledger::lock_balance(&mut tx, contractor_id).await?.receivable;
        if amount > credit {
            let has = if credit > Money::ZERO { credit.to_string() } else { "no credit".into() };
            return Err(Problem::conflict("no_credit", format!("The account has {has} in its favour, not {amount}")));
        }
        let entry = NewEntry::of(EntryKind::Refund, amount, contractor_id, "Credit paid out", ctx.now());
        post(ctx, &mut tx, &NewEntry { reference: Some(&reference), ..entry }).await?;
        let data = json!({
            "contractorId": contractor_id, "businessName": account.business_name, "amount": amount.dollars(), "reference": reference,
        });
        events::emit(ctx, &mut tx, "credit_refunded", contractor_id, Some(contractor_id), &caller.actor(), data.clone()).await?;
        audit::record(ctx, &mut tx, caller, "credit_refunded", contractor_id, data).await?;
        let balance = store::ledger::find_balance(&mut tx, contractor_id).await?;
        tx.commit().await?;
        Ok(balance)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn every_kind_of_entry_balances_and_nothing_else_does() {
            let at = DateTime::<Utc>::UNIX_EPOCH;
            for kind in EntryKind::ALL {
                assert!(NewEntry::of(*kind, Money(1), "c", "m", at).is_balanced(), "{kind}");
                assert!(!NewEntry::of(*kind, Money(0), "c", "m", at).is_balanced(), "{kind}");
            }
            let lines = |lines: &[(Account, i64)]| NewEntry {
                lines: lines.iter().map(|(account, cents)| (*account, Money(*cents))).collect(),
                ..NewEntry::of(EntryKind::Charge, Money(1), "c", "m", at)
            };
            assert!(lines(&[(Account::Cash, 3), (Account::Receivable, -2), (Account::Revenue, -1)]).is_balanced());
            assert!(!lines(&[]).is_balanced());
            assert!(!lines(&[(Account::Cash, 3), (Account::Receivable, -2)]).is_balanced());
        }
    }
}
