use crate::ui::{CategoryBadge, Icon, LinkButton, MoneyText, PageTitle, Variant};
use leads::lead::Category;
use leptos::prelude::*;
use leptos_meta::Meta;

/// What a homeowner can need, and the form's word for it.
const NEEDS: [(&str, &str, &str, &str); 5] = [
    ("emergency", "It is an emergency", "No heat, no cooling, cannot wait", "siren"),
    ("ac_repair", "AC is not cooling", "Warm air, noise, or it does not start", "snowflake"),
    ("heating_repair", "Heating is not working", "Cold rooms, noise, or it does not start", "flame"),
    ("installation", "I need a new system", "Installation or replacement", "box"),
    ("maintenance", "It needs a check-up", "Maintenance and tune-up", "wrench"),
];

/// The first page: for somebody whose AC failed, and for who can fix it.
#[component]
pub fn LandingPage() -> impl IntoView {
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
    let prices = Category::ALL
        .iter()
        .copied()
        .filter(|c| c.is_sold())
        .map(|c| {
            view! {
                <li class="flex items-center justify-between gap-4 py-3">
                    <CategoryBadge category=c/>
                    <MoneyText amount=c.usual_price()/>
                </li>
            }
        })
        .collect_view();
    view! {
        <PageTitle text="Heating and cooling help near you"/>
        <Meta
            name="description"
            content="Tell us once what is wrong with your heating or cooling. One local, approved contractor gets your request and calls you."
        />
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
                    <div class="mt-8 flex flex-wrap gap-3">
                        <LinkButton href="/request" variant=Variant::Primary>"Get help"</LinkButton>
                    </div>
                </div>
                <div class="panel">
                    <h2 class="px-4 pt-4 font-semibold sm:px-6 sm:pt-6">"What is wrong?"</h2>
                    <ul class="p-2 sm:p-4">{needs}</ul>
                </div>
            </div>
        </section>
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
                <div class="panel self-start">
                    <h3 class="px-6 pt-6 font-semibold">"What a lead costs"</h3>
                    <ul class="divide-y divide-line px-6 pb-3 pt-2">{prices}</ul>
                </div>
            </div>
        </section>
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
