//! The promise of `call()`: resolves with the call's id once the call was placed, rejects with the reason otherwise.
//! Never decides anything about the call; it follows the view.

use super::announcements::outcome_code;
use super::mistake::Mistake;
use call_core::CallView;
use core::cell::RefCell;
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// What settles a promise that a page was given.
pub(super) struct Deferred {
    resolve: Function,
    reject: Function,
}

/// A promise, and what settles it. Its rejection counts as handled: a mistake is reported by an event already, so a page
/// that ignores the promise gets no `unhandledrejection`.
pub(super) fn deferred() -> (Promise, Deferred) {
    let mut functions = None;
    let promise = Promise::new(&mut |resolve, reject| functions = Some(Deferred { resolve, reject }));
    let quiet = promise.clone();
    spawn_local(async move { drop(JsFuture::from(quiet).await) });
    // The browser calls the function above before it returns the promise.
    let none = || Function::from(JsValue::UNDEFINED);
    (promise, functions.unwrap_or_else(|| Deferred { resolve: none(), reject: none() }))
}

impl Deferred {
    pub(super) fn resolve(self, value: &JsValue) {
        let _told = self.resolve.call1(&JsValue::UNDEFINED, value);
    }

    pub(super) fn reject(self, mistake: Mistake) {
        let _told = self.reject.call1(&JsValue::UNDEFINED, &mistake.into_error());
    }
}

/// The call that is being placed, if a page waits for it.
#[derive(Default)]
pub(super) struct Placing(RefCell<Option<Deferred>>);

impl Placing {
    pub(super) fn begin(&self, deferred: Deferred) {
        if let Some(last) = self.0.replace(Some(deferred)) {
            last.reject(Mistake::AlreadyInCall);
        }
    }

    /// Settles the promise once the view shows what became of the call.
    pub(super) fn follow(&self, view: &CallView) {
        let placed = match view {
            CallView::Outgoing(outgoing) => match &outgoing.party.call_id {
                Some(id) => Ok(id.as_str().into()),
                None => return,
            },
            CallView::InCall(call) => Ok(call.party.call_id.as_ref().map(|id| id.as_str()).into()),
            CallView::Ended(ended) => Err(Mistake::NotPlaced(outcome_code(&ended.outcome))),
            CallView::Idle => Err(Mistake::NotPlaced("cancelled")),
            CallView::Incoming(_) => Err(Mistake::AlreadyInCall),
        };
        if let Some(deferred) = self.0.take() {
            match placed {
                Ok(id) => deferred.resolve(&id),
                Err(mistake) => deferred.reject(mistake),
            }
        }
    }
}
