//! The screens of Plumbline: server-rendered, then alive in the browser.
//! `ui` is the design system, `public` what everyone sees; each portal is a chunk of its own.

#![expect(clippy::needless_pass_by_value, reason = "components take their props by value")]

mod account;
pub mod admin;
mod chunks;
pub mod contractor;
#[cfg(any(feature = "ssr", test))]
mod days;
pub mod errors;
pub mod format;
#[cfg(feature = "ssr")]
pub mod inbound;
pub mod live;
pub mod public;
#[cfg(feature = "ssr")]
pub mod sandbox;
mod saved_views;
#[cfg(feature = "ssr")]
pub mod seo;
pub mod session;
#[cfg(feature = "ssr")]
mod shell;
pub mod text;
pub mod ui;

use crate::public::{LandingPage, NotFoundPage, PublicFrame};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{Lazy, SsrMode, path};
#[cfg(feature = "ssr")]
pub use shell::shell;

/// What every page needs to know about the company. The server reads its settings, the browser the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    pub company: String,
    pub support_email: String,
    /// The company's own number, as E.164; empty when there is none.
    pub phone: String,
    pub zone: String,
    /// Nothing here is real: what only tries things out may be shown.
    pub is_sandbox: bool,
}

impl Site {
    /// The company that this page belongs to.
    pub fn current() -> Site {
        #[cfg(feature = "ssr")]
        {
            use_context::<platform::Ctx>().map_or_else(Site::default, |ctx| Site {
                company: ctx.settings.company_name.clone(),
                support_email: ctx.settings.support_email.clone(),
                phone: ctx.settings.company_phone.as_ref().map(|phone| phone.e164().to_owned()).unwrap_or_default(),
                zone: ctx.settings.company_time_zone.name().to_owned(),
                is_sandbox: !ctx.settings.production,
            })
        }
        #[cfg(not(feature = "ssr"))]
        {
            let html = document().document_element();
            let read = |name: &str| html.as_ref().and_then(|h| h.get_attribute(name)).unwrap_or_default();
            Site {
                company: read("data-company"),
                support_email: read("data-support"),
                phone: read("data-phone"),
                zone: read(format::ZONE_ATTRIBUTE),
                is_sandbox: !read("data-sandbox").is_empty(),
            }
        }
    }
}

/// All pages. They are rendered on the server with their data, whole: readable before any script arrives.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    ui::provide_toasts();
    ui::provide_theme();
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <ParentRoute path=path!("/app/contractor") view={Lazy::<chunks::ContractorFrame>::new()} ssr=SsrMode::Async>
                    <Route path=path!("") view={Lazy::<chunks::ContractorDashboard>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("leads") view={Lazy::<chunks::ContractorLeads>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("leads/:id") view={Lazy::<chunks::ContractorLead>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("billing") view={Lazy::<chunks::ContractorBilling>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("billing/statement") view={Lazy::<chunks::ContractorStatement>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("disputes") view={Lazy::<chunks::ContractorDisputes>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("settings") view={Lazy::<chunks::ContractorSettings>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("profile") view={Lazy::<chunks::ContractorProfile>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("performance") view={Lazy::<chunks::ContractorPerformance>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("notifications") view={Lazy::<chunks::ContractorNotifications>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("security") view={Lazy::<chunks::ContractorSecurity>::new()} ssr=SsrMode::Async/>
                </ParentRoute>
                <ParentRoute path=path!("/app/admin") view={Lazy::<chunks::AdminFrame>::new()} ssr=SsrMode::Async>
                    <Route path=path!("") view={Lazy::<chunks::AdminDashboard>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("leads") view={Lazy::<chunks::AdminLeads>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("leads/:id") view={Lazy::<chunks::AdminLead>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("contractors") view={Lazy::<chunks::AdminContractors>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("contractors/:id") view={Lazy::<chunks::AdminContractor>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("billing") view={Lazy::<chunks::AdminBilling>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("ledger") view={Lazy::<chunks::AdminLedger>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("ledger/:contractor") view={Lazy::<chunks::AdminStatement>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("disputes") view={Lazy::<chunks::AdminDisputes>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("disputes/:id") view={Lazy::<chunks::AdminDispute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("jobs") view={Lazy::<chunks::AdminJobs>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("bounced") view={Lazy::<chunks::AdminBounced>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("numbers") view={Lazy::<chunks::AdminNumbers>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("calls") view={Lazy::<chunks::AdminUnmatchedCalls>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("webhooks") view={Lazy::<chunks::AdminWebhooks>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("webhooks/:id") view={Lazy::<chunks::AdminWebhook>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("scoring") view={Lazy::<chunks::AdminScoring>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("sources") view={Lazy::<chunks::AdminSources>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("exports") view={Lazy::<chunks::AdminExports>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("backups") view={Lazy::<chunks::AdminBackups>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("audit") view={Lazy::<chunks::AdminAudit>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("settings") view={Lazy::<chunks::AdminSettings>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("simulator") view={Lazy::<chunks::AdminSimulator>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("staff") view={Lazy::<chunks::AdminStaff>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("staff/:id") view={Lazy::<chunks::AdminStaffMember>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("security") view={Lazy::<chunks::AdminSecurity>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("kit") view={Lazy::<chunks::AdminKit>::new()} ssr=SsrMode::Async/>
                </ParentRoute>
                <ParentRoute path=path!("") view=PublicFrame ssr=SsrMode::Async>
                    <Route path=path!("") view=LandingPage ssr=SsrMode::Async/>
                    <Route path=path!("request") view={Lazy::<chunks::PublicRequest>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("request/:key") view={Lazy::<chunks::PublicRequestSent>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("join") view={Lazy::<chunks::PublicJoin>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("login") view={Lazy::<chunks::PublicLogin>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("forgot-password") view={Lazy::<chunks::PublicForgotPassword>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("set-password/:token") view={Lazy::<chunks::PublicSetPassword>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("feedback/:token") view={Lazy::<chunks::PublicFeedback>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("imprint") view={Lazy::<chunks::PublicImprint>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("privacy") view={Lazy::<chunks::PublicPrivacy>::new()} ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
        <ui::ToastRegion/>
        <ui::OfflineBanner/>
    }
}
