//! The contractor's profile: pauses, business, area, work and hours.

use super::profile_forms::{Area, Business, Hours, Pause, Work};
use crate::errors::{AppError, ErrorKind};
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx};
use crate::ui::{Card, Editing, Load, PageHead, SkeletonLines, use_toasts};
use leads::hours::NewHours;
use leads::profile::{NewBusiness, ProfileView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// The contractor's own profile.
#[server(prefix = "/rpc", endpoint = "contractor_profile")]
pub async fn load_profile() -> Result<ProfileView, AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::profile::get(&ctx()?, &caller).await?)
}

/// Pauses the contractor's own leads until a day, or until they are resumed when it is empty.
#[server(prefix = "/rpc", endpoint = "contractor_pause")]
pub async fn pause_leads(until: String) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::profile::pause(&ctx()?, &caller, &until).await?)
}

/// Ends the pause.
#[server(prefix = "/rpc", endpoint = "contractor_resume")]
pub async fn resume_leads() -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::profile::resume(&ctx()?, &caller).await?)
}

/// Replaces the business data.
#[server(prefix = "/rpc", endpoint = "contractor_business")]
pub async fn save_business(business: NewBusiness, #[server(default)] seen: Option<NewBusiness>) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::profile::set_business(&ctx()?, &caller, &business, seen.as_ref()).await?)
}

/// Adds ZIP codes, one or many.
#[server(prefix = "/rpc", endpoint = "contractor_add_zips")]
pub async fn add_zips(zips: String) -> Result<usize, AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::profile::add_zips(&ctx()?, &caller, &zips).await?)
}

/// Serves a ZIP code no longer.
#[server(prefix = "/rpc", endpoint = "contractor_remove_zip")]
pub async fn remove_zip(zip: String) -> Result<String, AppError> {
    let caller = contractor_caller().await?;
    leads::profile::remove_zip(&ctx()?, &caller, &zip).await?;
    Ok(zip)
}

/// Replaces the kinds of work. The first entry is empty, so that a form without any is one, too.
#[server(prefix = "/rpc", endpoint = "contractor_work")]
pub async fn save_work(specializations: Vec<String>) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    let work: Vec<String> = specializations.into_iter().filter(|word| !word.is_empty()).collect();
    Ok(leads::profile::set_work(&ctx()?, &caller, &work).await?)
}

/// Sets hours, time zone and daily limit.
#[server(prefix = "/rpc", endpoint = "contractor_hours")]
pub async fn save_hours(hours: NewHours) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::profile::set_hours(&ctx()?, &caller, &hours).await?)
}

/// Everything that the contractor says about themselves, each part with its own button.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let (pause, resume) = (ServerAction::<PauseLeads>::new(), ServerAction::<ResumeLeads>::new());
    let business = ServerAction::<SaveBusiness>::new();
    let editing = Editing::new(["businessName", "contactName", "phone", "licenseNumber", "website", "about"]);
    let (add, remove) = (ServerAction::<AddZips>::new(), ServerAction::<RemoveZip>::new());
    let work = ServerAction::<SaveWork>::new();
    let hours = ServerAction::<SaveHours>::new();
    // Only what was saved is fetched anew: a form with a mistake keeps what was typed.
    let saved = RwSignal::new(0_u32);
    on_saved(pause, saved, |()| "New leads are paused.".into());
    on_saved(resume, saved, |()| "You get new leads again.".into());
    on_saved(business, saved, |()| "Your business is saved.".into());
    on_saved(add, saved, |added| match added {
        0 => "You serve all of these already.".into(),
        n => format!("{} added.", crate::text::count(i64::try_from(*n).unwrap_or(i64::MAX), "ZIP code", "ZIP codes")),
    });
    on_saved(work, saved, |()| "Your work is saved.".into());
    on_saved(hours, saved, |()| "Your hours are saved.".into());
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(zip)) = remove.value().get() {
            toasts.undoable(format!("You no longer serve {zip}."), move || {
                add.dispatch(AddZips { zips: zip.clone() });
            });
            saved.update(|n| *n += 1);
        }
    });
    // Who was told what was saved elsewhere has seen it, and may save again.
    Effect::new(move |_| {
        if business.value().with(|value| matches!(value, Some(Err(error)) if error.kind == ErrorKind::Conflict)) {
            saved.update(|n| *n += 1);
        }
    });
    let profile = Resource::new(move || saved.get(), |_| load_profile());
    view! {
        <PageHead title="Profile" subtitle="What decides which leads you get" back=("/app/contractor/settings", "Settings")/>
        <Load
            resource=profile
            skeleton=|| {
                view! {
                    <div class="grid max-w-3xl gap-6">
                        {["New leads", "Your business", "Where you work", "What you do", "When you work"]
                            .map(|title| {
                                view! {
                                    <Card title>
                                        <SkeletonLines lines=4/>
                                    </Card>
                                }
                            })
                            .collect_view()}
                    </div>
                }
            }
            let:profile
        >
            <div class="grid max-w-3xl gap-6">
                <Pause profile=profile.clone() pause resume/>
                <Business me=profile.contractor.clone() action=business editing/>
                <Area zips=profile.contractor.service_zip_codes.clone() add remove/>
                <Work chosen=profile.contractor.specializations.clone() action=work/>
                <Hours profile action=hours/>
            </div>
        </Load>
    }
}

/// Says that something was saved, and counts it.
fn on_saved<S>(action: ServerAction<S>, saved: RwSignal<u32>, words: impl Fn(&S::Output) -> String + 'static)
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let toasts = use_toasts();
    Effect::new(move |_| {
        let said = action.value().with(|value| value.as_ref().and_then(|result| result.as_ref().ok()).map(&words));
        if let Some(said) = said {
            toasts.success(said);
            saved.update(|n| *n += 1);
        }
    });
}
