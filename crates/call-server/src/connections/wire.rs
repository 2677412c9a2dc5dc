//! A connection as bytes, plain or encrypted, that is cut off when the other side does not read what was written for it.
//! Never decides when a connection that is read has been silent for too long.

use crate::admission::Permit;
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep, timeout},
};
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

/// What requests are read from.
pub(super) type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// Whoever takes less of a reply in the time for it does not read, in bytes: a few hundred each second are far below any network.
const ENOUGH: usize = 16 * 1024;

/// A connection with its place among the others, until it is closed: also as a socket.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Stream,
    _permit: Permit,
    /// The time in which enough has to be taken.
    limit: Duration,
    /// Runs while something waits to be taken; most replies are taken at once, and no clock is set up for them.
    clock: Option<Pin<Box<Sleep>>>,
    /// What was taken since the clock began.
    taken: usize,
    /// What was read to see what the connection is for.
    first: Option<u8>,
}

impl Wire {
    /// A connection on which enough of what is written has to be taken in each such time.
    pub(super) fn new(stream: Stream, permit: Permit, limit: Duration) -> Self {
        Self { stream, _permit: permit, limit, clock: None, taken: 0, first: None }
    }

    /// The first byte that arrives within a time; it is read again after that.
    pub(super) async fn first(&mut self, limit: Duration) -> Option<u8> {
        self.first = timeout(limit, self.stream.read_u8()).await.ok()?.ok();
        self.first
    }

    /// Looks at what became of an attempt to write; how much was taken.
    fn judge(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match outcome {
            Poll::Ready(Ok(taken)) => {
                self.taken += taken;
                if self.taken >= ENOUGH {
                    self.begin_anew();
                }
                outcome
            }
            Poll::Ready(Err(_)) => outcome,
            Poll::Pending => {
                let clock = self.clock.get_or_insert_with(|| Box::pin(sleep(self.limit)));
                ready!(clock.as_mut().poll(cx));
                tracing::debug!("a connection is cut off: what was written for it is not read");
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }

    fn begin_anew(&mut self) {
        self.clock = None;
        self.taken = 0;
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.first.take() {
            Some(first) if buffer.remaining() > 0 => {
                buffer.put_slice(&[first]);
                Poll::Ready(Ok(()))
            }
            first => {
                self.first = first;
                Pin::new(&mut self.stream).poll_read(cx, buffer)
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judge(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.judge(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    // Encrypted, what was taken above may still wait here.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx).map_ok(|()| 0);
        ready!(self.judge(cx, outcome))?;
        self.begin_anew();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(cx).map_ok(|()| 0);
        self.judge(cx, outcome).map_ok(|_| ())
    }
}
