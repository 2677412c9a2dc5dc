//! The body of a reply, which tells the admission pool when it was sent: from then on the client has to act.
//! Never changes what is in it.

use crate::{admission::Holder, clock::Clock};
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// A body, on a connection that is being served until this is dropped.
#[derive(Debug)]
pub(super) struct Reply {
    body: Body,
    _served: Served,
}

/// Says that somebody is served, and at its end that they are waited for.
#[derive(Debug)]
pub(super) struct Served {
    holder: Holder,
    clock: Clock,
}

impl Served {
    pub(super) fn new(holder: Holder, clock: Clock) -> Self {
        holder.becomes_busy(clock.tick());
        Self { holder, clock }
    }

    pub(super) fn by(self, body: Body) -> Reply {
        Reply { body, _served: self }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.holder.becomes_idle(self.clock.tick());
    }
}

impl HttpBody for Reply {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
