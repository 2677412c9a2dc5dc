//! One socket from its first frame to its last: reads frames, sends frames, pings, and closes with a reason.
//! Never ends a call: a socket that goes away only says how, and stops proving that its device lives.

use super::{
    Places, WRITE_BUFFER,
    frame::{self, Incoming, Unusable, refusal},
    goodbye::{self, close},
    handshake::{self, Visitor},
    lifetime::{Credentials, Due, Lifetime, Proofs},
};
use crate::{
    admission::{Holder, Permit},
    app::App,
    auth::Bearer,
    error::ApiError,
    hub::{Connection, Signs, encode},
    model::{Farewell, Frame},
    rates::Doing,
    service::{media, nodes, nodes::Arrival, presence, signal, snapshot, sweep, to_the_end},
};
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use call_protocol::close_code;
use call_rules::{Asker, Manner};
use futures_util::SinkExt;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, sleep};

/// The proof of life, ready to be sent.
const ALIVE: Utf8Bytes = Utf8Bytes::from_static(r#"{"type":"alive"}"#);

/// Why a socket ends.
enum End {
    /// The peer closed it, or it broke.
    Gone(Manner),
    /// We close it, with this code.
    Close(u16),
}

/// A device that has signed in on this socket, and what it holds until the socket ends.
struct SignedIn {
    asker: Asker,
    connection: Connection,
    arrival: Arrival,
    lifetime: Lifetime,
    proofs: Proofs,
    /// Given back when the socket ends.
    _places: (Holder, Option<Permit>),
}

/// Serves a socket until it ends.
///
/// Steps that run once or seldom are boxed, and so is the socket: a future is as large as its largest state, and holds its
/// arguments twice, while thousands of these only wait in `talk`.
pub(crate) async fn run(app: Arc<App>, mut socket: Box<WebSocket>, places: Places) {
    match Box::pin(sign_in(&app, &mut socket, places)).await {
        Ok(mut device) => {
            let end = talk(&app, &mut socket, &mut device).await;
            Box::pin(leave(&app, socket, device, end)).await;
        }
        Err(Some(code)) => {
            app.metrics.socket_closed(code);
            Box::pin(close(socket, code)).await;
        }
        Err(None) => {}
    }
}

/// Waits for `hello`, and makes the device known.
///
/// # Errors
/// The code to close the socket with; `None` when there is nobody to tell.
async fn sign_in(app: &Arc<App>, socket: &mut WebSocket, places: Places) -> Result<SignedIn, Option<u16>> {
    let Places { permit, connection, share } = places;
    let visitor = tokio::select! {
        visitor = handshake::welcome(app, socket) => visitor?,
        // Its permit was given to a newer socket.
        () = permit.holder().evicted() => return Err(Some(close_code::HELLO_TIMEOUT)),
        () = connection.evicted() => return Err(None),
        () = yields(share.as_ref()) => return Err(None),
    };
    drop(permit);
    for holder in share.as_ref().map(Permit::holder).into_iter().chain([&connection]) {
        holder.stays();
    }
    let places = (connection, share);
    let Visitor { user, device, label, bearer, proofs } = visitor;
    let asker = Asker { user: user.id.clone(), device };
    let arrival = nodes::arrive(&app.calls, &user, &asker.device).await.map_err(|error| {
        error.log("a socket could not be connected");
        Some(close_code::GOING_AWAY)
    })?;
    let connection = snapshot::enter(&app.calls, user, &asker.device, label, &arrival.elsewhere, proofs);
    tracing::info!(user.id = %asker.user, device.id = %asker.device, "device connected");
    let lifetime = Lifetime::until(bearer.expires);
    // Its session may have ended since the token was read, when this socket could not be found yet.
    if let Some(why) = belongs_to(app, &connection.signs, bearer) {
        app.calls.hub.close_device(&asker.user, &asker.device, why.close_code());
    }
    presence::device_came(&app.calls, &asker.user, &arrival.elsewhere);
    let proofs = Proofs::every(proofs, app.config.timings.ping);
    presence::caller_came(&app.calls, &asker);
    Ok(SignedIn { asker, connection, arrival, lifetime, proofs, _places: places })
}

/// Closes the socket if the peer has not, and makes it known that the device is gone.
async fn leave(app: &Arc<App>, socket: Box<WebSocket>, device: SignedIn, end: End) {
    let SignedIn { asker, connection, arrival, _places, .. } = device;
    let parted = match end {
        End::Gone(manner) => {
            tracing::info!(user.id = %asker.user, device.id = %asker.device, ?manner, "device gone");
            Some(manner)
        }
        End::Close(code) => {
            app.metrics.socket_closed(code);
            tracing::info!(user.id = %asker.user, device.id = %asker.device, code, "device's socket closed");
            // Before the hub forgets it: a stopping server waits for those that the hub knows.
            close(socket, code).await;
            // A device that is signed out leaves its calls, as a page that is closed does.
            is_signed_out(code).then_some(Manner::Left)
        }
    };
    app.calls.hub.disconnect((&asker.user, &asker.device), connection.link, parted, app.clock.tick());
    nodes::depart(&app.calls, arrival).await;
    presence::device_went(&app.calls, &asker.user);
    if parted == Some(Manner::Left) {
        sweep::device_left(&app.calls, &asker.user);
    }
}

/// Done when the permit was given to another socket.
async fn yields(permit: Option<&Permit>) {
    match permit {
        Some(permit) => permit.holder().evicted().await,
        None => std::future::pending().await,
    }
}

async fn talk(app: &Arc<App>, socket: &mut WebSocket, device: &mut SignedIn) -> End {
    let timings = &app.config.timings;
    let SignedIn { asker, connection, lifetime, proofs, .. } = device;
    let Connection { frames, close: told_to_close, signs, .. } = connection;
    let mut credentials = Credentials::made(app.clock.now());
    let mut pings = tokio::time::interval(timings.ping);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let outgoing = tokio::select! {
            biased;
            code = &mut *told_to_close => return code.map_or(End::Gone(Manner::Lost), End::Close),
            text = frames.recv() => match text {
                Some(text) => Message::Text(*text),
                None => return End::Gone(Manner::Lost),
            },
            message = socket.recv() => match heard(app, (asker, signs), message, lifetime).await {
                Ok(Some(answer)) => Message::Text(answer),
                Ok(None) => continue,
                Err(end) => return end,
            },
            _ = pings.tick() => {
                let life = app.calls.hub.life(&asker.user, &asker.device, (app.clock.now(), app.clock.tick()));
                if life.silent >= timings.calls.lease {
                    return End::Gone(Manner::Lost);
                }
                let news = match lifetime.look(app.clock.now(), timings.token_warning) {
                    Due::Nothing => fresh_relays(app, asker, &mut credentials),
                    Due::Warning(left) => {
                        let seconds = u32::try_from(left.as_secs()).unwrap_or(u32::MAX);
                        Some(encode(&Frame::TokenExpiring { seconds }))
                    }
                    Due::Close => return End::Close(close_code::UNAUTHORIZED),
                };
                // With the ping, not instead of it: the device proves by its answer that it lives.
                for text in news.into_iter().chain(proofs.tick().then_some(ALIVE)) {
                    if socket.feed(Message::Text(text)).await.is_err() {
                        return End::Gone(Manner::Lost);
                    }
                }
                Message::Ping(Vec::new().into())
            }
        };
        tokio::select! {
            biased;
            sent = send(socket, outgoing, frames) => if sent.is_err() {
                return End::Gone(Manner::Lost);
            },
            // A client that does not read keeps nobody waiting, a stopping server least of all.
            code = &mut *told_to_close => return code.map_or(End::Gone(Manner::Lost), End::Close),
            () = pass(timings.send) => return End::Close(close_code::TOO_SLOW),
        }
    }
}

/// The relays with fresh credentials, when it is time for them.
fn fresh_relays(app: &App, asker: &Asker, credentials: &mut Credentials) -> Option<Utf8Bytes> {
    let life = app.calls.ice.life()?;
    let due = credentials.are_due(app.clock.now(), life);
    due.then(|| encode(&Frame::IceServers { ice_servers: app.calls.ice.for_person(&asker.user) }))
}

/// Sends a message, and what waits behind it, in as few packets as possible; not more than a client that is slow and
/// reads can take in the time that one has.
async fn send(
    socket: &mut WebSocket,
    first: Message,
    frames: &mut mpsc::Receiver<Box<Utf8Bytes>>,
) -> Result<(), axum::Error> {
    socket.feed(first).await?;
    let mut room = WRITE_BUFFER;
    while room > 0
        && let Ok(text) = frames.try_recv()
    {
        room = room.saturating_sub(text.len());
        socket.feed(Message::Text(*text)).await?;
    }
    socket.flush().await
}

/// A timer that is made only when it is awaited: most frames are sent at once and need none.
async fn pass(span: Duration) {
    sleep(span).await;
}

/// Takes in one message; the answer, if there is one to give at once.
async fn heard(
    app: &Arc<App>,
    (asker, signs): (&Asker, &Signs),
    message: Option<Result<Message, axum::Error>>,
    lifetime: &mut Lifetime,
) -> Result<Option<Utf8Bytes>, End> {
    let now = app.clock.tick();
    match message {
        Some(Ok(Message::Text(text))) => {
            let read = frame::read(&text);
            // A page sends probes by itself: they prove life, but are no use by a person.
            match read {
                Ok(Incoming::Probe { .. }) => signs.alive(now),
                Ok(_) | Err(_) => app.calls.hub.used_by(signs, now),
            }
            answer(app, (asker, signs), read, lifetime).await
        }
        Some(Ok(Message::Binary(_))) => {
            app.calls.hub.used_by(signs, now);
            let sentence = "frames are text; this one is binary".to_owned();
            Ok(Some(refusal(app, &ApiError::Invalid(sentence), None)))
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
            signs.alive(now);
            Ok(None)
        }
        Some(Ok(Message::Close(Some(frame)))) if is_leaving(frame.code) => Err(End::Gone(Manner::Left)),
        Some(Ok(Message::Close(_))) | None => Err(End::Gone(Manner::Lost)),
        Some(Err(error)) => Err(goodbye::code_of(error).map_or(End::Gone(Manner::Lost), End::Close)),
    }
}

/// Does what a frame asks for; the error frame, when it cannot be.
async fn answer(
    app: &Arc<App>,
    (asker, signs): (&Asker, &Signs),
    read: Result<Incoming<'_>, Unusable>,
    lifetime: &mut Lifetime,
) -> Result<Option<Utf8Bytes>, End> {
    if !matches!(read, Ok(Incoming::Signal { .. }))
        && let Err(wait) = app.rates.allow(&asker.user, Doing::Framing)
    {
        return Ok(Some(refusal(app, &wait.into(), None)));
    }
    Ok(match read {
        Ok(Incoming::Hello(_)) => {
            let sentence = "this socket is signed in already".to_owned();
            Some(refusal(app, &ApiError::Invalid(sentence), None))
        }
        Ok(Incoming::Token { token }) => {
            let renewed = Box::pin(app.accounts.tokens.verify(&token, &app.clock)).await;
            match renewed {
                Ok(bearer) if bearer.user == asker.user => {
                    *lifetime = Lifetime::until(bearer.expires);
                    if let Some(why) = belongs_to(app, signs, bearer) {
                        return Err(End::Close(why.close_code()));
                    }
                }
                Ok(_) => return Err(End::Close(close_code::UNAUTHORIZED)),
                Err(error) => return Err(End::Close(handshake::refusal(&error))),
            }
            None
        }
        Ok(Incoming::Signal { call_id, signal_data }) => {
            let passed = signal::signal(&app.calls, asker, &call_id, signal_data).await;
            passed.err().map(|error| refusal(app, &error, Some(call_id)))
        }
        Ok(Incoming::MediaFlowing { call_id }) => {
            let (calls, asker, id) = (Arc::clone(&app.calls), asker.clone(), call_id.clone());
            let report = Box::pin(async move { media::report(&calls, &asker, &id).await });
            let reported = to_the_end(report).await;
            reported.err().map(|error| refusal(app, &error, Some(call_id)))
        }
        Ok(Incoming::Probe { number }) => Some(encode(&Frame::Alive { answers: number })),
        Ok(Incoming::MediaSilent { call_id }) => {
            let reported = media::silent(&app.calls, asker, &call_id);
            reported.err().map(|error| refusal(app, &error, Some(call_id)))
        }
        Err(Unusable { error, call_id }) => Some(refusal(app, &error, call_id)),
    })
}

/// Binds the socket to the token's session; returns why that is over, if it is. Checked after binding: whoever ends a
/// session records that first, and then looks for its sockets.
fn belongs_to(app: &App, signs: &Signs, bearer: Bearer) -> Option<Farewell> {
    signs.belongs_to(bearer.session.clone());
    app.accounts.ended.of(&bearer)
}

/// Whether a code says that the device's session is over for good.
const fn is_signed_out(code: u16) -> bool {
    use close_code::{PASSWORD_CHANGED, SESSION_ENDED, SIGNED_OUT, TOKEN_REUSED};
    matches!(code, SIGNED_OUT | PASSWORD_CHANGED | TOKEN_REUSED | SESSION_ENDED)
}

/// Whether a device that closes its socket says that it will not be back: browsers say so when a page goes.
const fn is_leaving(code: u16) -> bool {
    matches!(code, close_code::LEFT | close_code::GOING_AWAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_that_is_ready_is_the_frame_of_the_protocol() {
        assert_eq!(ALIVE, encode(&Frame::Alive { answers: None }));
    }

    /// The bytes of the state that an async function keeps while it waits.
    fn waiting<A, B, C, F>(_: &impl Fn(A, B, C) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_socket_that_waits_carries_no_room_for_what_is_done_seldom() {
        let bytes = waiting(&run);
        assert!(bytes <= 1536, "{bytes}");
    }
}
