//! How a contractor does beside the others, where they work, and their newest leads.

use crate::format;
use crate::text::count;
use crate::ui::{
    AreaMap, AreaMapView, BarChart, Card, Cell, ChartPoint, Column, DataTable, LeadName, LeadStatusBadge, MoneyText, Point, Row, TimeAgo,
};
use kernel::{Id, Zip};
use leads::admin_views::{Marks, MonthPoint, Scorecard, ServedZip};
use leads::views::LeadView;
use leptos::prelude::*;

/// A contractor's marks, each beside the median of all who had leads.
#[component]
pub(super) fn Performance(card: Scorecard) -> impl IntoView {
    let Scorecard { own, median, months, disputes, lost_leads, .. } = card;
    let rows = [
        ("Response time", of(&own, &median, |m| m.response_minutes), minutes as fn(f64) -> String, false),
        ("Contacted", of(&own, &median, |m| m.contact_rate), format::percent, true),
        ("Qualified", of(&own, &median, |m| m.conversion), format::percent, true),
        ("Rating", of(&own, &median, |m| m.rating), |value| format!("{value:.1} of 5"), true),
        ("Disputed charges", of(&own, &median, |m| m.dispute_rate), format::percent, false),
    ]
    .map(|(label, (own, median), words, more_is_better)| {
        let verdict = own.zip(median).and_then(|(own, median)| verdict(own, median, more_is_better));
        let text = |value: Option<f64>| value.map(words);
        view! {
            <tr>
                <th scope="row" class="py-3 pr-3 text-left font-normal">{label}</th>
                <td class="or-dash px-3 py-3 text-right font-medium tabular-nums whitespace-nowrap">{text(own)}</td>
                <td class="or-dash py-3 pl-3 text-right text-muted tabular-nums whitespace-nowrap sm:pr-3">{text(median)}</td>
                <td class="hidden py-3 pl-3 text-right sm:table-cell">
                    {verdict.map(|(words, tone)| view! { <span class=format!("text-(--tone) {tone}")>{words}</span> })}
                </td>
            </tr>
        }
    });
    let foot = format!("{}, {}.", count(disputes, "dispute", "disputes"), count(lost_leads, "lead lost", "leads lost"));
    view! {
        <div class="grid min-w-0 items-start gap-6 lg:grid-cols-2">
            <Card title="Performance">
                <table class="w-full">
                    <caption class="sr-only">"Performance beside the median of all contractors"</caption>
                    <thead class="border-b border-line text-sm text-muted">
                        <tr>
                            <th scope="col" class="pb-2 text-left font-normal"><span class="sr-only">"Figure"</span></th>
                            <th scope="col" class="px-3 pb-2 text-right font-normal">"They"</th>
                            <th scope="col" class="pb-2 pl-3 text-right font-normal sm:pr-3">"Median"</th>
                            <th scope="col" class="hidden pb-2 pl-3 text-right font-normal sm:table-cell"><span class="sr-only">"Comparison"</span></th>
                        </tr>
                    </thead>
                    <tbody class="divide-y divide-line">{rows.into_iter().collect_view()}</tbody>
                </table>
                <p class="mt-3 text-sm text-muted">{foot}</p>
            </Card>
            <Card>
                <Months months/>
            </Card>
        </div>
    }
}

fn of(own: &Marks, median: &Marks, value: fn(&Marks) -> Option<f64>) -> (Option<f64>, Option<f64>) {
    (value(own), value(median))
}

#[expect(clippy::cast_possible_truncation, reason = "minutes of a few days")]
fn minutes(value: f64) -> String {
    format::minutes(value.round() as i64)
}

/// Says so only when it is more than a tenth away from the median.
fn verdict(own: f64, median: f64, more_is_better: bool) -> Option<(&'static str, &'static str)> {
    let near = (own - median).abs() <= median.abs() * 0.1;
    match (near, (own > median) == more_is_better) {
        (true, _) => None,
        (false, true) => Some(("Better", "tone-good")),
        (false, false) => Some(("Worse", "tone-bad")),
    }
}

/// Revenue by month; the lines across the bars are the median of the contractors who had any.
#[component]
fn Months(months: Vec<MonthPoint>) -> impl IntoView {
    let bars = months
        .iter()
        .map(|m| ChartPoint::new(m.month.format("%b").to_string(), m.revenue.dollars(), format!("{} (median {})", m.revenue, m.median)))
        .collect();
    let marks = months.iter().map(|m| m.median.dollars()).collect();
    view! {
        <BarChart title="Revenue by month" unit="Revenue" bars marks/>
        <p class="mt-3 text-sm text-muted">"The lines are the median of all contractors who had any."</p>
    }
}

/// Where they work, on a map and by place: who else does, and how much comes from there.
#[component]
pub(super) fn Area(area: Vec<ServedZip>, map: Option<(AreaMap, Vec<(Zip, Point)>)>) -> impl IntoView {
    let zips = count(i64::try_from(area.len()).unwrap_or(0), "ZIP code", "ZIP codes");
    let mut places: Vec<(String, Vec<ServedZip>)> = Vec::new();
    for zip in area {
        let unknown = if zip.leads > 0 { "Other places" } else { "No requests from there yet" };
        let city = zip.city.clone().unwrap_or_else(|| unknown.to_owned());
        match places.iter_mut().find(|(known, _)| *known == city) {
            Some((_, zips)) => zips.push(zip),
            None => places.push((city, vec![zip])),
        }
    }
    places.sort_by_key(|(_, zips)| (zips.iter().all(|z| z.city.is_none()), -zips.iter().map(|z| z.leads).sum::<i64>()));
    let rows = places
        .into_iter()
        .map(|(city, zips)| {
            let codes = zips
                .into_iter()
                .map(|z| {
                    let others = z.contractors.saturating_sub(1);
                    let others =
                        if others <= 0 { "nobody else".to_owned() } else { count(others, "other contractor", "other contractors") };
                    view! {
                        <li class="flex flex-wrap items-baseline gap-x-3">
                            <a href=format!("/app/admin/contractors?zipCode={}", z.zip) class="link inline-block py-0.5 tabular-nums">
                                {z.zip.to_string()}
                            </a>
                            <span class="text-sm text-muted">{format!("{}, {others}", count(z.leads, "lead", "leads"))}</span>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <div class="py-4 first:pt-0 last:pb-0">
                    <h3 class="font-medium">{city}</h3>
                    <ul class="mt-1 grid gap-1">{codes}</ul>
                </div>
            }
        })
        .collect_view();
    let map = map.map(|(map, points)| {
        let dot = |(zip, (x, y)): (Zip, Point)| {
            view! {
                <circle class="map-dot" cx=x cy=y r="5">
                    <title>{zip.to_string()}</title>
                </circle>
            }
        };
        let dots = points.into_iter().map(dot).collect_view();
        view! { <AreaMapView map>{dots}</AreaMapView> }
    });
    let columns = if map.is_some() { "grid gap-6 sm:grid-cols-2" } else { "grid" };
    view! {
        <Card title="Service area">
            <p class="mb-4 text-sm text-muted">{format!("{zips}. Leads are those of the last 30 days.")}</p>
            <div class=columns>
                {map}
                <div class="min-w-0 divide-y divide-line">{rows}</div>
            </div>
        </Card>
    }
}

/// The newest of their leads.
#[component]
pub(super) fn Newest(contractor_id: Id, leads: Vec<LeadView>) -> impl IntoView {
    let all = format!("/app/admin/leads?contractorId={contractor_id}");
    let list = if leads.is_empty() {
        view! { <p class="panel panel-body text-muted">"No leads yet."</p> }.into_any()
    } else {
        let rows = leads
            .into_iter()
            .map(|lead| {
                let named = lead.clone();
                view! {
                    <Row href=format!("/app/admin/leads/{}", lead.id)>
                        <Cell label="Customer" primary=true>
                            <LeadName lead=named/>
                        </Cell>
                        <Cell label="Status">
                            <LeadStatusBadge status=lead.status/>
                        </Cell>
                        <Cell label="Received">
                            <TimeAgo at=lead.created_at/>
                        </Cell>
                        <Cell label="Price" numeric=true>
                            <MoneyText amount=lead.price/>
                        </Cell>
                    </Row>
                }
            })
            .collect_view();
        let columns = vec![Column::new("Customer"), Column::new("Status"), Column::new("Received"), Column::new("Price").numeric()];
        view! {
            <DataTable caption="Newest leads" columns>
                {rows}
            </DataTable>
        }
        .into_any()
    };
    view! {
        <section class="grid min-w-0 gap-3">
            <div class="flex items-center justify-between gap-4">
                <h2 class="panel-title">"Newest leads"</h2>
                <a href=all class="link inline-flex min-h-11 items-center">"All their leads"</a>
            </div>
            {list}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn a_tenth_is_no_difference() {
        assert_eq!(verdict(55.0, 50.0, true), None);
        assert_eq!(verdict(60.0, 50.0, true).map(|v| v.0), Some("Better"));
        assert_eq!(verdict(60.0, 50.0, false).map(|v| v.0), Some("Worse"));
        assert_eq!(verdict(0.0, 0.0, true), None);
    }
}
