//! Charges, disputes and what is sent with them.

use crate::ui::{BilledName, BillingFigures, Card, EvidenceList, FileField, InvoiceLink, InvoiceText, OwedText, Steps, Tone};
use kernel::{FileKind, Money, Phone};
use leads::billing::{BilledLead, BillingStatus, Debtor, RecordView};
use leads::evidence::EvidenceView;
use leads::lead::ServiceType;
use leptos::prelude::*;

fn sample_record(is_paid: bool) -> Option<RecordView> {
    let now = crate::format::now();
    let lead = BilledLead {
        id: "none".into(),
        customer_first_name: "Ann".into(),
        customer_last_name: "Lee".into(),
        customer_phone: Phone::parse("5551234567")?,
        customer_city: is_paid.then(|| "Austin".into()),
        customer_state: is_paid.then(|| "TX".into()),
        service_type: ServiceType::AcRepair,
    };
    Some(RecordView {
        id: "none".into(),
        contractor: Debtor { id: "none".into(), business_name: "HVAC Pros".into(), email: "office@example.com".into() },
        lead,
        amount: Money::from_dollars(250),
        original_amount: Money::from_dollars(250),
        status: if is_paid { BillingStatus::Paid } else { BillingStatus::Pending },
        invoice_number: is_paid.then(|| "INV-2025-001".into()),
        notes: None,
        incurred_at: now,
        invoiced_at: is_paid.then_some(now),
        paid_at: is_paid.then_some(now),
        dispute_status: None,
    })
}

/// Files that are there on every server, so that nothing of the kit is missing.
fn sample_file(file: &EvidenceView) -> String {
    let path = match file.kind {
        FileKind::Mp4 | FileKind::M4a => "/demo-call.wav",
        _ => "/icon-512.png",
    };
    path.to_owned()
}

#[component]
pub fn MoneyParts() -> impl IntoView {
    let steps = || ["Sent", "Under review", "Decided"].map(str::to_owned).to_vec();
    let file = |kind: FileKind, name: &str| EvidenceView {
        id: "none".into(),
        dispute_id: "none".into(),
        name: name.into(),
        kind,
        bytes: 2_400_000,
        created_at: crate::format::now(),
    };
    let files = vec![
        file(FileKind::Png, "Thermostat.png"),
        file(FileKind::Mp4, "Compressor.mp4"),
        file(FileKind::M4a, "Voicemail.m4a"),
        file(FileKind::Pdf, "A name that is much longer than there is room for.pdf"),
    ];
    let records = [false, true].map(sample_record).into_iter().flatten();
    let records =
        records.map(|record| view! { <div><BilledName lead=record.lead.clone()/></div> <div><InvoiceText record/></div> }).collect_view();
    view! {
        <BillingFigures tiles=vec![("Owed", Money::from_dollars(1250), "3 charges"), ("Paid", Money(850_050), "")]/>
        <Card title="Money">
            <div class="grid gap-6">
                <Steps label="Sent" steps=steps() at=0/>
                <Steps label="Under review" steps=steps() at=1/>
                <Steps label="Approved" steps=steps() at=2 tone=Tone::Good/>
                <Steps label="Denied" steps=steps() at=2 tone=Tone::Bad/>
                <div class="flex flex-wrap items-start gap-x-8 gap-y-4">
                    <InvoiceLink record_id="none" number="INV-2025-001"/>
                    {records}
                    <OwedText amount=Money::from_dollars(250) original=Money::from_dollars(250)/>
                    <OwedText amount=Money::from_dollars(150) original=Money::from_dollars(250)/>
                </div>
                <EvidenceList files on_remove=Callback::new(|_| ()) href=sample_file/>
                <FileField name="files" label="Photos or recordings" hint="Up to 5 files, 10 MB each." accept=FileKind::ACCEPT/>
            </div>
        </Card>
    }
}
