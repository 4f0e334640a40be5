//! The names and places of the demo company.

use crate::disputes::DisputeReason;
use kernel::StaffRole;

pub const PLACES: [(&str, &str); 12] = [
    ("90210", "Beverly Hills"),
    ("90024", "Los Angeles"),
    ("90401", "Santa Monica"),
    ("91101", "Pasadena"),
    ("91201", "Glendale"),
    ("91505", "Burbank"),
    ("90802", "Long Beach"),
    ("90501", "Torrance"),
    ("92614", "Irvine"),
    ("92801", "Anaheim"),
    ("91301", "Agoura Hills"),
    ("90265", "Malibu"),
];

/// Nobody serves it yet: its leads wait.
pub const UNSERVED: (&str, &str) = ("92262", "Palm Springs");

pub const BUSINESSES: [&str; 30] = [
    "HVAC Pros",
    "Cool Breeze Air",
    "Pacific Comfort Systems",
    "Golden State Heating & Air",
    "Sunset Climate Control",
    "Westside Air Works",
    "Valley Furnace & Cooling",
    "Blue Sky Mechanical",
    "Coastline HVAC",
    "Harbor Heating",
    "Sierra Comfort",
    "Palm Air Services",
    "Canyon Climate",
    "Foothill Heating & Cooling",
    "Rapid Response Air",
    "All Seasons Mechanical",
    "Bright Air Solutions",
    "Evergreen Heating",
    "Summit Air Conditioning",
    "Reliable Refrigeration",
    "Lakeside Comfort",
    "Precision Climate",
    "Arroyo Air",
    "True North Heating",
    "Monarch Mechanical",
    "Redwood Air & Heat",
    "Starlight HVAC",
    "Family Air Care",
    "Comfort Crew",
    "Oceanview Cooling",
];

pub const FIRST_NAMES: [&str; 36] = [
    "James",
    "Maria",
    "Robert",
    "Linda",
    "Michael",
    "Patricia",
    "David",
    "Jennifer",
    "William",
    "Elizabeth",
    "Richard",
    "Susan",
    "Joseph",
    "Jessica",
    "Thomas",
    "Sarah",
    "Carlos",
    "Karen",
    "Daniel",
    "Nancy",
    "Matthew",
    "Lisa",
    "Anthony",
    "Margaret",
    "Mark",
    "Sandra",
    "Kevin",
    "Ashley",
    "Brian",
    "Emily",
    "George",
    "Donna",
    "Wei",
    "Priya",
    "Omar",
    "Grace",
];

pub const LAST_NAMES: [&str; 36] = [
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "Garcia",
    "Miller",
    "Davis",
    "Rodriguez",
    "Martinez",
    "Hernandez",
    "Lopez",
    "Gonzalez",
    "Wilson",
    "Anderson",
    "Thomas",
    "Taylor",
    "Moore",
    "Jackson",
    "Martin",
    "Lee",
    "Perez",
    "Thompson",
    "White",
    "Harris",
    "Sanchez",
    "Clark",
    "Ramirez",
    "Lewis",
    "Robinson",
    "Walker",
    "Young",
    "Allen",
    "King",
    "Nguyen",
    "Patel",
];

pub const STREETS: [&str; 14] = [
    "Main St",
    "Oak Ave",
    "Maple Dr",
    "Sunset Blvd",
    "Ocean Ave",
    "Hill St",
    "Cedar Ln",
    "Park Ave",
    "Lincoln Blvd",
    "Colorado Blvd",
    "Pine St",
    "Valley Rd",
    "Canyon Dr",
    "Rose Ave",
];

pub const BUDGETS: [&str; 9] =
    ["under 250", "250-500", "500-1000", "500-1000", "1000-2500", "1000-2500", "2500-5000", "5000-10000", "10000+"];

pub const AC: [&str; 4] = [
    "AC not cooling properly",
    "The outdoor unit hums but does not start",
    "Water drips from the air handler",
    "Cold downstairs, warm upstairs, since yesterday",
];
pub const HEATING: [&str; 4] =
    ["Furnace does not ignite", "Heat pump blows cold air", "The furnace is very loud at start", "No heat in two bedrooms"];
pub const INSTALLATION: [&str; 4] = [
    "Replace a 20 year old system, 3 bedrooms",
    "Ductless split for a new home office",
    "New heat pump, interested in rebates",
    "Central air for a house that has none",
];
pub const MAINTENANCE: [&str; 3] = ["Yearly tune-up for two systems", "Filter change and duct inspection", "Check before the summer"];
pub const EMERGENCY: [&str; 3] =
    ["No cooling, an infant at home", "Burning smell from the furnace, it is off now", "AC leaks through the ceiling"];

/// What contractors write down after a call.
pub const NOTES: [&str; 6] = [
    "Wants a quote by Friday. Gate code 4417.",
    "Home after 5 pm. Dog in the yard, ring first.",
    "Unit is from 2009, talk about replacing it.",
    "Landlord pays: send the invoice to him.",
    "Asked for two dates next week.",
    "Easy job, part is on the van.",
];

pub const COMMENTS: [&str; 8] = [
    "On time, friendly and tidy.",
    "Called me back within minutes.",
    "Explained the options without pushing.",
    "Good work, a little late.",
    "Fixed it at the first visit.",
    "Fair price.",
    "Great technician, would call again.",
    "Had to call twice, but the repair is good.",
];

pub const DISPUTES: [(DisputeReason, &str); 6] = [
    (DisputeReason::CustomerNoContact, "Called three times, the customer never answered. No voicemail set up."),
    (DisputeReason::WrongInfo, "It is a heat pump, not a furnace; we do not service those."),
    (DisputeReason::OutOfArea, "The job is at a second home, an hour outside our area."),
    (DisputeReason::Duplicate, "We had this customer already, from two weeks ago."),
    (DisputeReason::InvalidPhone, "The number belongs to somebody else."),
    (DisputeReason::Other, "The customer had found somebody else already."),
];

/// The staff: name, address, role.
pub const STAFF: [(&str, &str, StaffRole); 5] = [
    ("Olga Owens", "owner@example.com", StaffRole::Owner),
    ("Omar Perez", "operations@example.com", StaffRole::Operations),
    ("Fiona Banks", "finance@example.com", StaffRole::Finance),
    ("Ruth Wells", "auditor@example.com", StaffRole::ReadOnly),
    ("Nina Newman", INVITED, StaffRole::Operations),
];

/// Who has not used the invitation yet.
pub const INVITED: &str = "nina@example.com";
