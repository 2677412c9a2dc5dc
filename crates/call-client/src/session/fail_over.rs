//! A second way to the server beside the first one, when the network may be gone: whichever answers is used.
//! Never says hello while the first one answers: a server replaces a device's older socket by the newer one.

use super::hello::hello;
use super::socket::{Inner, with};
use super::spare::Spare;
use crate::network::{Network, SocketReport};
use call_protocol::Hello;
use core::time::Duration;
use std::rc::Rc;

/// Until another one is tried, if the second way leads nowhere either.
const AGAIN: Duration = Duration::from_millis(300);

impl<N: Network> Inner<N> {
    /// Asks the server for a proof that it lives, and opens another socket meanwhile.
    pub(super) fn fail_over(self: &Rc<Self>) {
        if !self.is_welcomed() {
            self.check();
            return;
        }
        self.with_life(|life| life.ask_now());
        if self.is_asking() && self.spare.borrow().is_none() {
            self.try_spare();
        }
    }

    /// The first one has answered: nothing else is needed.
    pub(super) fn spare_is_unneeded(&self) {
        if !self.is_asking() {
            // Taken out first: closing may call back.
            let _spare = self.spare.take();
        }
    }

    /// The number of a new attempt.
    pub(super) fn next_number(&self) -> u32 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }

    fn try_spare(self: &Rc<Self>) {
        let number = self.next_number();
        let _before = self.spare.replace(Some(Spare { number, opening: None, again: None }));
        let (weak, hello) = (Rc::downgrade(self), hello(self.credentials.clone()));
        self.network.spawn(async move {
            let hello = hello.await;
            with(&weak, |inner| {
                if let Ok(hello) = hello
                    && inner.is_spare(number)
                {
                    inner.open_spare(number, hello);
                }
            });
        });
    }

    fn open_spare(self: &Rc<Self>, number: u32, hello: Hello) {
        let weak = Rc::downgrade(self);
        let socket = self.network.open_socket(&self.url, move |report| {
            with(&weak, |inner| inner.spare_reports(number, report));
        });
        if let (Some(socket), Some(spare)) = (socket, self.spare.borrow_mut().as_mut()) {
            spare.opening = Some((Rc::new(socket), hello));
        }
    }

    fn spare_reports(self: &Rc<Self>, number: u32, report: SocketReport) {
        if self.attempt.get() == number {
            self.hear(report);
        } else if self.is_spare(number) {
            match report {
                SocketReport::Opened => {
                    let opened = self.spare.take().and_then(|spare| spare.opening);
                    if let Some((socket, hello)) = opened {
                        self.replace_connection(number, socket, hello);
                    }
                }
                SocketReport::Closed(_) => {
                    let weak = Rc::downgrade(self);
                    let again =
                        self.network.after(AGAIN, move || with(&weak, |inner| inner.try_again(number)));
                    let spare = Spare { number, opening: None, again: Some(again) };
                    let _before = self.spare.replace(Some(spare));
                }
                SocketReport::Frame(_) => {} // it has not said who it is
            }
        }
    }

    fn try_again(self: &Rc<Self>, number: u32) {
        if self.is_spare(number) && self.is_asking() {
            self.try_spare();
        }
    }

    fn is_spare(&self, number: u32) -> bool {
        self.spare.borrow().as_ref().is_some_and(|spare| spare.number == number)
    }
}
