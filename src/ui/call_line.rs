//! A call as one line of a conversation: what the server wrote when it ended, as this reader sees it.

use super::dates;
use super::parts::icon;
use super::piece::{Piece, button, el};
use super::words::{Ending, Record};
use call_protocol::Timestamp;

/// The line; `call_back` is offered for calls in which nobody talked.
pub(crate) fn call_line(record: &Record, at: &Timestamp, call_back: impl FnMut() + 'static) -> Piece {
    let offers = match record.ending {
        Ending::Declined | Ending::Missed | Ending::Unanswered | Ending::Failed => true,
        Ending::Live | Ending::Completed => false,
    };
    let again = offers.then(|| button("mc-link", call_back).text("Call back"));
    el("div", "mc-line")
        .attr("data-outcome", record.mark())
        .child(icon(record.kind()))
        .child(el("span", "").text(&record.text()))
        .child(el("time", "").text(&dates::time(at)))
        .children(again)
}
