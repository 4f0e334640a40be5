//! Nothing yet, wrong, loading; and what stands above or beside a page.

use crate::errors::{AppError, ErrorKind};
use crate::ui::{Button, Card, Empty, ErrorView, LinkButton, Notice, OfflineNote, SkeletonLines, Tone, Variant};
use leptos::prelude::*;

#[component]
pub fn States() -> impl IntoView {
    view! {
        <div class="grid gap-6 xl:grid-cols-2">
            <Card>
                <Empty title="Nothing here yet" text="What this place is for, in one sentence.">
                    <Button variant=Variant::Primary>"The one button that fills it"</Button>
                </Empty>
            </Card>
            <Card>
                <ErrorView error=AppError::new(ErrorKind::Unavailable, crate::text::OFFLINE) on_retry=Callback::new(|()| ())/>
            </Card>
            <Card>
                <ErrorView error=AppError::new(ErrorKind::NotFound, "Lead not found")/>
            </Card>
            <Card>
                <ErrorView error=AppError::new(ErrorKind::Unauthenticated, crate::text::SIGN_IN_AGAIN)/>
            </Card>
            <Card>
                <ErrorView error=AppError::new(ErrorKind::Forbidden, "Your role does not allow this")/>
            </Card>
            <Card>
                <ErrorView error=AppError::new(ErrorKind::TooMany, "Please wait a minute")/>
            </Card>
            <Card title="Loading">
                <SkeletonLines/>
            </Card>
        </div>
    }
}

#[component]
pub fn Notices() -> impl IntoView {
    view! {
        <Notice title="2 applications to review" text="Contractors get no leads until they are approved.">
            <LinkButton href="#">"Review"</LinkButton>
        </Notice>
        <Notice tone=Tone::Bad title="Something that nobody can do anything about"/>
        <div class="grid gap-6 xl:grid-cols-2">
            <OfflineNote is_waiting=false/>
            <OfflineNote is_waiting=true/>
        </div>
    }
}
