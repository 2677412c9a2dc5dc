//! A value that is set once and waited for by any number of tasks, and waiting with an end.
//! Knows nothing of what is waited for.

use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Poll, Waker};

/// Set once; whoever waits gets a copy.
pub(super) struct Latch<T>(RefCell<State<T>>);

enum State<T> {
    Waited(Vec<Waker>),
    Set(T),
}

impl<T: Clone> Latch<T> {
    pub(super) fn new() -> Self {
        Self(RefCell::new(State::Waited(Vec::new())))
    }

    /// Tells everybody who waits; the first value stays.
    pub(super) fn set(&self, value: T) {
        let wakers = match &mut *self.0.borrow_mut() {
            State::Set(_) => return,
            State::Waited(wakers) => core::mem::take(wakers),
        };
        self.0.replace(State::Set(value));
        for waker in wakers {
            waker.wake();
        }
    }

    /// The value, if it is set already.
    pub(super) fn get(&self) -> Option<T> {
        match &*self.0.borrow() {
            State::Set(value) => Some(value.clone()),
            State::Waited(_) => None,
        }
    }

    /// The value, as soon as it is set.
    pub(super) async fn wait(&self) -> T {
        poll_fn(|context| match &mut *self.0.borrow_mut() {
            State::Set(value) => Poll::Ready(value.clone()),
            State::Waited(wakers) => {
                if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                    wakers.push(context.waker().clone());
                }
                Poll::Pending
            }
        })
        .await
    }
}

/// What comes of some work; nothing if the limit is reached first.
pub(super) async fn within<T>(limit: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    let mut limit = pin!(limit);
    let mut work = pin!(work);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    })
    .await
}
