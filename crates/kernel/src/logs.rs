//! What the administrator's lists say of jobs and webhooks.

crate::text_enum! {
    /// How far a job is.
    pub enum JobStatus {
        Queued => "queued" "Waiting",
        Done => "done" "Done",
        /// Tried as often as it may be, or without hope.
        Dead => "dead" "Failed",
    }
}

crate::text_enum! {
    /// Who sends webhooks.
    pub enum WebhookProvider {
        Stripe => "stripe" "Stripe",
        SendGrid => "sendgrid" "SendGrid",
        Twilio => "twilio" "Twilio",
    }
}

crate::text_enum! {
    /// What became of a webhook.
    pub enum WebhookResult {
        Processed => "processed" "Processed",
        /// It was processed before.
        Duplicate => "duplicate" "Duplicate",
        /// It tells nothing that matters here.
        Ignored => "ignored" "Ignored",
        /// It does not fit what is on record: a person must look at it.
        Mismatch => "mismatch" "Does not fit",
        /// Its signature is missing or wrong.
        Rejected => "rejected" "Rejected",
        /// It could not be read, or we failed.
        Failed => "failed" "Failed",
    }
}
