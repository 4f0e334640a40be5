//! A contractor as they describe themselves (seed 000, Contractor Endpoints; decision 30).

use crate::lead::ServiceType;
use kernel::{Fields, Phone, Problem, Zip, text_enum};
use serde::{Deserialize, Serialize};

text_enum! {
    /// What a contractor does. Emergencies are repairs: they have no word of their own (decision 22).
    pub enum Specialization {
        AcRepair => "ac_repair" "AC repair",
        HeatingRepair => "heating_repair" "Heating repair",
        Installation => "installation" "Installation",
        Maintenance => "maintenance" "Maintenance",
    }
}

impl Specialization {
    /// Who can do the work: any one of these (decision 22: an emergency needs either repair).
    pub fn for_service(service: ServiceType) -> &'static [Specialization] {
        match service {
            ServiceType::AcRepair => &[Specialization::AcRepair],
            ServiceType::HeatingRepair => &[Specialization::HeatingRepair],
            ServiceType::Installation => &[Specialization::Installation],
            ServiceType::Maintenance => &[Specialization::Maintenance],
            ServiceType::Emergency => &[Specialization::AcRepair, Specialization::HeatingRepair],
        }
    }
}

text_enum! {
    /// Whether an account may be used (seed 000, Get All Contractors).
    pub enum ContractorStatus {
        Active => "active" "Active",
        Inactive => "inactive" "Inactive",
        Suspended => "suspended" "Suspended",
    }
}

/// The shortest password that is accepted, in characters.
pub const PASSWORD_MIN: usize = 8;
/// The longest password that is accepted, in bytes: bcrypt reads no more.
pub const PASSWORD_MAX: usize = 72;
const AT_LEAST_ONE: &str = "must name at least one";
/// The most ZIP codes that one contractor serves.
pub const MAX_ZIPS: usize = 500;

/// Says why a new password is refused, under the field's name.
pub fn check_password(fields: &mut Fields, field: &'static str, password: Option<&str>) -> String {
    let password = password.unwrap_or_default();
    if password.is_empty() {
        fields.required::<()>(field, None);
    } else if password.chars().count() < PASSWORD_MIN {
        fields.reject(field, format!("must have at least {PASSWORD_MIN} characters"));
    } else if password.len() > PASSWORD_MAX {
        fields.reject(field, format!("must be at most {PASSWORD_MAX} bytes long"));
    } else if password.trim().is_empty() {
        fields.reject(field, "must not be blank");
    }
    password.to_owned()
}

/// A contractor who wants to join, as typed (decision 30, register).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewContractor {
    pub business_name: Option<String>,
    pub contact_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub service_zip_codes: Vec<String>,
    pub specializations: Vec<String>,
    pub license_number: Option<String>,
    pub website: Option<String>,
    pub about: Option<String>,
    /// Optional: without one, the onboarding mail's link sets it.
    pub password: Option<String>,
}

/// A contractor whose every field is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractorForm {
    pub business_name: String,
    pub contact_name: Option<String>,
    pub email: String,
    pub phone: Phone,
    pub service_zip_codes: Vec<Zip>,
    pub specializations: Vec<Specialization>,
    pub license_number: Option<String>,
    pub website: Option<String>,
    pub about: Option<String>,
    pub password: Option<String>,
}

impl NewContractor {
    /// Checks every field. Errors: `Invalid` with all that are wrong, under their documented names.
    pub fn check(&self) -> Result<ContractorForm, Problem> {
        let mut fields = Fields::default();
        let business_name = fields.text("businessName", self.business_name.as_deref(), 150);
        let contact_name = fields.optional_text("contactName", self.contact_name.as_deref(), 150);
        let email = fields.email("email", self.email.as_deref());
        let phone = fields.phone("phone", self.phone.as_deref());
        let service_zip_codes = check_zips(&mut fields, &self.service_zip_codes);
        let specializations = check_specializations(&mut fields, &self.specializations);
        let license_number = fields.optional_text("licenseNumber", self.license_number.as_deref(), 60);
        let website = check_website(&mut fields, self.website.as_deref());
        let about = fields.optional_text("about", self.about.as_deref(), 2000);
        let password = self.password.as_deref().filter(|p| !p.is_empty()).map(|p| check_password(&mut fields, "password", Some(p)));
        let form = phone.map(|phone| ContractorForm {
            business_name,
            contact_name,
            email,
            phone,
            service_zip_codes,
            specializations,
            license_number,
            website,
            about,
            password,
        });
        fields.finish_with(form)
    }
}

/// What a contractor changes about themselves; what is absent stays (seed 000, Update Profile; decision 38).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProfileChange {
    pub business_name: Option<String>,
    pub contact_name: Option<String>,
    pub phone: Option<String>,
    pub service_zip_codes: Option<Vec<String>>,
    pub specializations: Option<Vec<String>>,
    pub is_accepting_leads: Option<bool>,
    pub license_number: Option<String>,
    pub website: Option<String>,
    pub about: Option<String>,
}

/// A change whose every field is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileForm {
    pub business_name: Option<String>,
    pub contact_name: Option<String>,
    pub phone: Option<Phone>,
    pub service_zip_codes: Option<Vec<Zip>>,
    pub specializations: Option<Vec<Specialization>>,
    pub is_accepting_leads: Option<bool>,
    pub license_number: Option<String>,
    pub website: Option<String>,
    pub about: Option<String>,
}

impl ProfileChange {
    /// Checks the fields that are there. Errors: `Invalid` with all that are wrong.
    pub fn check(&self) -> Result<ProfileForm, Problem> {
        let mut fields = Fields::default();
        let form = ProfileForm {
            business_name: self.business_name.as_deref().map(|t| fields.text("businessName", Some(t), 150)),
            contact_name: fields.optional_text("contactName", self.contact_name.as_deref(), 150),
            phone: self.phone.as_deref().and_then(|t| fields.phone("phone", Some(t))),
            service_zip_codes: self.service_zip_codes.as_deref().map(|zips| check_zips(&mut fields, zips)),
            specializations: self.specializations.as_deref().map(|words| check_specializations(&mut fields, words)),
            is_accepting_leads: self.is_accepting_leads,
            license_number: fields.optional_text("licenseNumber", self.license_number.as_deref(), 60),
            website: check_website(&mut fields, self.website.as_deref()),
            about: fields.optional_text("about", self.about.as_deref(), 2000),
        };
        fields.finish_with(Some(form))
    }
}

fn check_zips(fields: &mut Fields, texts: &[String]) -> Vec<Zip> {
    let field = "serviceZipCodes";
    if texts.is_empty() {
        fields.reject(field, AT_LEAST_ONE);
    }
    if texts.len() > MAX_ZIPS {
        fields.reject(field, format!("must be at most {MAX_ZIPS} ZIP codes"));
        return Vec::new();
    }
    let mut zips = Vec::with_capacity(texts.len());
    for text in texts {
        match Zip::parse(text) {
            Some(zip) => zips.push(zip),
            None if !fields.has(field) => fields.reject(field, "must be ZIP codes of 5 digits"),
            None => {}
        }
    }
    zips.sort();
    zips.dedup();
    zips
}

pub(crate) fn check_specializations(fields: &mut Fields, texts: &[String]) -> Vec<Specialization> {
    let field = "specializations";
    if texts.is_empty() {
        fields.reject(field, AT_LEAST_ONE);
    }
    let mut words = Vec::with_capacity(texts.len().min(Specialization::ALL.len()));
    for text in texts {
        match text.trim().parse::<Specialization>() {
            Ok(word) if !words.contains(&word) => words.push(word),
            Ok(_) => {}
            Err(message) if !fields.has(field) => fields.reject(field, message),
            Err(_) => {}
        }
    }
    words.sort();
    words
}

pub(crate) fn check_website(fields: &mut Fields, text: Option<&str>) -> Option<String> {
    let website = fields.optional_text("website", text, 200)?;
    // Shown as a link: any other scheme could run script.
    if website.starts_with("https://") || website.starts_with("http://") {
        return Some(website);
    }
    if website.contains(':') || website.contains(char::is_whitespace) || !website.contains('.') {
        fields.reject("website", "must be a web address like https://example.com");
        return None;
    }
    Some(format!("https://{website}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> NewContractor {
        NewContractor {
            business_name: Some("HVAC Pros".into()),
            email: Some("Contractor@Example.com".into()),
            phone: Some("5559876543".into()),
            service_zip_codes: vec!["90211".into(), "90210".into(), "90210".into()],
            specializations: vec!["heating_repair".into(), "ac_repair".into()],
            website: Some("hvacpros.example".into()),
            ..NewContractor::default()
        }
    }

    #[test]
    fn a_good_form_comes_out_sorted_and_clean() {
        let form = good().check().expect("good");
        assert_eq!(form.service_zip_codes.iter().map(Zip::as_str).collect::<Vec<_>>(), ["90210", "90211"]);
        assert_eq!(form.specializations, [Specialization::AcRepair, Specialization::HeatingRepair]);
        assert_eq!(form.email, "contractor@example.com");
        assert_eq!(form.website.as_deref(), Some("https://hvacpros.example"));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = NewContractor {
            service_zip_codes: vec!["9021".into()],
            specializations: vec!["plumbing".into()],
            website: Some("javascript:alert(1)".into()),
            password: Some("short".into()),
            ..NewContractor::default()
        };
        let Err(Problem::Invalid(errors)) = wrong.check() else { panic!("must be rejected") };
        let names: Vec<&str> = errors.iter().map(|e| e.field.as_ref()).collect();
        assert_eq!(names, ["businessName", "email", "phone", "serviceZipCodes", "specializations", "website", "password"]);
    }

    #[test]
    fn a_profile_change_checks_only_what_is_there() {
        assert_eq!(ProfileChange::default().check().expect("nothing to check"), ProfileForm::default());
        let change = ProfileChange { service_zip_codes: Some(Vec::new()), ..ProfileChange::default() };
        assert!(change.check().is_err());
    }
}
