//! Asks the server what the machine wants to have asked, and sees it through: a reply that comes after the store was closed
//! still finds the machine, which undoes what nobody waits for any more.
//! Never shows anything, never holds a track, a connection or the socket, and ends with the last reply.

use super::Inner;
use crate::shell::api::Api;
use crate::shell::timer::sleep;
use crate::shell::{clock, js};
use call_core::{Effect, Epoch, Event, Machine, ReplyEvent, RequestError};
use call_protocol::{CallId, EndCall, InitiateCall};
use core::cell::RefCell;
use core::future::Future;
use std::rc::{Rc, Weak};
use wasm_bindgen_futures::spawn_local;

pub(super) struct Clerk {
    api: Api,
    machine: RefCell<Option<Machine>>,
    /// The attempt that the server was asked for and has not answered yet, with the key of the request.
    placing: RefCell<Option<(Epoch, String)>>,
    /// Who hears the replies, as long as it is open.
    store: Weak<Inner>,
}

impl Clerk {
    pub(super) fn new(api: Api, store: Weak<Inner>) -> Rc<Self> {
        Rc::new(Self { api, machine: RefCell::default(), placing: RefCell::default(), store })
    }

    /// What the machine says, if it is known by now who is signed in.
    pub(super) fn with_machine<T>(&self, act: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        self.machine.borrow_mut().as_mut().map(act)
    }

    /// The machine, made once.
    pub(super) fn employ(&self, machine: Machine) {
        self.machine.replace(Some(machine));
    }

    pub(super) fn initiate(self: &Rc<Self>, epoch: Epoch, body: InitiateCall) {
        let (key, clerk) = (self.key_of(epoch), self.clone());
        self.ask(move |api| async move {
            let reply = api.initiate(&body, &key).await.map(Box::new);
            // Whatever is asked after an answer is another question.
            if !matches!(reply, Err(RequestError::Unreachable)) {
                clerk.placing.borrow_mut().take_if(|(of, _)| *of == epoch);
            }
            ReplyEvent::Initiated(epoch, reply)
        });
    }

    pub(super) fn answer(self: &Rc<Self>, epoch: Epoch, call: CallId) {
        self.ask(
            move |api| async move { ReplyEvent::Answered(epoch, api.answer(&call).await.map(Box::new)) },
        );
    }

    pub(super) fn decline(self: &Rc<Self>, call: CallId) {
        self.ask(move |api| async move {
            let reply = api.decline(&call).await;
            ReplyEvent::Closed(call, reply)
        });
    }

    pub(super) fn end(self: &Rc<Self>, call: CallId, body: EndCall) {
        self.ask(move |api| async move {
            let reply = api.end(&call, body).await;
            ReplyEvent::Closed(call, reply)
        });
    }

    /// What is left to do when the store is closed: farewells, until the server has heard them.
    pub(super) fn conclude(self: &Rc<Self>, event: Event) {
        let now = clock::now();
        let told = self.with_machine(|machine| (machine.handle(event, now), machine.next_deadline()));
        let Some((effects, deadline)) = told else { return };
        for effect in effects {
            match effect {
                Effect::Decline(call) => self.decline(call),
                Effect::End(call, body) => self.end(call, body),
                Effect::AcquireMedia(..)
                | Effect::ReleaseMedia(_)
                | Effect::StopTrack(..)
                | Effect::SetMuted { .. }
                | Effect::OpenPeer(..)
                | Effect::MakeOffer(..)
                | Effect::TakeOffer(..)
                | Effect::TakeAnswer(..)
                | Effect::AddCandidate(..)
                | Effect::Attach { .. }
                | Effect::SendMessage(..)
                | Effect::ClosePeer(_)
                | Effect::Initiate { .. }
                | Effect::Answer(..)
                | Effect::SendSignal(..)
                | Effect::ReportMedia(_)
                | Effect::ReportSilence(_)
                | Effect::Play(_) => {} // what these concern went with the store
            }
        }
        if let Some(deadline) = deadline {
            let clerk = self.clone();
            spawn_local(async move {
                sleep(deadline.since(now)).await;
                clerk.conclude(Event::Timer);
            });
        }
    }

    /// The key of an attempt to call: the same for as long as no answer was heard, so that however often it is asked for,
    /// it rings once.
    fn key_of(&self, epoch: Epoch) -> String {
        let mut placing = self.placing.borrow_mut();
        placing.take_if(|(of, _)| *of != epoch);
        placing.get_or_insert_with(|| (epoch, js::random_id())).1.clone()
    }

    /// Asks the server; the reply comes back as an event.
    fn ask<F>(self: &Rc<Self>, request: impl FnOnce(Api) -> F)
    where
        F: Future<Output = ReplyEvent> + 'static,
    {
        let reply = request(self.api.clone());
        let clerk = self.clone();
        spawn_local(async move {
            let event = Event::Reply(reply.await);
            match clerk.store.upgrade().filter(|store| !store.closed.get()) {
                Some(store) => store.dispatch(event),
                None => clerk.conclude(event),
            }
        });
    }
}
