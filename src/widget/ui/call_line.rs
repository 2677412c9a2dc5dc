//! A past call as one line of a conversation, as this reader sees it. Owns no state.

use super::HostPage;
use super::words::{self, CannotCall, Ending, Record};
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::parts::{clock, icon};
use crate::widget::kit::signal::Memo;
use call_protocol::Timestamp;

/// The line; "Call back" is offered after calls that never connected, while calling is possible.
pub(crate) fn call_line(
    record: &Record,
    at: &Timestamp,
    host: HostPage,
    refused: Memo<Option<CannotCall>>,
    call_back: impl FnMut() + 'static,
) -> El {
    let offers = match record.ending {
        Ending::Declined | Ending::Missed | Ending::Unanswered | Ending::Failed => true,
        Ending::Live | Ending::Completed => false,
    };
    let again = offers.then(|| {
        button("mc-link", call_back)
            .toggle_attr("disabled", move || refused.get().is_some())
            .text(words::CALL_BACK)
    });
    el(Tag::Div, "mc-line")
        .attr("data-outcome", record.mark())
        .child(icon(record.kind()))
        .child(el(Tag::Span, "").text(&record.text()))
        .child(clock(at, host.today))
        .children(again)
}
