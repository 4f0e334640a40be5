use super::Icon;
use kernel::FileKind;
use leads::evidence::EvidenceView;
use leptos::prelude::*;

/// What a contractor sent with a dispute, to look at and to listen to.
#[component]
pub fn EvidenceList(
    files: Vec<EvidenceView>,
    /// Asked for by who may take a file back; without script the address says which: `?remove=<id>`.
    #[prop(optional)]
    on_remove: Option<Callback<EvidenceView>>,
    /// Where a file is, when it is not where the server keeps it.
    #[prop(optional)]
    href: Option<fn(&EvidenceView) -> String>,
) -> impl IntoView {
    let href = href.unwrap_or(EvidenceView::href);
    let items = files
        .into_iter()
        .map(|file| {
            let remove = on_remove.map(|on_remove| {
                let (asked, name) = (file.clone(), file.name.clone());
                view! {
                    <a
                        href=format!("?remove={}", file.id)
                        class="btn btn-ghost btn-square -my-2 -mr-2 shrink-0"
                        aria-haspopup="dialog"
                        on:click=move |ev| {
                            ev.prevent_default();
                            on_remove.run(asked.clone());
                        }
                    >
                        <Icon name="x"/>
                        <span class="sr-only">{format!("Remove {name}")}</span>
                    </a>
                }
            });
            view! {
                <li>
                    <Preview file=file.clone() href=href(&file)/>
                    <div class="evidence-name">
                        <a href=href(&file) target="_blank" rel="external noopener" class="min-w-0">
                            <span class="link block truncate">{file.name.clone()}</span>
                            <span class="block text-sm text-muted">{format!("{}, {}", file.kind.label(), file.size())}</span>
                        </a>
                        {remove}
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="evidence">{items}</ul> }
}

#[component]
fn Preview(file: EvidenceView, href: String) -> impl IntoView {
    match file.kind {
        FileKind::Jpeg | FileKind::Png | FileKind::Webp => {
            view! { <img src=href alt=file.name loading="lazy" class="evidence-show"/> }.into_any()
        }
        FileKind::Mp4 => {
            view! { <video src=href controls preload="metadata" aria-label=file.name class="evidence-show"></video> }.into_any()
        }
        FileKind::M4a => view! {
            <div class="evidence-show px-3">
                <audio src=href controls preload="metadata" aria-label=file.name class="w-full"></audio>
            </div>
        }
        .into_any(),
        FileKind::Pdf => {
            view! { <div class="evidence-show text-muted" aria-hidden="true"><Icon name="download" class="size-8"/></div> }.into_any()
        }
    }
}
