use leptos::prelude::*;

/// A line drawing of 20 px beside words; never the only carrier of meaning.
#[component]
pub fn Icon(
    /// See `paths` below; an unknown name draws nothing.
    name: &'static str,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let class = if class.is_empty() { "size-5 shrink-0".to_owned() } else { format!("shrink-0 {class}") };
    view! {
        <svg
            class=class
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.75"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            focusable="false"
        >
            <path d=path(name)></path>
        </svg>
    }
}

const fn path(name: &str) -> &'static str {
    match name.as_bytes() {
        b"home" => "M3 11l9-8 9 8M5 9.5V20h5v-6h4v6h5V9.5",
        b"inbox" => "M3 13l3-8h12l3 8v6H3zM3 13h5l2 3h4l2-3h5",
        b"users" => {
            "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21v-1a6 6 0 0 1 6-6h2a6 6 0 0 1 6 6v1M16 3.5a4 4 0 0 1 0 7M19 14.5a6 6 0 0 1 3 5.2V21"
        }
        b"user" => "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 21v-1a6 6 0 0 1 6-6h2a6 6 0 0 1 6 6v1",
        b"phone" => "M5 3h4l2 5-2.5 1.5a12 12 0 0 0 6 6L16 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 5a2 2 0 0 1 2-2z",
        b"settings" => "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
        b"sun" => {
            "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4"
        }
        b"moon" => "M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5z",
        b"monitor" => "M3 4h18v12H3zM8 20h8M12 16v4",
        b"check" => "M4 12.5l5 5L20 6.5",
        b"x" => "M6 6l12 12M18 6L6 18",
        b"alert" => "M12 3l10 17H2zM12 10v4M12 17v.2",
        b"info" => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8v.2",
        b"clock" => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
        b"chevron_left" => "M15 5l-7 7 7 7",
        b"chevron_right" => "M9 5l7 7-7 7",
        b"chevron_down" => "M5 9l7 7 7-7",
        b"arrow_up" => "M12 19V5M6 11l6-6 6 6",
        b"arrow_down" => "M12 5v14M6 13l6 6 6-6",
        b"arrow_right" => "M5 12h14M13 6l6 6-6 6",
        b"search" => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
        b"log_out" => "M10 4H4v16h6M14 8l4 4-4 4M18 12H9",
        b"chart" => "M4 4v16h16M8 15l3-4 3 2 5-6",
        b"wrench" => "M14.5 6.5a4.5 4.5 0 0 0-6 5.6L3 17.6 6.4 21l5.5-5.5a4.5 4.5 0 0 0 5.6-6l-3 3-2.5-.5-.5-2.5z",
        b"flame" => "M12 3c1 4 5 5.5 5 10.5a5 5 0 0 1-10 0c0-2 1-3.5 2-4.5 0 2 1 3 2 3 1.5 0 1.5-3 1-9z",
        b"snowflake" => {
            "M12 2v20M3.3 7l17.4 10M20.7 7L3.3 17M9.5 3.5L12 6l2.5-2.5M9.5 20.5L12 18l2.5 2.5M4 10.5L7 10 6 6.5M20 13.5l-3 .5 1 3.5M20 10.5L17 10l1-3.5M4 13.5l3 .5-1 3.5"
        }
        b"box" => "M12 3l9 5v8l-9 5-9-5V8zM3 8l9 5 9-5M12 13v8",
        b"tool" => "M4 20l8-8M14 4l6 6-3 3-6-6zM11 7L7 3 3 7l4 4",
        b"siren" => "M6 18v-6a6 6 0 0 1 12 0v6M4 18h16v3H4zM12 2v2M4 5l1.5 1.5M20 5l-1.5 1.5",
        b"building" => "M5 21V4h10v17M15 9h4v12M3 21h18M8.5 8h3M8.5 12h3M8.5 16h3",
        b"calendar" => "M4 6h16v15H4zM4 11h16M8 3v5M16 3v5",
        b"plus" => "M12 5v14M5 12h14",
        b"map_pin" => "M12 22s7-6.5 7-12a7 7 0 1 0-14 0c0 5.5 7 12 7 12zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
        b"message" => "M4 5h16v11H9l-5 4z",
        b"mail" => "M3 5h18v14H3zM3 6.5l9 7 9-7",
        b"dollar" => "M12 2v20M17 6.5C16 5 14.5 4.5 12 4.5c-3 0-5 1.3-5 3.7 0 5.3 10 2.3 10 7.6 0 2.4-2 3.7-5 3.7-2.5 0-4-.5-5-2",
        b"palette" => "M9 4a3 3 0 1 0-3 3h12a3 3 0 1 0-3-3v16a3 3 0 1 0 3-3H6a3 3 0 1 0 3 3z",
        b"menu" => "M4 6h16M4 12h16M4 18h16",
        b"star" => "M12 3l2.8 5.8 6.2.9-4.5 4.4 1.1 6.3L12 17.4l-5.6 3 1.1-6.3L3 9.7l6.2-.9z",
        b"download" => "M12 3v12M7 10.5l5 5 5-5M4 20h16",
        b"refresh" => "M20 11a8 8 0 0 0-14.5-4L3 9.5M3 4v5.5h5.5M4 13a8 8 0 0 0 14.5 4l2.5-2.5M21 20v-5.5h-5.5",
        b"hash" => "M5 9h15M4 15h15M10 4L8 20M16 4l-2 16",
        b"shield" => "M12 3l8 3v6c0 5-3.5 8-8 9.5C7.5 20 4 17 4 12V6zM8.5 12l2.5 2.5 4.5-5",
        b"bolt" => "M13 2L4 14h7l-1 8 9-12h-7z",
        b"key" => "M7.5 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 12h10M18 12v4M22 12v3",
        b"lock" => "M6 11h12v10H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
        b"database" => {
            "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3zM4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"
        }
        b"list" => "M8 6h13M8 12h13M8 18h13M3.5 6h.01M3.5 12h.01M3.5 18h.01",
        b"copy" => "M9 8h11v13H9zM15 8V3H4v13h5",
        b"grid" => "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
        _ => "",
    }
}
