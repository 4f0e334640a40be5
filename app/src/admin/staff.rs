use super::two_factor::TwoFactorReset;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    Badge, Card, Cell, Choice, Column, ConfirmDialog, Empty, Fact, Facts, FormErrors, LiveTable, Load, PageHead, ROWS, RadioCards, Row,
    SkeletonLines, SubmitButton, TextField, TimeAgo, Tone, Variant, action_error, field_errors, page_of, use_toasts,
};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, StaffRole};
use leads::staff::{NewStaff, StaffView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The staff; unless sorted, those who may sign in first, the newest first.
#[server(prefix = "/rpc", endpoint = "admin_staff")]
pub async fn list_staff(sort: Option<String>, offset: i64) -> Result<Listed<StaffView>, AppError> {
    let page = kernel::Page { limit: ROWS, offset: offset.max(0) };
    Ok(leads::staff::list(&ctx()?, &admin_caller().await?, kernel::Order::read(sort.as_deref()), page).await?)
}

/// One of the staff.
#[server(prefix = "/rpc", endpoint = "admin_staff_member")]
pub async fn load_member(id: Id) -> Result<StaffView, AppError> {
    Ok(leads::staff::get(&ctx()?, &admin_caller().await?, &id).await?)
}

/// Adds somebody and mails them a link to choose a password.
#[server(prefix = "/rpc", endpoint = "admin_invite_staff")]
pub async fn invite_staff(new: NewStaff) -> Result<StaffView, AppError> {
    Ok(leads::staff::invite(&ctx()?, &admin_caller().await?, &new).await?)
}

/// Mails the link of an invitation again.
#[server(prefix = "/rpc", endpoint = "admin_send_invitation")]
pub async fn send_invitation(id: Id) -> Result<StaffView, AppError> {
    Ok(leads::staff::send_invitation(&ctx()?, &admin_caller().await?, &id).await?)
}

/// Gives somebody another role.
#[server(prefix = "/rpc", endpoint = "admin_staff_role")]
pub async fn set_staff_role(id: Id, role: StaffRole) -> Result<StaffView, AppError> {
    Ok(leads::staff::set_role(&ctx()?, &admin_caller().await?, &id, role).await?)
}

/// Ends somebody's access, or gives it back.
#[server(prefix = "/rpc", endpoint = "admin_staff_access")]
pub async fn set_staff_access(id: Id, active: bool) -> Result<StaffView, AppError> {
    let (ctx, caller) = (ctx()?, admin_caller().await?);
    Ok(match active {
        true => leads::staff::reactivate(&ctx, &caller, &id).await?,
        false => leads::staff::deactivate(&ctx, &caller, &id).await?,
    })
}

/// Who else may use the admin portal, and for what.
#[component]
pub fn StaffPage() -> impl IntoView {
    let query = use_query_map();
    let invite = ServerAction::<InviteStaff>::new();
    let asked = Memo::new(move |_| query.with(|q| (q.get("sort"), page_of(q, ROWS).offset)));
    let staff = Resource::new(move || (asked.get(), invite.version().get()), |((sort, offset), _)| list_staff(sort, offset));
    let columns = vec![
        Column::new("Name").sort_up("name"),
        Column::new("Role").sort_up("role"),
        Column::new("Access"),
        Column::new("Two-factor"),
        Column::new("Last seen").sort("seen"),
    ];
    let empty = || {
        view! {
            <Empty
                icon="users"
                title="Nobody else yet"
                text="Only the administrator of the server's settings signs in here. Invite whoever works with you: each gets a mail with a link to choose a password."
            />
        }
        .into_any()
    };
    let row = move |person: StaffView| {
        let StaffView { id, name, email, role, has_password, is_active, has_two_factor, seen_at, .. } = person;
        view! {
            <Row href=format!("/app/admin/staff/{id}")>
                <Cell label="Name" primary=true>
                    <span class="font-medium">{name}</span>
                    <span class="block break-all text-sm text-muted">{email}</span>
                </Cell>
                <Cell label="Role">{role.label()}</Cell>
                <Cell label="Access">
                    <AccessBadge is_active has_password/>
                </Cell>
                <Cell label="Two-factor">{if has_two_factor { "On" } else { "Off" }}</Cell>
                <Cell label="Last seen">
                    <LastSeen seen_at has_password/>
                </Cell>
            </Row>
        }
    };
    view! {
        <PageHead title="Staff" subtitle="Who else may use the admin portal, and for what."/>
        <div class="grid min-w-0 gap-6">
            <div class="min-w-0">
                <LiveTable resource=staff caption="Staff" columns limit=ROWS key=row_key empty row/>
            </div>
            <InviteForm action=invite/>
        </div>
    }
}

fn row_key(person: &StaffView) -> String {
    format!("{} {} {} {} {} {:?}", person.id, person.role, person.is_active, person.has_password, person.has_two_factor, person.seen_at)
}

#[component]
fn AccessBadge(is_active: bool, has_password: bool) -> impl IntoView {
    let (tone, words) = match (is_active, has_password) {
        (false, _) => (Tone::Bad, "Switched off"),
        (true, false) => (Tone::Warn, "Invited"),
        (true, true) => (Tone::Good, "Active"),
    };
    view! { <Badge tone>{words}</Badge> }
}

/// Sessions are kept for a day: of whoever has none it is only known that they never came when they have no password.
#[component]
fn LastSeen(seen_at: Option<DateTime<Utc>>, has_password: bool) -> impl IntoView {
    match seen_at {
        Some(at) => view! { <TimeAgo at/> }.into_any(),
        None if !has_password => "Never".into_any(),
        None => ().into_any(),
    }
}

fn role_choices() -> Vec<Choice> {
    StaffRole::ALL.iter().map(|role| Choice::new(role.as_str(), role.label()).hint(role.meaning())).collect()
}

#[component]
fn InviteForm(action: ServerAction<InviteStaff>) -> impl IntoView {
    let error = action_error(action);
    let errors = field_errors(error);
    let (name, email) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(person)) = action.value().get() {
            name.set(String::new());
            email.set(String::new());
            toasts.success(format!("We have sent {} a link to {}.", person.name, person.email));
        }
    });
    view! {
        <Card title="Invite somebody">
            <ActionForm action attr:class="max-w-xl">
                <FormErrors error/>
                <TextField name="new[name]" label="Name" required=true autocomplete="off" maxlength=100 bind=name errors/>
                <TextField name="new[email]" label="E-mail" kind="email" required=true autocomplete="off" maxlength=254 bind=email errors/>
                <RadioCards name="new[role]" legend="Role" options=role_choices() value=StaffRole::ReadOnly.as_str() required=true errors/>
                <SubmitButton icon="mail" pending=action.pending()>"Send the invitation"</SubmitButton>
            </ActionForm>
        </Card>
    }
}

const BACK: (&str, &str) = ("/app/admin/staff", "Staff");

/// One person's role and access.
#[component]
pub fn StaffMemberPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let role = ServerAction::<SetStaffRole>::new();
    let access = ServerAction::<SetStaffAccess>::new();
    let send = ServerAction::<SendInvitation>::new();
    // Whose access is about to be switched off: id and name.
    let asks = RwSignal::new(None);
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(person)) = role.value().get() {
            toasts.success(format!("{} has the role {} now.", person.name, person.role.label()));
        }
    });
    Effect::new(move |_| {
        let Some(Ok(person)) = access.value().get() else { return };
        if person.is_active {
            toasts.success(format!("{} may sign in again.", person.name));
            return;
        }
        toasts.undoable(format!("{} can no longer sign in.", person.name), move || {
            access.dispatch(SetStaffAccess { id: person.id.clone(), active: true });
        });
    });
    Effect::new(move |_| {
        if let Some(Ok(person)) = send.value().get() {
            toasts.success(format!("We have sent a new link to {}.", person.email));
        }
    });
    let person = Resource::new(move || (id.get(), role.version().get(), access.version().get()), |(id, ..)| load_member(id));
    view! {
        <Load
            resource=person
            skeleton=|| {
                view! {
                    <PageHead title="Staff" back=BACK/>
                    <Card>
                        <SkeletonLines lines=8/>
                    </Card>
                }
            }
            let:person
        >
            <Member person role access send asks/>
        </Load>
        <TwoFactorReset id/>
        <AccessDialog asks action=access/>
    }
}

#[component]
fn Member(
    person: StaffView,
    role: ServerAction<SetStaffRole>,
    access: ServerAction<SetStaffAccess>,
    send: ServerAction<SendInvitation>,
    asks: RwSignal<Option<(Id, String)>>,
) -> impl IntoView {
    let role_error = action_error(role);
    let StaffView { id, name, email, role: current, has_password, is_active, has_two_factor, seen_at, created_at } = person;
    let (invited, own) = (id.clone(), id.clone());
    let invitation = (is_active && !has_password).then(|| {
        view! {
            <ActionForm action=send>
                <input type="hidden" name="id" value=invited/>
                <SubmitButton variant=Variant::Secondary icon="mail" pending=send.pending()>"Send the link again"</SubmitButton>
            </ActionForm>
        }
    });
    view! {
        <div class="max-w-3xl">
            <PageHead title=name.clone() subtitle=current.meaning() back=BACK>
                {invitation}
                <Access id=own name is_active action=access asks/>
            </PageHead>
            <FormErrors error=action_error(access)/>
            <FormErrors error=action_error(send)/>
            <div class="grid gap-6">
                <Card title="Account">
                    <Facts>
                        <Fact label="E-mail">
                            <span class="break-all">{email}</span>
                        </Fact>
                        <Fact label="Access">
                            <AccessBadge is_active has_password/>
                        </Fact>
                        <Fact label="Two-factor sign-in">{if has_two_factor { "On" } else { "Off" }}</Fact>
                        <Fact label="Last seen">
                            <LastSeen seen_at has_password/>
                        </Fact>
                        <Fact label="Invited">
                            <TimeAgo at=created_at/>
                        </Fact>
                    </Facts>
                </Card>
                <Card title="Role">
                    <ActionForm action=role>
                        <FormErrors error=role_error/>
                        <input type="hidden" name="id" value=id/>
                        <RadioCards
                            name="role"
                            legend="Role"
                            quiet=true
                            options=role_choices()
                            value=current.as_str()
                            required=true
                            errors=field_errors(role_error)
                        />
                        <SubmitButton pending=role.pending()>"Save the role"</SubmitButton>
                    </ActionForm>
                </Card>
            </div>
        </div>
    }
}

/// Asks first, naming the person; without script the form goes at once, and can be taken back.
#[component]
fn Access(
    id: Id,
    name: String,
    is_active: bool,
    action: ServerAction<SetStaffAccess>,
    asks: RwSignal<Option<(Id, String)>>,
) -> impl IntoView {
    let target = (id.clone(), name);
    let pending = action.pending();
    view! {
        <ActionForm action>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="active" value=if is_active { "false" } else { "true" }/>
            <button
                type="submit"
                class="btn btn-outline-quiet"
                disabled=pending
                aria-busy=move || pending.get().then_some("true")
                on:click=move |ev| {
                    if is_active {
                        ev.prevent_default();
                        asks.set(Some(target.clone()));
                    }
                }
            >
                {if is_active { "Switch off the access" } else { "Let them in again" }}
            </button>
        </ActionForm>
    }
}

/// The question. It stands outside of what is drawn anew when the person changes.
#[component]
fn AccessDialog(asks: RwSignal<Option<(Id, String)>>, action: ServerAction<SetStaffAccess>) -> impl IntoView {
    move || {
        asks.get().map(|(id, name)| {
            let open = RwSignal::new(true);
            Effect::new(move |_| {
                if !open.get() {
                    // After the dialog has closed and given the focus back.
                    set_timeout(move || asks.set(None), std::time::Duration::ZERO);
                }
            });
            view! {
                <ConfirmDialog
                    open
                    title=format!("Switch off {name}'s access?")
                    message="They are signed out everywhere at once, and cannot sign in until you let them in again."
                    confirm=format!("Switch off {name}'s access")
                    danger=true
                    on_confirm=move |()| {
                        action.dispatch(SetStaffAccess { id: id.clone(), active: false });
                    }
                />
            }
        })
    }
}
