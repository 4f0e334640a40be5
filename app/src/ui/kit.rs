//! Every component in every state, on one page: to look at, and for the browser tests to photograph.

use crate::errors::{AppError, ErrorKind};
use crate::ui::*;
use chrono::TimeDelta;
use kernel::{FieldError, FileKind, Money, Phone};
use leads::billing::BillingStatus;
use leads::contractor::ContractorStatus;
use leads::disputes::DisputeStatus;
use leads::evidence::EvidenceView;
use leads::lead::{Category, LeadStatus, NewLead};
use leads::scoring::{ScoringModel, score};
use leptos::prelude::*;

/// Every component in every state.
#[component]
pub fn KitPage() -> impl IntoView {
    view! {
        <PageHead title="Component kit" subtitle="Every component in every state.">
            <ExportLink what="leads" keys=&[]/>
            <LinkButton href="#" icon="download">"Secondary action"</LinkButton>
            <Button variant=Variant::Primary icon="plus">"Primary action"</Button>
        </PageHead>
        <div class="grid gap-6">
            <Buttons/>
            <Badges/>
            <Figures/>
            <Fields/>
            <Lists/>
            <States/>
            <Details/>
            <MoneyParts/>
            <Overlays/>
        </div>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    view! {
        <Card title="Buttons">
            <div class="flex flex-wrap gap-3">
                <Button variant=Variant::Primary>"Primary"</Button>
                <Button>"Secondary"</Button>
                <Button variant=Variant::Ghost>"Ghost"</Button>
                <Button variant=Variant::Danger>"Danger"</Button>
                <Button variant=Variant::Primary pending=Signal::stored(true)>"Working"</Button>
                <Button disabled=Signal::stored(true)>"Not now"</Button>
                <Button small=true>"Small"</Button>
            </div>
        </Card>
    }
}

#[component]
fn Badges() -> impl IntoView {
    view! {
        <Card title="Words with a tone">
            <div class="flex flex-wrap items-center gap-3">
                {LeadStatus::ALL.iter().map(|s| view! { <LeadStatusBadge status=*s/> }).collect_view()}
                {Category::ALL.iter().map(|c| view! { <CategoryBadge category=*c/> }).collect_view()}
                {ContractorStatus::ALL.iter().map(|s| view! { <ContractorStatusBadge status=*s approved=true/> }).collect_view()}
                <ContractorStatusBadge status=ContractorStatus::Inactive approved=false/>
                {BillingStatus::ALL.iter().map(|s| view! { <BillingBadge status=*s/> }).collect_view()}
                {DisputeStatus::ALL.iter().map(|s| view! { <DisputeBadge status=*s/> }).collect_view()}
                <WordBadge word="no-answer"/>
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
fn Figures() -> impl IntoView {
    view! {
        <StatGrid>
            <StatTile label="A figure" value="12"/>
            <StatTile label="With a hint" value="$1,250.00" hint="3 not paid yet"/>
            <StatTile label="With a link" value="67.5 %" href="#"/>
            <StatTile label="With its history" value="9" trend=vec![Some(3.0), Some(5.0), None, Some(8.0), Some(6.0), Some(9.0)]/>
            <StatTile label="More, and good" value="12" change=(Trend { percent: Some(20), up_is_good: Some(true) }, "10".into())/>
            <StatTile label="More, and bad" value="12" change=(Trend { percent: Some(20), up_is_good: Some(false) }, "10".into())/>
            <StatTile label="Less" value="8" change=(Trend { percent: Some(-20), up_is_good: None }, "10".into())/>
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
        <SkeletonTiles/>
    }
}

#[component]
fn Fields() -> impl IntoView {
    let wrong = AppError {
        kind: ErrorKind::Invalid,
        message: String::new(),
        fields: vec![FieldError::new("kitWrong", FieldError::REQUIRED), FieldError::new("kitChoice", "must be one of one, two")],
    };
    let error = Signal::stored(Some(wrong));
    let errors = field_errors(error);
    let two = || vec![Choice::new("one", "One").hint("With a hint").icon("home"), Choice::new("two", "Two").icon("building")];
    view! {
        <Card title="Fields">
            <div class="max-w-xl">
                <FormErrors error labels=&[("kitWrong", "Wrong"), ("kitChoice", "Choice")]/>
                <TextField name="kitPlain" label="Plain" value="A value" required=true/>
                <TextField name="kitHint" label="With a hint" hint="What it is for."/>
                <TextField name="kitWrong" label="Wrong" required=true errors/>
                <CopyLine id="kit-copy" label="To take elsewhere" text="pl_3FxK9q2w"/>
                <TelField name="kitPhone" label="Phone" value="5551234567"/>
                <SelectField name="kitSelect" label="Select" options=two() empty_label="Choose"/>
                <TextareaField name="kitText" label="Text" value="Two\nlines"/>
                <TimeRangeField legend="Monday" from="kitFrom" to="kitTo" from_value="08:00" to_value="17:30"/>
                <RadioCards name="kitRadio" legend="One of two" options=two() value="one" required=true/>
                <StarField name="kitStars" legend="Stars"/>
                <RadioCards name="kitChoice" legend="Choice" options=two() required=true errors/>
                <CheckboxCards name="kitBoxes[]" legend="Any of two" options=two() values=vec!["two".into()]/>
                <SwitchField name="kitSwitch" label="Accept leads" hint="Off means none come." checked=true/>
            </div>
        </Card>
    }
}

#[component]
fn Lists() -> impl IntoView {
    let columns = || {
        vec![
            Column::ticks("Select"),
            Column::new("Lead").sort("name"),
            Column::new("Status"),
            Column::new("Received"),
            Column::new("Price").numeric().sort("price"),
        ]
    };
    let now = crate::format::now();
    view! {
        <Filters>
            <SearchFilter placeholder="Search the kit"/>
            <SelectFilter name="status" label="Status" options=choices(LeadStatus::ALL, LeadStatus::as_str, LeadStatus::label)/>
            <DateFilter name="start_date" label="From"/>
        </Filters>
        <div class="flex flex-wrap items-center gap-3">
            <TabBar label="Views of the kit">
                <Tab href="?view=one".to_owned() current=Signal::stored(true) label="One view"/>
                <Tab href="?view=other".to_owned() current=Signal::stored(false) label="Another"/>
            </TabBar>
            <Menu label="A menu">
                <p>"A small form stands here."</p>
            </Menu>
        </div>
        <form class="grid min-w-0">
        <BulkBar one="row" many="rows">
            <Button>"Do it"</Button>
        </BulkBar>
        <DataTable caption="Rows of the kit" columns=columns()>
            <Row href="/app/admin/kit?row=1">
                <TickCell name="kitTicks[]" value="1".into() label="the first row".into()/>
                <Cell label="Lead" primary=true>"A row with a link"</Cell>
                <Cell label="Status"><LeadStatusBadge status=LeadStatus::Assigned/></Cell>
                <Cell label="Received"><TimeAgo at=now - TimeDelta::minutes(5)/></Cell>
                <Cell label="Price" numeric=true><MoneyText amount=Money::from_dollars(1250)/></Cell>
            </Row>
            <Row href="/app/admin/kit?row=2" fresh=Signal::stored(true)>
                <TickCell name="kitTicks[]" value="2".into() label="the second row".into()/>
                <Cell label="Lead" primary=true>"A row that has just come"</Cell>
                <Cell label="Status"><LeadStatusBadge status=LeadStatus::PendingAssignment/></Cell>
                <Cell label="Received"><TimeAgo at=now/></Cell>
                <Cell label="Price" numeric=true><MoneyText amount=Money(8550)/></Cell>
            </Row>
        </DataTable>
        </form>
        <Pager total=120 limit=25/>
        <SkeletonTable rows=3/>
    }
}

#[component]
fn States() -> impl IntoView {
    view! {
        <div class="grid gap-6 xl:grid-cols-2">
            <Card>
                <Empty title="Nothing here yet" text="What this place is for, in one sentence.">
                    <Button variant=Variant::Primary>"The one button that fills it"</Button>
                </Empty>
            </Card>
            <Card>
                <ErrorView error=AppError::new(ErrorKind::Unavailable, crate::text::OFFLINE) on_retry=Callback::new(|()| ())/>
            </Card>
            <Card>
                <ErrorView error=AppError::new(ErrorKind::NotFound, "Lead not found")/>
            </Card>
            <Card title="Loading">
                <SkeletonLines/>
            </Card>
        </div>
    }
}

#[component]
fn Details() -> impl IntoView {
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
                    <Fact label="Our own"><CallUs question="Cannot wait?"/></Fact>
                    <Fact label="Received"><ExactTime at=now/></Fact>
                    <Fact label="Time left"><Countdown deadline=now + TimeDelta::hours(5)/></Fact>
                    <Fact label="Little time"><Countdown deadline=now + TimeDelta::minutes(9)/></Fact>
                    <Fact label="Late"><Countdown deadline=now - TimeDelta::minutes(20)/></Fact>
                    <Fact label="Done"><Countdown deadline=now done=true/></Fact>
                </Facts>
            </Card>
            <Card title="History">
                <Timeline entries/>
            </Card>
            {scored.map(|s| view! { <Card title="Score"><ScoreBar total=s.total factors=s.factors/></Card> })}
        </div>
    }
}

#[component]
fn MoneyParts() -> impl IntoView {
    let steps = || ["Sent", "Under review", "Decided"].map(str::to_owned).to_vec();
    let file = |kind: FileKind, name: &str| EvidenceView {
        id: "none".into(),
        dispute_id: "none".into(),
        name: name.into(),
        kind,
        bytes: 2_400_000,
        created_at: crate::format::now(),
    };
    let files = vec![file(FileKind::Pdf, "Letter.pdf"), file(FileKind::Pdf, "A name that is much longer than there is room for.pdf")];
    view! {
        <Card title="Money">
            <div class="grid gap-6">
                <Steps label="Sent" steps=steps() at=0/>
                <Steps label="Under review" steps=steps() at=1/>
                <Steps label="Approved" steps=steps() at=2 tone=Tone::Good/>
                <Steps label="Denied" steps=steps() at=2 tone=Tone::Bad/>
                <InvoiceLink record_id="none" number="INV-2025-001"/>
                <EvidenceList files on_remove=Callback::new(|_| ())/>
                <FileField name="files" label="Photos or recordings" hint="Up to 5 files, 10 MB each." accept=FileKind::ACCEPT/>
            </div>
        </Card>
    }
}

#[component]
fn Overlays() -> impl IntoView {
    let (asks, shows) = (RwSignal::new(false), RwSignal::new(false));
    let toasts = use_toasts();
    view! {
        <Card title="Over the page">
            <div class="flex flex-wrap gap-3">
                <Button on:click=move |_| shows.set(true)>"Dialog"</Button>
                <Button on:click=move |_| asks.set(true)>"Question"</Button>
                <Button on:click=move |_| toasts.success("Saved")>"Good news"</Button>
                <Button on:click=move |_| toasts.error(crate::text::OFFLINE)>"Bad news"</Button>
                <ThemeSwitch/>
            </div>
        </Card>
        <Dialog open=shows title="A dialog">
            <p class="mt-2 text-muted">"Escape closes it, and the focus goes back to where it was."</p>
        </Dialog>
        <ConfirmDialog
            open=asks
            title="Suspend HVAC Pros?"
            message="They get no leads until you take them back. Their open leads stay theirs."
            confirm="Suspend HVAC Pros"
            danger=true
            on_confirm=move |()| toasts.success("Suspended")
        />
    }
}
