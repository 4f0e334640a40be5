//! The form of a draft: every number of the model is a field, named as the model's own errors name it.

use super::scoring::SaveDraft;
use crate::ui::{Card, FormErrors, SubmitButton, TextField, TextareaField, action_error, field_errors};
use kernel::{FieldError, Permission};
use leads::lead::{Category, PropertyType, ServiceType, Timeline};
use leads::scoring::{BudgetStep, Tier, Tiers, Weights};
#[cfg(any(feature = "ssr", test))]
use leads::scoring_versions::NewDraft;
use leads::scoring_versions::ScoringVersion;
use leptos::form::ActionForm;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Fields by their names: `weights.email`.
pub type DraftForm = BTreeMap<String, String>;

/// How many steps of the budget there may be.
const MOST_STEPS: usize = 20;

/// A number of points: the form's name for it, the error's, what people call it, the most, and where it is.
struct Points {
    name: &'static str,
    key: &'static str,
    label: &'static str,
    most: i64,
    at: fn(&mut Weights) -> &mut i64,
}

macro_rules! points {
    ($key:literal, $label:expr, $most:literal, $($path:ident).+) => {
        Points { name: concat!("draft[", $key, "]"), key: $key, label: $label, most: $most, at: |w| &mut w.$($path).+ }
    };
}

const TIMELINE: [Points; 4] = [
    points!("weights.timeline.emergency", Timeline::Emergency.label(), 50, timeline.emergency),
    points!("weights.timeline.within_24_hours", Timeline::Within24Hours.label(), 50, timeline.within_24_hours),
    points!("weights.timeline.within_week", Timeline::WithinWeek.label(), 50, timeline.within_week),
    points!("weights.timeline.flexible", Timeline::Flexible.label(), 50, timeline.flexible),
];
const SERVICE: [Points; 5] = [
    points!("weights.service.emergency", ServiceType::Emergency.label(), 40, service.emergency),
    points!("weights.service.installation", ServiceType::Installation.label(), 40, service.installation),
    points!("weights.service.ac_repair", ServiceType::AcRepair.label(), 40, service.ac_repair),
    points!("weights.service.heating_repair", ServiceType::HeatingRepair.label(), 40, service.heating_repair),
    points!("weights.service.maintenance", ServiceType::Maintenance.label(), 40, service.maintenance),
];
const REST: [Points; 4] = [
    points!("weights.property.commercial", "Business property", 30, property.commercial),
    points!("weights.property.residential", PropertyType::Residential.label(), 30, property.residential),
    points!("weights.email", "Left an e-mail address", 10, email),
    points!("weights.zip", "ZIP code is served", 20, zip),
];
const BUDGET: [Points; 2] = [
    points!("weights.budget.above", "Any higher budget", 50, budget.above),
    points!("weights.budget.unknown", "Budget cannot be read", 50, budget.unknown),
];

/// A category that is sold: the names of its two fields, and where it is.
struct Sold {
    label: &'static str,
    from: (&'static str, &'static str),
    price: (&'static str, &'static str),
    at: fn(&mut Tiers) -> &mut Tier,
}

macro_rules! sold {
    ($word:literal, $category:ident, $field:ident) => {
        Sold {
            label: Category::$category.label(),
            from: (concat!("draft[categories.", $word, ".from]"), concat!("categories.", $word, ".from")),
            price: (concat!("draft[categories.", $word, ".price]"), concat!("categories.", $word, ".price")),
            at: |t| &mut t.$field,
        }
    };
}

const CATEGORIES: [Sold; 4] =
    [sold!("PLATINUM", Platinum, platinum), sold!("GOLD", Gold, gold), sold!("SILVER", Silver, silver), sold!("BRONZE", Bronze, bronze)];

/// What people call the fields, for the summary of errors.
const LABELS: &[(&str, &str)] = &[
    ("weights", "The points"),
    ("weights.timeline", "Timeline"),
    ("weights.timeline.emergency", "Timeline: emergency"),
    ("weights.timeline.within_24_hours", "Timeline: within 24 hours"),
    ("weights.timeline.within_week", "Timeline: within a week"),
    ("weights.timeline.flexible", "Timeline: flexible"),
    ("weights.service.emergency", "Service: emergency repair"),
    ("weights.service.installation", "Service: installation"),
    ("weights.service.ac_repair", "Service: AC repair"),
    ("weights.service.heating_repair", "Service: heating repair"),
    ("weights.service.maintenance", "Service: maintenance"),
    ("weights.property.commercial", "Business property"),
    ("weights.property.residential", "Home"),
    ("weights.email", "E-mail address"),
    ("weights.zip", "ZIP code"),
    ("weights.budget", "Budget"),
    ("weights.budget.steps", "Steps of the budget"),
    ("weights.budget.above", "Any higher budget"),
    ("weights.budget.unknown", "Budget that cannot be read"),
    ("categories", "Categories"),
    ("categories.PLATINUM.from", "Platinum: points"),
    ("categories.GOLD.from", "Gold: points"),
    ("categories.SILVER.from", "Silver: points"),
    ("categories.BRONZE.from", "Bronze: points"),
    ("categories.PLATINUM.price", "Platinum: price"),
    ("categories.GOLD.price", "Gold: price"),
    ("categories.SILVER.price", "Silver: price"),
    ("categories.BRONZE.price", "Bronze: price"),
    ("note", "Note"),
];

/// Reads what was typed. Errors: `Invalid` with every field that is no number. Whether the numbers make a model is the
/// use case's question.
#[cfg(any(feature = "ssr", test))]
pub fn read(form: &DraftForm) -> Result<NewDraft, kernel::Problem> {
    use super::dispute::dollars;
    let mut errors = Vec::new();
    let mut draft =
        NewDraft { weights: Weights::default(), tiers: Tiers::default(), note: form.get("note").cloned(), seen: form.get("seen").cloned() };
    let text = |key: &str| form.get(key).map_or("", |text| text.trim());
    let mut whole = |key: String| {
        text(&key).parse::<i64>().unwrap_or_else(|_| {
            errors.push(FieldError::new(key, "must be a whole number"));
            0
        })
    };
    for points in TIMELINE.iter().chain(&SERVICE).chain(&REST).chain(&BUDGET) {
        *(points.at)(&mut draft.weights) = whole(points.key.into());
    }
    for sold in &CATEGORIES {
        (sold.at)(&mut draft.tiers).from = whole(sold.from.1.into());
    }
    draft.weights.budget.steps.clear();
    for i in 0..MOST_STEPS {
        let (below, points) = step_keys(i);
        // A step without an amount and points is none.
        if !text(&below).is_empty() || !text(&points).is_empty() {
            draft.weights.budget.steps.push(BudgetStep { below: whole(below), points: whole(points) });
        }
    }
    for sold in &CATEGORIES {
        match dollars(text(sold.price.1)).flatten() {
            Some(price) => (sold.at)(&mut draft.tiers).price = price,
            None => errors.push(FieldError::new(sold.price.1, "must be an amount in dollars, like 125.50")),
        }
    }
    if errors.is_empty() { Ok(draft) } else { Err(kernel::Problem::Invalid(errors)) }
}

fn step_keys(i: usize) -> (String, String) {
    (format!("weights.budget.steps.{i}.below"), format!("weights.budget.steps.{i}.points"))
}

/// The form, filled with a version's numbers.
#[component]
pub fn DraftCard(
    version: ScoringVersion,
    action: ServerAction<SaveDraft>,
    /// There is a draft, which this changes.
    is_draft: bool,
    /// The etag of the draft that the administrator saw.
    seen: RwSignal<String>,
    /// What was typed before gives way to the version's numbers, once.
    fresh: RwSignal<bool>,
) -> impl IntoView {
    let form = NodeRef::<leptos::html::Form>::new();
    Effect::new(move |_| {
        // Fields that are drawn over old ones would keep what was typed there.
        if let Some(form) = form.get()
            && fresh.get_untracked()
        {
            fresh.set(false);
            form.reset();
        }
    });
    let error = action_error(action);
    let errors = field_errors(error);
    let model = version.model;
    let (mut weights, mut tiers) = (model.weights.clone(), model.tiers);
    let mut fields = |all: &'static [Points]| {
        let field = |p: &'static Points| {
            let value = (p.at)(&mut weights).to_string();
            let least = if p.key.starts_with("weights.budget") { "-10" } else { "0" };
            view! {
                <TextField
                    name=p.name
                    label=p.label
                    hint=format!("{least} to {}", p.most)
                    inputmode="numeric"
                    maxlength=4
                    required=true
                    value
                    errors
                />
            }
        };
        all.iter().map(field).collect_view()
    };
    let (timeline, service, rest, budget) = (fields(&TIMELINE), fields(&SERVICE), fields(&REST), fields(&BUDGET));
    let categories = CATEGORIES
        .iter()
        .map(|sold| {
            let tier = (sold.at)(&mut tiers);
            view! {
                <TextField
                    name=sold.from.0
                    label=format!("{}: from points", sold.label)
                    inputmode="numeric"
                    maxlength=4
                    required=true
                    value=tier.from.to_string()
                    errors
                />
                <TextField
                    name=sold.price.0
                    label=format!("{}: price in dollars", sold.label)
                    inputmode="decimal"
                    maxlength=10
                    required=true
                    value=tier.price.plain()
                    errors
                />
            }
        })
        .collect_view();
    let note = if is_draft { version.note.unwrap_or_default() } else { String::new() };
    view! {
        <Card title=if is_draft { "The draft" } else { "A new draft" }>
            <p class="mb-6 text-muted">"Nothing is scored with a draft before it is published. At most 200 points in all."</p>
            <ActionForm action node_ref=form>
                <FormErrors error labels=LABELS/>
                <input type="hidden" name="draft[seen]" prop:value=seen value=seen.get_untracked()/>
                <div class="grid gap-x-8 lg:grid-cols-2">
                    <div class="min-w-0">
                        <Part key="weights.timeline" legend="How soon" errors>{timeline}</Part>
                        <Part key="weights.service" legend="What work" errors>{service}</Part>
                        <Part key="weights" legend="Where, and who" errors>{rest}</Part>
                    </div>
                    <div class="min-w-0">
                        <Part key="categories" legend="Categories and prices" errors>{categories}</Part>
                        <Part key="weights.budget" legend="Budget" errors>{budget}</Part>
                        <Steps steps=model.weights.budget.steps errors/>
                    </div>
                </div>
                <TextareaField
                    name="draft[note]"
                    label="Note"
                    hint="What it is for: it stands in the history."
                    rows=4
                    maxlength=500
                    value=note
                    errors
                />
                <SubmitButton pending=action.pending() attr:data-needs=Permission::Settings.as_str()>{if is_draft { "Save the draft" } else { "Begin a draft" }}</SubmitButton>
            </ActionForm>
        </Card>
    }
}

/// Fields that belong together, with what is wrong with them together.
#[component]
fn Part(key: &'static str, legend: &'static str, errors: Signal<Vec<FieldError>>, children: Children) -> impl IntoView {
    view! {
        <fieldset id=format!("f-{key}") tabindex="-1" class="form-part">
            <legend class="step-title">{legend}</legend>
            <Wrong key errors/>
            <div class="level-fields">{children()}</div>
        </fieldset>
    }
}

/// What is wrong with several fields together.
#[component]
fn Wrong(key: &'static str, errors: Signal<Vec<FieldError>>) -> impl IntoView {
    move || {
        let message = errors.with(|all| all.iter().find(|e| e.field == key).map(|e| e.message.clone()));
        let label = LABELS.iter().find(|(known, _)| *known == key).map_or("This", |(_, label)| label);
        message.map(|message| view! { <p class="field-error mb-4"><span>{crate::text::field_error(label, &message)}</span></p> })
    }
}

/// The steps of the budget, with two more to fill in.
#[component]
fn Steps(steps: Vec<BudgetStep>, errors: Signal<Vec<FieldError>>) -> impl IntoView {
    let rows = (steps.len() + 2).min(MOST_STEPS);
    let rows = (0..rows)
        .map(|i| {
            let (below, points) = step_keys(i);
            let (below_value, points_value) =
                steps.get(i).map_or((String::new(), String::new()), |s| (s.below.to_string(), s.points.to_string()));
            let input = |key: String, value: String, label: String| {
                let is_wrong = {
                    let key = key.clone();
                    move || errors.with(|all| all.iter().any(|e| e.field == key)).then_some("true")
                };
                view! {
                    <input
                        id=format!("f-{key}")
                        class="input w-full"
                        type="text"
                        inputmode="numeric"
                        maxlength="10"
                        name=format!("draft[{key}]")
                        value=value
                        aria-label=label
                        aria-invalid=is_wrong
                    />
                }
            };
            view! {
                <li class="flex items-center gap-3">
                    <span class="shrink-0 text-muted">"Below $"</span>
                    {input(below, below_value, format!("Step {}: below so many dollars", i + 1))}
                    {input(points, points_value, format!("Step {}: points", i + 1))}
                    <span class="shrink-0 text-muted">"points"</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <fieldset id="f-weights.budget.steps" tabindex="-1" class="form-part">
            <legend class="field-label">"Steps of the budget"</legend>
            <p class="field-hint">"In rising order. A step without numbers does not count."</p>
            <Wrong key="weights.budget.steps" errors/>
            <ul class="grid gap-2">{rows}</ul>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Money, Problem};

    fn filled() -> DraftForm {
        let (mut weights, mut tiers) = (Weights::default(), Tiers::default());
        let mut form = DraftForm::new();
        for p in TIMELINE.iter().chain(&SERVICE).chain(&REST).chain(&BUDGET) {
            form.insert(p.key.into(), (p.at)(&mut weights).to_string());
        }
        for (i, step) in weights.budget.steps.iter().enumerate() {
            let (below, points) = step_keys(i);
            form.insert(below, step.below.to_string());
            form.insert(points, step.points.to_string());
        }
        for sold in &CATEGORIES {
            let tier = (sold.at)(&mut tiers);
            form.insert(sold.from.1.into(), tier.from.to_string());
            form.insert(sold.price.1.into(), tier.price.plain());
        }
        form
    }

    #[test]
    fn what_the_form_shows_is_what_it_reads() {
        let draft = read(&filled()).expect("numbers");
        assert_eq!((draft.weights, draft.tiers, draft.note), (Weights::default(), Tiers::default(), None));
        let mut form = filled();
        form.insert("categories.GOLD.price".into(), "$180.50".into());
        form.insert("weights.budget.steps.0.below".into(), String::new());
        form.insert("weights.budget.steps.0.points".into(), " ".into());
        let draft = read(&form).expect("numbers");
        assert_eq!((draft.tiers.gold.price, draft.weights.budget.steps.len()), (Money(18_050), 4));
    }

    #[test]
    fn every_field_that_is_no_number_is_named() {
        let mut form = filled();
        form.insert("weights.email".into(), "ten".into());
        form.insert("weights.budget.steps.1.points".into(), String::new());
        form.insert("categories.GOLD.price".into(), "a lot".into());
        form.remove("weights.zip");
        let Err(Problem::Invalid(errors)) = read(&form) else { panic!("must be refused") };
        let mut named: Vec<&str> = errors.iter().map(|e| e.field.as_ref()).collect();
        named.sort_unstable();
        assert_eq!(named, ["categories.GOLD.price", "weights.budget.steps.1.points", "weights.email", "weights.zip"]);
        assert!(read(&DraftForm::new()).is_err());
    }

    #[test]
    fn every_field_has_a_label() {
        let keys = TIMELINE.iter().chain(&SERVICE).chain(&REST).chain(&BUDGET).map(|p| p.key);
        for key in keys.chain(CATEGORIES.iter().flat_map(|sold| [sold.from.1, sold.price.1])) {
            assert!(LABELS.iter().any(|(known, _)| *known == key), "{key}");
        }
    }
}
