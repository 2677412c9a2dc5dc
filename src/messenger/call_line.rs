//! A past call as one line of a conversation, as this reader sees it. Owns no state.

use super::widgets::CallWidget;
use super::words;
use crate::widget::kit::dates::Today;
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::parts::{clock, icon};
use crate::widget::kit::record::{Ending, Record};
use crate::widget::kit::signal::Signal;
use call_protocol::Timestamp;

/// The line; "Call back" is offered after calls that never connected, while calling is possible.
pub(super) fn call_line(
    record: &Record,
    at: &Timestamp,
    today: Signal<Today>,
    widget: Option<CallWidget>,
) -> El {
    let offers = match record.ending {
        Ending::Declined | Ending::Missed | Ending::Unanswered | Ending::Failed => true,
        Ending::Live | Ending::Completed => false,
    };
    let call_type = record.call_type;
    let again = offers.then(|| {
        let (caller, state) = (widget.clone(), widget);
        let call = move || {
            if let Some(widget) = &caller {
                widget.call(call_type);
            }
        };
        button("mc-link", call)
            .toggle_attr("disabled", move || !state.as_ref().is_some_and(CallWidget::can_call))
            .text(words::CALL_BACK)
    });
    el(Tag::Div, "mc-line")
        .attr("data-outcome", record.mark())
        .child(icon(record.kind()))
        .child(el(Tag::Span, "").text(&record.text()))
        .child(clock(at, today))
        .children(again)
}
