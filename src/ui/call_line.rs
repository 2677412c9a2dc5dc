//! A call as one line of a conversation: what the server wrote when it ended, as this reader sees it.

use super::dates;
use super::parts::icon;
use super::words::{Ending, Record};
use call_protocol::Timestamp;
use leptos::prelude::*;

/// The line; `call_back` is offered for calls in which nobody talked.
#[component]
pub fn CallLine(
    /// The call.
    record: Record,
    /// When it ended.
    at: Timestamp,
    /// What the button does.
    call_back: UnsyncCallback<()>,
) -> impl IntoView {
    let offers = match record.ending {
        Ending::Declined | Ending::Missed | Ending::Unanswered | Ending::Failed => true,
        Ending::Live | Ending::Completed => false,
    };
    let again = move |_| {
        let _gone = call_back.try_run(());
    };
    view! {
        <div class="mc-line" data-outcome=record.mark()>
            {icon(record.kind())}
            <span>{record.text()}</span>
            <time>{dates::time(&at)}</time>
            {offers.then(|| view! { <button class="mc-link" on:click=again>"Call back"</button> })}
        </div>
    }
}
