//! The page after sign-in: opens the session, mounts the call widget as any page does, and shows the main window.
//! Owns when the page goes back to the sign-in window.

use super::account::Account;
use super::main_window::main_window;
use super::model::Messenger;
use super::widgets::Widgets;
use crate::widget::Options;
use crate::widget::kit::dom::{El, Tag, effect, el};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{icon, notice};
use call_client::{ConnectionStatus, SessionEnd};
use leptos::prelude::*;
use std::rc::Rc;

/// The messenger of a signed-in person; `leave` takes a reason if the server ended the session.
pub(super) fn signed_in(account: &Account, leave: UnsyncCallback<Option<String>>) -> El {
    let session = account.session();
    let messenger = Messenger::new(&session, account.user());
    let go = move |why| {
        let _gone = leave.try_run(why);
    };
    let sign_in_again = move || go(Some(messenger.sign_out_reason()));

    let widgets = Widgets::new(session);
    // The windows of calls; buttons and history have widgets of their own.
    let options = Options { shortcuts: true, sign_in: Some(Rc::new(sign_in_again)), ..Options::default() };
    let Some((place, calls)) = widgets.mount("im-calls im-widget", options) else {
        let text = "This browser is too old for Messenger Calls.";
        return notice("mc-notice mc-fail", icon(Icon::Warning), text, None);
    };
    calls.follow(messenger);

    // A running call may outlive an expired session; a session that was ended (another device, a new password) ends it.
    effect(move || {
        let status = messenger.status.get();
        let stays = [SessionEnd::Replaced, SessionEnd::Outdated].map(ConnectionStatus::Over);
        let over = status.is_over() && !stays.contains(&status);
        let busy = calls.is_busy();
        if over && (!busy || messenger.was_ended_by_server()) {
            sign_in_again();
        }
    });
    messenger.count_in_title();
    el(Tag::Div, "mc im").child(main_window(messenger, widgets, move || go(None))).child(place)
}
