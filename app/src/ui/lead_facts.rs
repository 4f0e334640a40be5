use super::{ExactTime, Fact, Facts, Icon, PhoneLink};
use leads::scoring::{Budget, parse_budget};
use leads::views::LeadView;
use leptos::prelude::*;

/// `Beverly Hills, CA 90210`
pub fn place_of(lead: &LeadView) -> String {
    let zip = &lead.customer_zip;
    match (&lead.customer_city, &lead.customer_state) {
        (Some(city), Some(state)) => format!("{city}, {state} {zip}"),
        (Some(city), None) => format!("{city} {zip}"),
        (None, Some(state)) => format!("{state} {zip}"),
        (None, None) => zip.to_string(),
    }
}

/// `AC repair · Beverly Hills, CA 90210`; the city and its state stay on one line.
pub fn job_of(lead: &LeadView) -> String {
    let place = place_of(lead);
    let service = lead.service_type.label();
    match place.rsplit_once(' ') {
        Some((city, zip)) => format!("{service} · {} {zip}", city.replace(' ', "\u{a0}")),
        None => format!("{service} · {place}"),
    }
}

/// Whose lead it is, and below it what they need and where: what names a lead in a list.
#[component]
pub fn LeadName(lead: LeadView) -> impl IntoView {
    view! {
        <span class="block">{lead.customer_name()}</span>
        <span class="block text-sm font-normal text-muted">{job_of(&lead)}</span>
    }
}

/// `123 Main St, Beverly Hills, CA 90210`
pub fn address_of(lead: &LeadView) -> String {
    let place = place_of(lead);
    lead.customer_address.as_ref().map_or_else(|| place.clone(), |street| format!("{street}, {place}"))
}

/// Where a map shows the address.
pub fn map_of(lead: &LeadView) -> String {
    format!("https://www.google.com/maps/search/?api=1&query={}", leptos_router::location::Url::escape(&address_of(lead)))
}

/// `500-1000` reads `$500 to $1,000`; what somebody put in words stays as it is.
fn budget_text(text: &str) -> String {
    let is_plain = text.trim_start_matches("under ").chars().all(|c| c.is_ascii_digit() || "$,.-+".contains(c));
    let words = parse_budget(text).filter(|_| is_plain).map_or_else(|| text.to_owned(), Budget::describe);
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Everything that the customer told us.
#[component]
pub fn LeadFacts(lead: LeadView) -> impl IntoView {
    let map = map_of(&lead);
    let address = address_of(&lead);
    view! {
        <Facts>
            <Fact label="Phone">
                <PhoneLink phone=lead.customer_phone/>
            </Fact>
            {lead
                .customer_email
                .map(|email| {
                    view! {
                        <Fact label="E-mail">
                            <a href=format!("mailto:{email}") class="link break-all">{email.clone()}</a>
                        </Fact>
                    }
                })}
            <Fact label="Address">
                <a href=map class="link" rel="external noopener noreferrer" target="_blank">
                    <Icon name="map_pin" class="mr-1 inline size-4 align-text-bottom"/>
                    {address}
                </a>
            </Fact>
            <Fact label="Needs">{lead.service_type.label()}</Fact>
            {lead.service_description.map(|text| view! { <Fact label="In their words"><span class="whitespace-pre-line break-words">{text}</span></Fact> })}
            <Fact label="How soon">{lead.timeline.label()}</Fact>
            <Fact label="Budget">{budget_text(&lead.budget_range)}</Fact>
            <Fact label="Property">{lead.property_type.label()}</Fact>
            <Fact label="Asked on">
                <ExactTime at=lead.created_at/>
            </Fact>
        </Facts>
    }
}

#[cfg(test)]
mod tests {
    use super::budget_text;

    #[test]
    fn a_budget_reads_like_speech() {
        for (typed, shown) in [
            ("500-1000", "$500 to $1,000"),
            ("10000+", "$10,000 or more"),
            ("under 500", "Under $500"),
            ("not sure", "Not sure"),
            ("about 2k, 3k with the ducts", "About 2k, 3k with the ducts"),
        ] {
            assert_eq!(budget_text(typed), shown);
        }
    }
}
