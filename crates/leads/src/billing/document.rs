//! Invoices as PDF: what the ledger says about a charge, for the contractor's books.

use super::RecordView;
use crate::ledger::{EntryKind, RecordEntry};
use crate::store;
use crate::views::ContractorView;
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Outcome, Permission, Problem};
use platform::auth::Caller;
use platform::pdf::{self, About, Page, Style};
use platform::{Ctx, Settings};

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceDocument {
    /// `INV-2025-001.pdf`
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// The invoice of a charge as it stands now; the same state is the same bytes.
/// Errors: `NotFound` for another contractor's, and for a charge that has no invoice yet; `Forbidden` for others than
/// its contractor, admins and the program itself.
pub async fn invoice_document(ctx: &Ctx, caller: &Caller, record_id: &str) -> Outcome<InvoiceDocument> {
    let owner: Option<&Id> = match caller {
        Caller::Contractor(id) => Some(id),
        Caller::System => None,
        other => other.may(Permission::View).map(|()| None)?,
    };
    let mut conn = ctx.db.read().await?;
    let record = store::billing::find(&mut conn, record_id).await?;
    let record = record.filter(|r| r.invoice_number.is_some() && owner.is_none_or(|owner| r.contractor.id == *owner));
    let record = record.ok_or_else(|| Problem::not_found("Invoice", record_id))?;
    let entries = store::ledger::list_of_record(&mut conn, record_id).await?;
    let contractor = store::contractors::find(&mut conn, &record.contractor.id).await?;
    let contractor = contractor.ok_or_else(|| Problem::not_found("Contractor", &record.contractor.id))?;
    drop(conn);
    let number = record.invoice_number.clone().unwrap_or_default();
    let about = About {
        title: format!("Invoice {number}"),
        author: ctx.settings.company_name.clone(),
        at: entries.iter().map(|e| e.at).chain(record.invoiced_at).max().unwrap_or(record.incurred_at),
    };
    let sheet = Sheet { settings: &ctx.settings, number: &number, record: &record, contractor: &contractor };
    let bytes = pdf::write(ctx.settings.invoice_paper, &about, &sheet.pages(&entries))?;
    Ok(InvoiceDocument { file_name: format!("{number}.pdf"), bytes })
}

const INK: [u8; 3] = [0x17, 0x20, 0x2a];
const GRAY: [u8; 3] = [0x5b, 0x67, 0x73];
const LINE: [u8; 3] = [0xcf, 0xd6, 0xdc];
const GREEN: [u8; 3] = [0x0f, 0x76, 0x4a];
const PLAIN: Style = Style::new(9.5);
const SMALL: Style = Style::new(8.5).color(GRAY);
const MARGIN: f32 = 54.0;
const LEADING: f32 = 13.5;

struct Sheet<'a> {
    settings: &'a Settings,
    number: &'a str,
    record: &'a RecordView,
    contractor: &'a ContractorView,
}

impl Sheet<'_> {
    fn right(&self) -> f32 {
        self.settings.invoice_paper.width - MARGIN
    }

    /// Where the lines of a page must end: the foot is below.
    fn bottom(&self) -> f32 {
        self.settings.invoice_paper.height - MARGIN - 30.0
    }

    fn day(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.settings.company_time_zone).format("%b %-d, %Y").to_string()
    }

    fn pages(&self, entries: &[RecordEntry]) -> Vec<Page> {
        let mut done = Vec::new();
        let (mut page, mut y) = self.first_page(entries);
        for entry in entries {
            let what = pdf::wrap(&self.words(entry), PLAIN, self.right() - MARGIN - 190.0);
            #[expect(clippy::cast_precision_loss, reason = "a few lines")]
            let height = what.len() as f32 * LEADING + 7.0;
            if y + height > self.bottom() {
                done.push(std::mem::take(&mut page));
                y = self.table_head(&mut page, MARGIN + 20.0);
            }
            page.text(MARGIN, y, &self.day(entry.at), PLAIN);
            page.text_to(self.right(), y, &entry.owed.to_string(), PLAIN);
            for line in &what {
                page.text(MARGIN + 90.0, y, line, PLAIN);
                y += LEADING;
            }
            y += 7.0;
        }
        if y + 90.0 > self.bottom() {
            done.push(std::mem::take(&mut page));
            y = MARGIN + 20.0;
        }
        self.sums(&mut page, y, entries);
        done.push(page);
        let count = done.len();
        for (n, page) in done.iter_mut().enumerate() {
            self.foot(page, n + 1, count);
        }
        done
    }

    /// Who, to whom, which and when. Answers where the lines begin.
    fn first_page(&self, entries: &[RecordEntry]) -> (Page, f32) {
        let mut page = Page::default();
        let (right, settings) = (self.right(), self.settings);
        page.text(MARGIN, 70.0, &settings.company_name, Style::new(15.0).bold());
        let mut y = 88.0;
        for line in settings.company_address.iter().chain([&settings.support_email]) {
            page.text(MARGIN, y, line, PLAIN.color(GRAY));
            y += LEADING;
        }
        page.text_to(right, 72.0, "Invoice", Style::new(22.0).bold());
        page.text_to(right, 90.0, self.number, Style::new(11.0).bold());
        let owed: Money = entries.iter().map(|e| e.owed).sum();
        let stamp = match self.record.paid_at {
            Some(at) if owed <= Money::ZERO => Some(("PAID", self.day(at))),
            None if owed <= Money::ZERO => Some(("CREDITED", "Nothing to pay".to_owned())),
            _ => None,
        };
        if let Some((word, detail)) = stamp {
            let style = Style::new(15.0).bold().color(GREEN);
            let wide = pdf::width(word, style).max(pdf::width(&detail, SMALL)) + 24.0;
            page.frame(right - wide, 104.0, wide, 42.0, GREEN);
            page.text(right - wide / 2.0 - pdf::width(word, style) / 2.0, 123.0, word, style);
            page.text(right - wide / 2.0 - pdf::width(&detail, SMALL) / 2.0, 138.0, &detail, SMALL.color(GREEN));
        }
        let top = y.max(150.0) + 22.0;
        let c = self.contractor;
        page.text(MARGIN, top, "Bill to", SMALL);
        page.text(MARGIN, top + 15.0, &c.business_name, PLAIN.bold());
        let mut left = top + 15.0 + LEADING;
        for line in c.contact_name.iter().cloned().chain([c.email.clone(), c.phone.national().to_owned()]) {
            page.text(MARGIN, left, &line, PLAIN);
            left += LEADING;
        }
        let mut facts = top;
        let date = self.record.invoiced_at.unwrap_or(self.record.incurred_at);
        for (label, value) in [("Invoice date", self.day(date)), ("Lead qualified", self.day(self.record.incurred_at))] {
            page.text(right - 190.0, facts, label, PLAIN.color(GRAY));
            page.text_to(right, facts, &value, PLAIN);
            facts += LEADING + 2.0;
        }
        let y = self.table_head(&mut page, left.max(facts) + 26.0);
        (page, y)
    }

    fn table_head(&self, page: &mut Page, y: f32) -> f32 {
        page.text(MARGIN, y, "Date", SMALL);
        page.text(MARGIN + 90.0, y, "What for", SMALL);
        page.text_to(self.right(), y, "Amount", SMALL);
        page.rule(MARGIN, y + 7.0, self.right(), LINE);
        y + 24.0
    }

    fn words(&self, entry: &RecordEntry) -> String {
        let lead = &self.record.lead;
        match entry.kind {
            EntryKind::Charge => {
                let place = [&lead.customer_city, &lead.customer_state].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
                let place = if place.is_empty() { place } else { format!(", {place}") };
                format!("Qualified lead: {} for {}{place}", lead.service_type.label().to_lowercase(), lead.customer_name())
            }
            EntryKind::Credit => "Credit after a dispute".into(),
            EntryKind::Payment => "Payment received, thank you".into(),
            EntryKind::Refund => "Credit paid out".into(),
        }
    }

    /// What the lines come to, each kind and in all.
    fn sums(&self, page: &mut Page, mut y: f32, entries: &[RecordEntry]) {
        let (from, right) = (self.right() - 190.0, self.right());
        let sum = |kinds: &[EntryKind]| entries.iter().filter(|e| kinds.contains(&e.kind)).map(|e| e.owed).sum::<Money>();
        page.rule(from, y - 4.0, right, LINE);
        y += 13.0;
        let lines = [
            ("Charges", sum(&[EntryKind::Charge])),
            ("Credits", sum(&[EntryKind::Credit])),
            ("Payments", sum(&[EntryKind::Payment, EntryKind::Refund])),
        ];
        for (label, amount) in lines.into_iter().filter(|(label, amount)| *label == "Charges" || *amount != Money::ZERO) {
            page.text(from, y, label, PLAIN.color(GRAY));
            page.text_to(right, y, &amount.to_string(), PLAIN);
            y += LEADING + 2.0;
        }
        let owed: Money = entries.iter().map(|e| e.owed).sum();
        let (label, amount) = if owed < Money::ZERO { ("In your favour", -owed) } else { ("Balance due", owed) };
        page.rule(from, y - 5.0, right, INK);
        page.text(from, y + 10.0, label, Style::new(11.0).bold());
        page.text_to(right, y + 10.0, &amount.to_string(), Style::new(11.0).bold());
    }

    fn foot(&self, page: &mut Page, number: usize, count: usize) {
        let y = self.settings.invoice_paper.height - MARGIN + 12.0;
        page.rule(MARGIN, y - 14.0, self.right(), LINE);
        page.text(MARGIN, y, &format!("Questions? Write to {}", self.settings.support_email), SMALL);
        page.text_to(self.right(), y, &format!("{} · Page {number} of {count}", self.number), SMALL);
    }
}
