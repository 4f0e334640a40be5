//! The first page as the server draws it.

use crate::errors::AppError;
use crate::format;
use crate::ui::{CallUs, CategoryBadge, Icon, LinkButton, MoneyText, Variant};
use kernel::Zip;
use leads::front_desk::{AreaCheck, Facts, facts, who_serves};
use leptos::prelude::*;
use platform::Ctx;
use std::sync::Arc;

/// What a homeowner can need, and the form's word for it.
const NEEDS: [(&str, &str, &str, &str); 5] = [
    ("emergency", "It is an emergency", "No heat, no cooling, cannot wait", "siren"),
    ("ac_repair", "AC is not cooling", "Warm air, noise, or it does not start", "snowflake"),
    ("heating_repair", "Heating is not working", "Cold rooms, noise, or it does not start", "flame"),
    ("installation", "I need a new system", "Installation or replacement", "box"),
    ("maintenance", "It needs a check-up", "Maintenance and tune-up", "wrench"),
];

/// What the first page tells.
#[derive(Clone)]
pub struct Landing {
    /// The ZIP code that was asked for, as typed; empty when none was.
    zip: String,
    facts: Option<Arc<Facts>>,
    /// Who serves it, when it is one.
    area: Result<Option<AreaCheck>, AppError>,
}

impl Landing {
    /// Without figures when they cannot be had: the page works without.
    pub async fn load(ctx: &Ctx, zip: String) -> Landing {
        let area = match Zip::parse(&zip) {
            Some(zip) => who_serves(ctx, &zip).await.map(Some).map_err(AppError::from),
            None => Ok(None),
        };
        Landing { zip, facts: facts(ctx).await.ok(), area }
    }

    pub(super) fn draw(self) -> impl IntoView {
        let needs = NEEDS
            .map(|(word, title, text, icon)| {
                view! {
                    <li>
                        <a href=format!("/request?service={word}") class="need">
                            <Icon name=icon class="size-6 text-primary"/>
                            <span class="min-w-0 grow">
                                <span class="block font-medium">{title}</span>
                                <span class="block text-sm text-muted">{text}</span>
                            </span>
                            <Icon name="chevron_right" class="size-5 text-muted"/>
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <section class="hero">
                <div class="public-width grid items-start gap-8 py-10 lg:grid-cols-2 lg:gap-16 lg:py-20">
                    <div class="lg:pt-6">
                        <h1 class="hero-title">
                            <span class="block">"Heating or cooling trouble? "</span>
                            <span class="block">"One local contractor calls you."</span>
                        </h1>
                        <p class="hero-text">
                            "Tell us what is wrong, where, and how soon. Your request goes to one approved contractor near you, not to a list of callers. It costs you nothing."
                        </p>
                        <div class="mt-8 flex flex-wrap items-center gap-x-6 gap-y-3">
                            <LinkButton href="/request" variant=Variant::Primary>"Get help"</LinkButton>
                            <CallUs question="Emergency?"/>
                        </div>
                        <form method="get" action="/" class="mt-10 max-w-md">
                            <label for="f-zip" class="field-label">"Do we serve your area?"</label>
                            <div class="flex gap-3">
                                <input
                                    id="f-zip"
                                    class="input min-w-0 grow"
                                    name="zip"
                                    value=self.zip.clone()
                                    placeholder="ZIP code"
                                    inputmode="numeric"
                                    autocomplete="postal-code"
                                    pattern="[0-9]{5}"
                                    maxlength="5"
                                    required
                                    aria-describedby="f-zip-answer"
                                />
                                <button type="submit" class="btn btn-outline-quiet">"Check"</button>
                            </div>
                            <div id="f-zip-answer" aria-live="polite">
                                {answer(&self.zip, self.area)}
                            </div>
                        </form>
                    </div>
                    <div class="panel">
                        <h2 class="px-4 pt-4 font-semibold sm:px-6 sm:pt-6">"What is wrong?"</h2>
                        <ul class="p-2 sm:p-4">{needs}</ul>
                    </div>
                </div>
            </section>
            {self.facts.as_deref().map(figures)}
            <section class="public-width py-12 lg:py-16" aria-labelledby="how">
                <h2 id="how" class="section-title">"How it works"</h2>
                <ol class="mt-6 grid gap-6 md:grid-cols-3 md:gap-8">
                    <Step number=1 title="You answer four short questions" text="About a minute. No account, no password."/>
                    <Step number=2 title="We choose one contractor" text="Approved by us, serving your ZIP code, doing this kind of work, and free to take it."/>
                    <Step
                        number=3
                        title="They call you by a set time"
                        text="Within one hour in an emergency. If they miss it, your request is offered to the next contractor."
                    />
                </ol>
            </section>
            <section class="band" aria-labelledby="contractors">
                <div class="public-width grid gap-8 py-12 lg:grid-cols-2 lg:gap-16 lg:py-16">
                    <div>
                        <h2 id="contractors" class="section-title">"For contractors: pay for conversations, not for clicks"</h2>
                        <ul class="mt-6 grid gap-4">
                            <Promise text="Every lead is yours alone. It is never sold twice."/>
                            <Promise text="You are charged when a call with the customer lasts 30 seconds, once a lead."/>
                            <Promise text="You see the score, factor by factor, and the price before you call."/>
                            <Promise text="You choose the ZIP codes and the work, and pause whenever you like."/>
                        </ul>
                        <div class="mt-8">
                            <LinkButton href="/join">"Join as a contractor"</LinkButton>
                        </div>
                    </div>
                    {self.facts.as_deref().map(prices)}
                </div>
            </section>
        }
    }
}

/// Whether we serve a ZIP code, with the place's name; nothing before one was asked for.
fn answer(zip: &str, found: Result<Option<AreaCheck>, AppError>) -> impl IntoView + use<> {
    let asked = !zip.is_empty();
    let href = format!("/request?zip={zip}");
    let (words, link) = match found {
        Ok(Some(area)) => {
            let place = area.place.map_or_else(|| zip.to_owned(), |place| place.to_string());
            match area.contractors {
                0 => (
                    format!("Nobody serves {place} yet. Send your request anyway: we pass it on as soon as somebody does."),
                    Some("Send a request"),
                ),
                1 => (format!("1 approved contractor serves {place}."), Some("Get help here")),
                n => (format!("{n} approved contractors serve {place}."), Some("Get help here")),
            }
        }
        Ok(None) => ("A ZIP code has five digits, like 78701.".to_owned(), None),
        Err(error) => (error.message, None),
    };
    asked.then(|| {
        view! {
            <p class="mt-3">
                {words}
                {link.map(|link| view! { <a class="link block w-fit py-2 font-medium" href=href>{link}</a> })}
            </p>
        }
    })
}

/// What the last month was like; nothing when there is nothing to tell.
fn figures(facts: &Facts) -> impl IntoView + use<> {
    let figures = [
        facts.routed.map(|n| (n.to_string(), "requests given to a contractor in the last 30 days")),
        facts.response_minutes.map(|n| (format::minutes(n.max(1)), "is the usual time until the contractor calls")),
        facts.rating.map(|(mean, _)| (format!("{mean:.1} of 5"), "is what customers give our contractors")),
    ];
    let figures: Vec<_> = figures
        .into_iter()
        .flatten()
        .map(|(number, words)| {
            view! {
                <li>
                    <span class="block text-2xl font-semibold tabular-nums">{number}</span>
                    <span class="text-muted">{words}</span>
                </li>
            }
        })
        .collect();
    (!figures.is_empty()).then(|| view! { <ul class="public-width grid gap-6 pt-12 sm:grid-cols-3 sm:gap-8 lg:pt-16">{figures}</ul> })
}

/// What the published scoring asks for a lead.
fn prices(facts: &Facts) -> impl IntoView + use<> {
    let prices = facts
        .prices
        .iter()
        .map(|&(category, price)| {
            view! {
                <li class="flex items-center justify-between gap-4 py-3">
                    <CategoryBadge category/>
                    <MoneyText amount=price/>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="panel self-start">
            <h3 class="px-6 pt-6 font-semibold">"What a lead costs"</h3>
            <ul class="divide-y divide-line px-6 pb-3 pt-2">{prices}</ul>
        </div>
    }
}

#[component]
fn Step(number: u8, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <li class="flex gap-4 md:block">
            <span class="step-number" aria-hidden="true">{number}</span>
            <div class="md:mt-4">
                <h3 class="font-semibold">{title}</h3>
                <p class="mt-1 text-muted">{text}</p>
            </div>
        </li>
    }
}

#[component]
fn Promise(text: &'static str) -> impl IntoView {
    view! {
        <li class="flex gap-3">
            <Icon name="check" class="mt-0.5 size-5 text-primary"/>
            <span>{text}</span>
        </li>
    }
}
