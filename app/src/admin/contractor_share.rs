//! A contractor's share of leads.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{Card, Editing, FormErrors, SeenFields, SubmitButton, TextField, Variant, action_error, field_errors};
use kernel::{Id, Permission};
use leads::views::ContractorView;
use leptos::form::ActionForm;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What an administrator sets for one contractor, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Share {
    pub weight: String,
    /// Blank is any number.
    pub daily_cap: String,
}

#[cfg(feature = "ssr")]
impl Share {
    fn read(&self) -> Result<leads::contractors::Share, kernel::Problem> {
        let number = |field: &'static str, text: &str| {
            text.trim().parse::<i64>().map_err(|_| kernel::Problem::invalid(field, "must be a whole number"))
        };
        let weight = number("weight", &self.weight)?;
        let daily_cap = if self.daily_cap.trim().is_empty() { None } else { Some(number("dailyCap", &self.daily_cap)?) };
        Ok(leads::contractors::Share { weight, daily_cap })
    }
}

/// Sets a contractor's share of leads and their daily limit (decision 22).
#[server(prefix = "/rpc", endpoint = "admin_contractor_share")]
pub async fn set_share(id: Id, share: Share, #[server(default)] seen: Option<Share>) -> Result<ContractorView, AppError> {
    let caller = admin_caller().await?;
    let share = share.read()?;
    // What was seen came from us: what cannot be read was tampered with, and then there is nothing to compare.
    let seen = seen.and_then(|seen| seen.read().ok());
    Ok(leads::contractors::set_share(&ctx()?, &caller, &id, share, seen).await?)
}

const LABELS: &[(&str, &str)] = &[("weight", "Share"), ("dailyCap", "Leads a day, at most")];

/// How many leads they get. Of two administrators who change it at once, the second is told.
#[component]
pub(super) fn ShareForm(c: ContractorView, action: ServerAction<SetShare>, editing: Editing<2>) -> impl IntoView {
    editing.follow(action, &c.id, [c.weight.to_string(), c.daily_cap.map(|cap| cap.to_string()).unwrap_or_default()]);
    let error = action_error(action);
    let errors = field_errors(error);
    let own = c.own_daily_cap.map(|own| format!(" They ask for at most {own} themselves.")).unwrap_or_default();
    view! {
        <Card title="Share of leads" attr:data-needs=Permission::Contractors.as_str()>
            <ActionForm action>
                <FormErrors error labels=LABELS/>
                <input type="hidden" name="id" value=c.id/>
                <SeenFields editing/>
                <TextField
                    name="share[weight]"
                    label="Share"
                    hint="1 is normal; with 2 they get twice as many leads as others."
                    inputmode="numeric"
                    maxlength=3
                    required=true
                    bind=editing.typed("weight")
                    errors
                />
                <TextField
                    name="share[dailyCap]"
                    label="Leads a day, at most"
                    hint=format!("Blank is any number.{own}")
                    inputmode="numeric"
                    maxlength=5
                    bind=editing.typed("dailyCap")
                    errors
                />
                <SubmitButton variant=Variant::Secondary pending=action.pending()>"Save the share"</SubmitButton>
            </ActionForm>
        </Card>
    }
}
