use super::Secret;

/// Where errors are reported: the parts of `https://key@host[:port][/path]/project`.
#[derive(Clone, Debug)]
pub struct SentryDsn {
    /// Where envelopes are posted to.
    pub envelope_url: String,
    pub key: Secret,
}

impl SentryDsn {
    /// `None` when it is no DSN.
    pub fn parse(text: &str) -> Option<SentryDsn> {
        let (scheme, rest) = text.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme))?;
        let (key, place) = rest.split_once('@')?;
        // Old ones carry a second, secret part, which nothing needs.
        let key = key.split(':').next().unwrap_or_default();
        let (base, project) = place.trim_end_matches('/').rsplit_once('/')?;
        let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let is_host = !base.is_empty() && base.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/[]".contains(&b));
        if !word(key) || !word(project) || !is_host {
            return None;
        }
        let (host, path) = base.split_once('/').map_or((base, String::new()), |(host, path)| (host, format!("{path}/")));
        Some(SentryDsn { envelope_url: format!("{scheme}://{host}/{path}api/{project}/envelope/"), key: Secret::new(key) })
    }
}

#[cfg(test)]
mod tests {
    use super::SentryDsn;

    #[test]
    fn a_dsn_names_host_project_and_key() {
        let read = |text: &str| SentryDsn::parse(text).map(|dsn| (dsn.envelope_url, dsn.key.expose().to_owned()));
        let is = |url: &str| Some((url.to_owned(), "abc".to_owned()));
        assert_eq!(read("https://abc@o1.ingest.sentry.io/42"), is("https://o1.ingest.sentry.io/api/42/envelope/"));
        assert_eq!(read("http://abc:old@localhost:9000/sentry/42/"), is("http://localhost:9000/sentry/api/42/envelope/"));
        for wrong in ["", "https://host/1", "ftp://abc@host/1", "https://abc@host", "https://@host/1", "https://abc@ho st/1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
