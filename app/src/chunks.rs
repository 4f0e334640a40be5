//! Each portal, the request form and the way in are chunks of WASM that load when somebody goes there. The router names a page
//! by a small type; the page itself is behind the chunk's one lazy function.

use crate::session::{Role, sign_in_href, who_am_i};
use crate::ui::{Command, Finding, NavItem, PortalShell};
use crate::{account, admin, contractor, public};
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::use_location;

macro_rules! lazy_pages {
    ($Page:ident by $load:ident, $preload:ident: $($Route:ident is $Variant:ident),+ $(,)?) => {
        #[derive(Clone, Copy)]
        enum $Page { $($Variant),+ }

        $(
            #[doc = concat!("The route of a page in the chunk `", stringify!($load), "`.")]
            pub struct $Route;

            impl LazyRoute for $Route {
                fn data() -> $Route {
                    $Route
                }

                async fn view(_: $Route) -> AnyView {
                    $load($Page::$Variant).await
                }

                async fn preload() {
                    #[cfg(all(target_arch = "wasm32", feature = "hydrate"))]
                    $preload().await;
                }
            }
        )+
    };
}

lazy_pages! {
    ContractorPage by contractor_chunk, __preload_contractor_chunk:
    ContractorFrame is Frame,
    ContractorDashboard is Dashboard,
    ContractorLeads is Leads,
    ContractorLead is Lead,
    ContractorSettings is Settings,
}

#[lazy]
fn contractor_chunk(page: ContractorPage) -> AnyView {
    match page {
        ContractorPage::Frame => view! {
            <Frame
                role=Role::Contractor
                name="Contractor"
                items=contractor::nav()
                commands=contractor::commands()
                find=contractor::find
                searches=vec![("/app/contractor/leads?q=", "your leads"), ("/app/contractor/billing?q=", "your charges")]
            />
        }
        .into_any(),
        ContractorPage::Dashboard => view! { <contractor::DashboardPage/> }.into_any(),
        ContractorPage::Leads => view! { <contractor::LeadsPage/> }.into_any(),
        ContractorPage::Lead => view! { <contractor::LeadPage/> }.into_any(),
        ContractorPage::Settings => view! { <contractor::SettingsPage/> }.into_any(),
    }
}

lazy_pages! {
    ContractorMorePage by contractor_more_chunk, __preload_contractor_more_chunk:
    ContractorProfile is Profile,
    ContractorPerformance is Performance,
    ContractorNotifications is Notifications,
}

/// The contractor's pages that are needed less often.
#[lazy]
fn contractor_more_chunk(page: ContractorMorePage) -> AnyView {
    match page {
        ContractorMorePage::Profile => view! { <contractor::ProfilePage/> }.into_any(),
        ContractorMorePage::Performance => view! { <contractor::PerformancePage/> }.into_any(),
        ContractorMorePage::Notifications => view! { <contractor::NotificationsPage/> }.into_any(),
    }
}

lazy_pages! {
    ContractorMoneyPage by contractor_money_chunk, __preload_contractor_money_chunk:
    ContractorBilling is Billing,
    ContractorStatement is Statement,
    ContractorDisputes is Disputes,
}

/// What the contractor owes, paid and contests.
#[lazy]
fn contractor_money_chunk(page: ContractorMoneyPage) -> AnyView {
    match page {
        ContractorMoneyPage::Billing => view! { <contractor::BillingPage/> }.into_any(),
        ContractorMoneyPage::Statement => view! { <contractor::StatementPage/> }.into_any(),
        ContractorMoneyPage::Disputes => view! { <contractor::DisputesPage/> }.into_any(),
    }
}

lazy_pages! {
    AdminPage by admin_chunk, __preload_admin_chunk:
    AdminFrame is Frame,
    AdminDashboard is Dashboard,
    AdminLeads is Leads,
    AdminLead is Lead,
}

#[lazy]
fn admin_chunk(page: AdminPage) -> AnyView {
    match page {
        AdminPage::Frame => view! {
            <Frame
                role=Role::Admin
                name="Admin"
                items=admin::nav()
                commands=admin::commands()
                find=admin::find
                searches=vec![
                    ("/app/admin/leads?q=", "leads"),
                    ("/app/admin/contractors?q=", "contractors"),
                    ("/app/admin/billing?q=", "charges"),
                ]
            />
        }
        .into_any(),
        AdminPage::Dashboard => view! { <admin::DashboardPage/> }.into_any(),
        AdminPage::Leads => view! { <admin::LeadsPage/> }.into_any(),
        AdminPage::Lead => view! { <admin::LeadPage/> }.into_any(),
    }
}

lazy_pages! {
    ContractorDeskPage by admin_contractors_chunk, __preload_admin_contractors_chunk:
    AdminContractors is List,
    AdminContractor is One,
    AdminDisputes is Disputes,
    AdminDispute is Dispute,
}

/// The administrator's pages about contractors, and about what they dispute.
#[lazy]
fn admin_contractors_chunk(page: ContractorDeskPage) -> AnyView {
    match page {
        ContractorDeskPage::List => view! { <admin::ContractorsPage/> }.into_any(),
        ContractorDeskPage::One => view! { <admin::ContractorPage/> }.into_any(),
        ContractorDeskPage::Disputes => view! { <admin::DisputesPage/> }.into_any(),
        ContractorDeskPage::Dispute => view! { <admin::DisputePage/> }.into_any(),
    }
}

lazy_pages! {
    BackOfficePage by admin_back_office_chunk, __preload_admin_back_office_chunk:
    AdminBilling is Billing,
    AdminLedger is Ledger,
    AdminStatement is Statement,
    AdminJobs is Jobs,
    AdminBounced is Bounced,
    AdminNumbers is Numbers,
    AdminUnmatchedCalls is UnmatchedCalls,
    AdminKit is Kit,
}

/// The administrator's pages that are needed less often.
#[lazy]
fn admin_back_office_chunk(page: BackOfficePage) -> AnyView {
    match page {
        BackOfficePage::Billing => view! { <admin::BillingPage/> }.into_any(),
        BackOfficePage::Ledger => view! { <admin::LedgerPage/> }.into_any(),
        BackOfficePage::Statement => view! { <admin::StatementPage/> }.into_any(),
        BackOfficePage::Jobs => view! { <admin::JobsPage/> }.into_any(),
        BackOfficePage::Bounced => view! { <admin::BouncedPage/> }.into_any(),
        BackOfficePage::Numbers => view! { <admin::NumbersPage/> }.into_any(),
        BackOfficePage::UnmatchedCalls => view! { <admin::UnmatchedCallsPage/> }.into_any(),
        BackOfficePage::Kit => view! { <admin::KitPage/> }.into_any(),
    }
}

lazy_pages! {
    OperationsPage by admin_operations_chunk, __preload_admin_operations_chunk:
    AdminWebhooks is Webhooks,
    AdminWebhook is Webhook,
    AdminScoring is Scoring,
    AdminSources is Sources,
    AdminExports is Exports,
    AdminBackups is Backups,
    AdminAudit is Audit,
    AdminSettings is Settings,
    AdminSimulator is Simulator,
}

/// The administrator's pages about the running of the system.
#[lazy]
fn admin_operations_chunk(page: OperationsPage) -> AnyView {
    match page {
        OperationsPage::Webhooks => view! { <admin::WebhooksPage/> }.into_any(),
        OperationsPage::Webhook => view! { <admin::WebhookPage/> }.into_any(),
        OperationsPage::Scoring => view! { <admin::ScoringPage/> }.into_any(),
        OperationsPage::Sources => view! { <admin::SourcesPage/> }.into_any(),
        OperationsPage::Exports => view! { <admin::ExportsPage/> }.into_any(),
        OperationsPage::Backups => view! { <admin::BackupsPage/> }.into_any(),
        OperationsPage::Audit => view! { <admin::AuditPage/> }.into_any(),
        OperationsPage::Settings => view! { <admin::SettingsPage/> }.into_any(),
        OperationsPage::Simulator => view! { <admin::SimulatorPage/> }.into_any(),
    }
}

lazy_pages! {
    SecurityPages by security_chunk, __preload_security_chunk:
    ContractorSecurity is Contractor,
    AdminSecurity is Admin,
    AdminStaff is Staff,
    AdminStaffMember is StaffMember,
}

/// Accounts and their safety, in both portals.
#[lazy]
fn security_chunk(page: SecurityPages) -> AnyView {
    match page {
        SecurityPages::Contractor => view! { <account::SecurityPage back=("/app/contractor/settings", "Settings")/> }.into_any(),
        SecurityPages::Admin => view! { <account::SecurityPage back=("/app/admin", "Overview")/> }.into_any(),
        SecurityPages::Staff => view! { <admin::StaffPage/> }.into_any(),
        SecurityPages::StaffMember => view! { <admin::StaffMemberPage/> }.into_any(),
    }
}

lazy_pages! {
    RequestPages by request_chunk, __preload_request_chunk:
    PublicRequest is Request,
    PublicRequestSent is Sent,
}

#[lazy]
fn request_chunk(page: RequestPages) -> AnyView {
    match page {
        RequestPages::Request => view! { <public::RequestPage/> }.into_any(),
        RequestPages::Sent => view! { <public::RequestSentPage/> }.into_any(),
    }
}

lazy_pages! {
    AccountPage by account_chunk, __preload_account_chunk:
    PublicJoin is Join,
    PublicLogin is Login,
    PublicForgotPassword is ForgotPassword,
    PublicSetPassword is SetPassword,
    PublicFeedback is Feedback,
    PublicImprint is Imprint,
    PublicPrivacy is Privacy,
}

#[lazy]
fn account_chunk(page: AccountPage) -> AnyView {
    match page {
        AccountPage::Join => view! { <public::JoinPage/> }.into_any(),
        AccountPage::Login => view! { <public::LoginPage/> }.into_any(),
        AccountPage::ForgotPassword => view! { <public::ForgotPasswordPage/> }.into_any(),
        AccountPage::SetPassword => view! { <public::SetPasswordPage/> }.into_any(),
        AccountPage::Feedback => view! { <public::FeedbackPage/> }.into_any(),
        AccountPage::Imprint => view! { <public::ImprintPage/> }.into_any(),
        AccountPage::Privacy => view! { <public::PrivacyPage/> }.into_any(),
    }
}

/// A portal's frame around its pages, for those who may be there; others go to sign in and come back.
#[component]
fn Frame(
    role: Role,
    name: &'static str,
    items: Vec<NavItem>,
    commands: Vec<Command>,
    find: fn(String) -> Finding,
    searches: Vec<(&'static str, &'static str)>,
) -> impl IntoView {
    let who = Resource::new_blocking(|| (), |()| who_am_i());
    let location = use_location();
    let sign_in = move || sign_in_href(&location.pathname.get_untracked(), &location.search.get_untracked());
    // The page stands beside the check, not inside it: the server draws what a Suspense holds twice, and the
    // browser would look for the first drawing's data. Each of a page's server functions checks who asks.
    view! {
        <Suspense>
            {move || {
                who.get()
                    .map(|found| match found {
                        Ok(who) if who.as_ref().is_none_or(|who| who.role != role) => view! { <Redirect path=sign_in()/> }.into_any(),
                        // The styles hide what this person may not do; each use case refuses it besides.
                        Ok(Some(who)) if role == Role::Admin => view! { <span hidden data-lacks=who.lacks()></span> }.into_any(),
                        _ => ().into_any(),
                    })
            }}
        </Suspense>
        <PortalShell name role who items commands find searches>
            <Outlet/>
        </PortalShell>
    }
}
