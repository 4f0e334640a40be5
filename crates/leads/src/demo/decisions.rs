//! Why the demo's leads went where they went.

use super::*;
use crate::decisions::{LeftOut, weigh};
use crate::store::decisions::NewDecision;

impl Loader<'_> {
    /// Keeps why a lead went where it went.
    #[expect(clippy::too_many_arguments, reason = "a decision is about all of them")]
    pub(super) async fn decide(
        &mut self,
        lead_id: &str,
        form: &LeadForm,
        candidates: &[Candidate],
        had: &[Id],
        chosen: Option<&Candidate>,
        occasion: Occasion,
        at: DateTime<Utc>,
    ) -> Outcome<()> {
        let able = Specialization::for_service(form.service_type);
        let serving: Vec<LeftOut> = self
            .contractors
            .iter()
            .filter(|c| c.is_approved && c.zips.iter().any(|z| z == form.customer_zip.as_str()))
            .map(|c| LeftOut {
                contractor_id: c.id.clone(),
                business_name: c.candidate.business_name.clone(),
                status: c.status,
                is_accepting_leads: c.is_accepting,
                is_able: c.able.iter().any(|s| able.contains(s)),
            })
            .collect();
        let weighed = weigh(candidates, &serving, had, chosen, form.timeline);
        let new = NewDecision { id: self.ctx.new_id(), lead_id, occasion, actor: "system", reason: None, weighed: &weighed, at };
        store::decisions::insert(&mut self.tx, &[new]).await
    }
}
