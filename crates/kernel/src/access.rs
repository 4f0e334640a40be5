//! Who of the staff may do what in the admin portal. The one table of roles and permissions.

crate::text_enum! {
    /// A member of staff's part in the company.
    pub enum StaffRole {
        Owner => "owner" "Owner",
        Operations => "operations" "Operations",
        Finance => "finance" "Finance",
        ReadOnly => "read_only" "Read-only",
    }
}

crate::text_enum! {
    /// What an action of the admin portal needs. Whoever has a role may look at everything but the staff.
    pub enum Permission {
        View => "view" "look at everything",
        Leads => "leads" "work on leads and tracking numbers",
        Contractors => "contractors" "approve, suspend and change contractors",
        Billing => "billing" "change charges and run invoices",
        Disputes => "disputes" "decide disputes",
        /// Staff, keys, scoring, jobs: what decides how everything else works.
        Settings => "settings" "change settings, staff and security",
    }
}

impl StaffRole {
    pub const fn may(self, permission: Permission) -> bool {
        match self {
            StaffRole::Owner => true,
            StaffRole::Operations => {
                matches!(permission, Permission::View | Permission::Leads | Permission::Contractors | Permission::Disputes)
            }
            StaffRole::Finance => matches!(permission, Permission::View | Permission::Billing | Permission::Disputes),
            StaffRole::ReadOnly => matches!(permission, Permission::View),
        }
    }

    /// What the role is for, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            StaffRole::Owner => "Does everything, and says who else may.",
            StaffRole::Operations => "Works on leads, contractors and disputes. Cannot change charges or settings.",
            StaffRole::Finance => "Works on charges, invoices and disputes. Cannot change leads or contractors.",
            StaffRole::ReadOnly => "Sees everything, changes nothing.",
        }
    }
}
