//! What a submission computes: validation, scoring, the choice among candidates.

use criterion::{Criterion, criterion_group, criterion_main};
use kernel::Phone;
use leads::lead::{NewLead, Timeline};
use leads::routing::{Candidate, choose};
use leads::scoring::{ScoringModel, score};
use std::hint::black_box;

fn candidate(i: i64) -> Candidate {
    Candidate {
        contractor_id: format!("c{i}"),
        business_name: format!("Contractor {i}"),
        phone: Phone::parse("5559876543").expect("valid"),
        email: format!("c{i}@example.com"),
        open_leads: i % 7,
        weight: 1 + i % 3,
        qualified_leads: i % 11,
        received_leads: 20,
        last_lead_at: None,
        replacement_due: 0,
        daily_cap: None,
        leads_today: 0,
        is_open: i % 2 == 0,
    }
}

fn benches(c: &mut Criterion) {
    let new = NewLead::sample();
    let form = new.check().expect("the documented sample");
    let model = ScoringModel::default();
    c.bench_function("check the documented lead", |b| b.iter(|| black_box(&new).check()));
    c.bench_function("score the documented lead", |b| b.iter(|| score(black_box(&form), true, &model)));
    for count in [10, 1000] {
        let candidates: Vec<Candidate> = (0..count).map(candidate).collect();
        c.bench_function(&format!("choose among {count} contractors"), |b| b.iter(|| choose(black_box(&candidates), Timeline::WithinWeek)));
    }
}

criterion_group!(all, benches);
criterion_main!(all);
