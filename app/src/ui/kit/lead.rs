//! What is known of a lead, and where contractors work.

use crate::session::Role;
use crate::ui::{
    AreaMap, AreaMapView, CallList, CallUs, Card, Countdown, ExactTime, Fact, Facts, LeadFacts, LeadHistory, LeadName, LinkButton,
    PhoneLink, ScoreBar, SmsLink, Timeline, TimelineEntry, Tone,
};
use chrono::TimeDelta;
use kernel::{Money, Phone, Zip};
use leads::calls::CallStatus;
use leads::lead::{Category, LeadStatus, NewLead, PropertyType, ServiceType, Timeline as HowSoon};
use leads::scoring::{ScoringModel, score};
use leads::views::{CallView, HistoryEntry, LeadView};
use leptos::prelude::*;
use serde_json::json;

#[component]
pub fn Details() -> impl IntoView {
    let now = crate::format::now();
    let scored = NewLead::sample().check().ok().map(|form| score(&form, true, &ScoringModel::default()));
    let entries = vec![
        TimelineEntry {
            title: "Request received".into(),
            detail: None,
            actor: "Customer".into(),
            at: now - TimeDelta::hours(3),
            tone: Tone::Neutral,
            href: None,
        },
        TimelineEntry {
            title: "Assigned to a contractor".into(),
            detail: Some("HVAC Pros".into()),
            actor: "System".into(),
            at: now - TimeDelta::hours(2),
            tone: Tone::Accent,
            href: None,
        },
        TimelineEntry {
            title: "Lead qualified".into(),
            detail: Some("A call of 45 seconds".into()),
            actor: "Phone".into(),
            at: now,
            tone: Tone::Good,
            href: None,
        },
    ];
    view! {
        <div class="grid gap-6 xl:grid-cols-2">
            <Card title="Facts">
                <Facts>
                    <Fact label="Phone">{Phone::parse("5551234567").map(|phone| view! { <PhoneLink phone/> })}</Fact>
                    <Fact label="As buttons">
                        {Phone::parse("5551234567")
                            .map(|phone| {
                                view! {
                                    <div class="flex flex-wrap gap-3">
                                        <PhoneLink phone=phone.clone() button="Call Ann"/>
                                        <SmsLink phone button="Text Ann"/>
                                    </div>
                                }
                            })}
                    </Fact>
                    <Fact label="Our own"><CallUs question="Cannot wait?"/></Fact>
                    <Fact label="Received"><ExactTime at=now/></Fact>
                    <Fact label="Time left"><Countdown deadline=now + TimeDelta::hours(5)/></Fact>
                    <Fact label="Little time"><Countdown deadline=now + TimeDelta::minutes(9)/></Fact>
                    <Fact label="Late"><Countdown deadline=now - TimeDelta::minutes(20)/></Fact>
                    <Fact label="Done"><Countdown deadline=now done=true/></Fact>
                </Facts>
            </Card>
            <Card title="History" actions=|| view! { <LinkButton href="#" small=true>"An action"</LinkButton> }>
                <Timeline entries/>
            </Card>
            {scored.map(|s| view! { <Card title="Score"><ScoreBar total=s.total factors=s.factors/></Card> })}
        </div>
    }
}

fn sample_lead() -> Option<LeadView> {
    Some(LeadView {
        id: "none".into(),
        customer_first_name: "Ann".into(),
        customer_last_name: "Lee".into(),
        customer_email: Some("ann@example.com".into()),
        customer_phone: Phone::parse("5551234567")?,
        customer_address: Some("123 Main St".into()),
        customer_city: Some("Austin".into()),
        customer_state: Some("TX".into()),
        customer_zip: Zip::parse("78701")?,
        service_type: ServiceType::AcRepair,
        service_description: Some("The AC blows warm air.\nSince yesterday.".into()),
        timeline: HowSoon::Within24Hours,
        budget_range: "500-1000".into(),
        property_type: PropertyType::Residential,
        status: LeadStatus::Assigned,
        score: 150,
        category: Category::Gold,
        price: Money::from_dollars(250),
        source: "web".into(),
        duplicate_of: None,
        merged_into: None,
        first_contact_at: None,
        qualified_at: None,
        created_at: crate::format::now(),
        assignment: None,
        tracking_number: None,
    })
}

fn sample_call(status: CallStatus, seconds: Option<i64>, recording: Option<&str>) -> CallView {
    CallView {
        id: "none".into(),
        call_sid: "none".into(),
        from: "+15551234567".into(),
        to: "anonymous".into(),
        status,
        duration_seconds: seconds,
        direction: None,
        recording_url: recording.map(str::to_owned),
        answered_at: None,
        created_at: crate::format::now(),
    }
}

fn sample_history() -> Vec<HistoryEntry> {
    let entry = |kind: &str, actor: &str, hours: i64, data| HistoryEntry {
        kind: kind.into(),
        actor: actor.into(),
        at: crate::format::now() - TimeDelta::hours(hours),
        data,
    };
    vec![
        entry("lead_submitted", "customer", 3, json!({ "category": "GOLD", "price": 250.0 })),
        entry("lead_assigned", "system", 2, json!({ "businessName": "HVAC Pros" })),
        entry(
            "email_failed",
            "system",
            1,
            json!({ "template": "lead_assigned", "recipient": "office@example.com", "error": "no such address" }),
        ),
        entry("lead_contacted", "contractor:none", 0, json!({ "responseMinutes": 12 })),
    ]
}

#[component]
pub fn LeadParts() -> impl IntoView {
    let calls = vec![
        sample_call(CallStatus::Completed, Some(75), Some("/api/recordings/none")),
        sample_call(CallStatus::NoAnswer, None, None),
        sample_call(CallStatus::Ringing, None, None),
    ];
    let facts = sample_lead().map(|full| {
        let named = full.clone();
        let bare = LeadView {
            customer_email: None,
            customer_address: None,
            customer_city: None,
            customer_state: None,
            service_description: None,
            ..full.clone()
        };
        view! {
            <Card title="A lead">
                <LeadFacts lead=full/>
            </Card>
            <Card title="A lead that says little">
                <LeadFacts lead=bare/>
            </Card>
            <Card title="What names a lead in a list">
                <LeadName lead=named/>
            </Card>
        }
    });
    let map = AreaMap {
        middle: "Austin, TX".into(),
        circle: Some(110.0),
        others: vec![(60.0, 80.0), (330.0, 110.0), (90.0, 320.0), (345.0, 300.0)],
        names: vec![("Austin".into(), 200.0, 200.0), ("Round Rock".into(), 250.0, 70.0)],
        scale: (10, 110.0),
    };
    let dots = [(200.0, 200.0, false), (250.0, 150.0, true)];
    let dots = dots.map(|(x, y, off)| view! { <circle class="map-dot" class:off=off cx=x cy=y r="5"></circle> }).collect_view();
    view! {
        <div class="grid items-start gap-6 xl:grid-cols-2">
            {facts}
            <Card title="Calls">
                <CallList calls/>
            </Card>
            <Card title="No calls">
                <CallList calls=Vec::new()/>
            </Card>
            <Card title="Its history, for the office">
                <LeadHistory history=sample_history() reader=Role::Admin contractor="HVAC Pros"/>
            </Card>
            <Card title="Its history, for the contractor">
                <LeadHistory history=sample_history() reader=Role::Contractor/>
            </Card>
            <Card title="Where a contractor works">
                <AreaMapView map>{dots}</AreaMapView>
            </Card>
        </div>
    }
}
