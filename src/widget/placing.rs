//! `call()` as a promise: kept when the call was placed, broken with the reason when it was not.
//! Never decides anything about the call; it only watches what is shown.

use super::announcements::word;
use super::mistake::Mistake;
use call_core::CallView;
use core::cell::RefCell;
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// A promise that was given to the page.
pub(super) struct Pledge {
    resolve: Function,
    reject: Function,
}

/// A promise, and what decides it. Nobody has to wait for it: a page that does not is not told of an error twice.
pub(super) fn pledge() -> (Promise, Pledge) {
    let mut hands = None;
    let promise = Promise::new(&mut |resolve, reject| hands = Some(Pledge { resolve, reject }));
    let quiet = promise.clone();
    spawn_local(async move { drop(JsFuture::from(quiet).await) });
    // The browser calls the function above before it returns the promise.
    let none = || Function::from(JsValue::UNDEFINED);
    (promise, hands.unwrap_or_else(|| Pledge { resolve: none(), reject: none() }))
}

impl Pledge {
    pub(super) fn keep(self, value: &JsValue) {
        let _told = self.resolve.call1(&JsValue::UNDEFINED, value);
    }

    pub(super) fn refuse(self, mistake: Mistake) {
        let _told = self.reject.call1(&JsValue::UNDEFINED, &mistake.into_error());
    }
}

/// The call that is being placed, if a page waits for it.
#[derive(Default)]
pub(super) struct Placing(RefCell<Option<Pledge>>);

impl Placing {
    pub(super) fn begin(&self, pledge: Pledge) {
        if let Some(last) = self.0.replace(Some(pledge)) {
            last.refuse(Mistake::AlreadyInCall);
        }
    }

    /// What is shown now tells what became of it.
    pub(super) fn view(&self, view: &CallView) {
        let placed = match view {
            CallView::Outgoing(outgoing) => match &outgoing.party.call_id {
                Some(id) => Ok(id.as_str().into()),
                None => return,
            },
            CallView::InCall(call) => Ok(call.party.call_id.as_ref().map(|id| id.as_str()).into()),
            CallView::Ended(ended) => Err(Mistake::NotPlaced(word(&ended.outcome))),
            CallView::Idle => Err(Mistake::NotPlaced("cancelled")),
            CallView::Incoming(_) => Err(Mistake::AlreadyInCall),
        };
        if let Some(pledge) = self.0.take() {
            match placed {
                Ok(id) => pledge.keep(&id),
                Err(mistake) => pledge.refuse(mistake),
            }
        }
    }
}
