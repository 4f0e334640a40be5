//! Words with a tone, figures and charts.

use crate::ui::{
    Badge, BarChart, BillingBadge, CallBadge, Card, CategoryBadge, ChartPoint, ChartTable, ContractorStatusBadge, DisputeBadge,
    LeadStatusBadge, LineChart, Logo, SkeletonChart, SkeletonTiles, StatGrid, StatTile, Trend,
};
use leads::billing::BillingStatus;
use leads::calls::CallStatus;
use leads::contractor::ContractorStatus;
use leads::disputes::DisputeStatus;
use leads::lead::{Category, LeadStatus};
use leptos::prelude::*;

#[component]
pub fn Badges() -> impl IntoView {
    view! {
        <Card title="Words with a tone">
            <div class="flex flex-wrap items-center gap-3">
                {LeadStatus::ALL.iter().map(|s| view! { <LeadStatusBadge status=*s/> }).collect_view()}
                {Category::ALL.iter().map(|c| view! { <CategoryBadge category=*c/> }).collect_view()}
                {ContractorStatus::ALL.iter().map(|s| view! { <ContractorStatusBadge status=*s approved=true/> }).collect_view()}
                <ContractorStatusBadge status=ContractorStatus::Inactive approved=false/>
                {BillingStatus::ALL.iter().map(|s| view! { <BillingBadge status=*s/> }).collect_view()}
                {DisputeStatus::ALL.iter().map(|s| view! { <DisputeBadge status=*s/> }).collect_view()}
                {CallStatus::ALL.iter().map(|s| view! { <CallBadge status=*s/> }).collect_view()}
                <Badge>"Any word"</Badge>
                <Logo/>
                <Logo small=true/>
            </div>
        </Card>
    }
}

/// Made-up values that only show what the drawings do.
fn sample_points() -> Vec<ChartPoint> {
    [3.0, 5.0, 2.0, 8.0, 6.0, 9.0, 12.0, 7.0, 10.0, 11.0, 4.0, 6.0]
        .iter()
        .zip(1..)
        .map(|(v, n)| ChartPoint::new(format!("Day {n}"), *v, format!("{v} leads")))
        .collect()
}

#[component]
pub fn Figures() -> impl IntoView {
    let rows = sample_points().into_iter().map(|p| vec![p.label, p.text, String::new()]).collect();
    view! {
        <StatGrid>
            <StatTile label="A figure" value="12"/>
            <StatTile label="With a hint" value="$1,250.00" hint="3 not paid yet"/>
            <StatTile label="With a link" value="67.5%" href="#"/>
            <StatTile label="With its history" value="9" trend=vec![Some(3.0), Some(5.0), None, Some(8.0), Some(6.0), Some(9.0)]/>
            <StatTile label="More, and good" value="12" change=(Trend { percent: Some(20), up_is_good: Some(true) }, "10".into())/>
            <StatTile label="More, and bad" value="12" change=(Trend { percent: Some(20), up_is_good: Some(false) }, "10".into())/>
            <StatTile label="Less" value="8" change=(Trend { percent: Some(-20), up_is_good: None }, "10".into())/>
            <StatTile label="Far more" value="1212" change=(Trend { percent: Some(40_300), up_is_good: Some(true) }, "3".into())/>
            <StatTile label="Nothing before" value="8" change=(Trend { percent: None, up_is_good: None }, "0".into())/>
        </StatGrid>
        <div class="grid gap-6 xl:grid-cols-2">
            <Card>
                <LineChart title="A line" unit="Leads" points=sample_points()/>
            </Card>
            <Card>
                <BarChart title="Bars beside what they are compared with" unit="Leads" bars=sample_points() marks=vec![6.0; 12]/>
            </Card>
            <Card>
                <LineChart title="A line without values" unit="Leads" points=Vec::new()/>
            </Card>
            <SkeletonChart/>
        </div>
        <Card>
            <ChartTable title="The numbers behind lines" columns=vec!["Day", "Leads", "Calls"] rows=rows/>
        </Card>
        <SkeletonTiles/>
    }
}
