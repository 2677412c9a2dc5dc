//! The device id of this tab, kept over reloads, and a label for people.
//! A duplicated tab copies `sessionStorage` and with it the id; the Web Lock is not copied, so the duplicate cannot take it
//! and makes an id of its own. Several sessions in one page have one id each. Never decides what a device may do.

use super::js::{self, get_text};
use super::storage;
use call_protocol::DeviceId;
use core::cell::RefCell;
use core::time::Duration;
use js_sys::{Function, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// How long to wait for the lock: the page before this one may not have released it yet.
const LOCK_PATIENCE: Duration = Duration::from_millis(400);
/// The same after a reload, which is no duplicate: with another id the page could not rejoin its call.
const RELOAD_PATIENCE: Duration = Duration::from_secs(3);
/// How much longer we wait ourselves, for browsers that ignore the signal.
const OUR_PATIENCE: Duration = Duration::from_millis(300);
/// How long `alone` waits in such a browser.
const TURN_PATIENCE: Duration = Duration::from_millis(700);

thread_local! {
    /// The ids that sessions of this page hold.
    static HELD: RefCell<Vec<DeviceId>> = const { RefCell::new(Vec::new()) };
}

#[wasm_bindgen]
extern "C" {
    /// `LockManager`, which web-sys hides behind an unstable flag.
    type Locks;

    #[wasm_bindgen(method)]
    fn request(this: &Locks, name: &str, options: &JsValue, callback: &JsValue) -> Promise;

    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout, catch)]
    fn abort_after(milliseconds: u32) -> Result<JsValue, JsValue>;
}

/// A device of the person, for as long as the value lives.
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// How many pages, or sessions of a page, had it before.
    pub page: u32,
    /// What it calls itself ("Chromium on Linux").
    pub label: String,
    _lock: Option<Lock>,
}

/// A Web Lock, let go on drop.
pub struct Lock {
    release: Function,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _released = self.release.call0(&JsValue::UNDEFINED);
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        HELD.with_borrow_mut(|held| held.retain(|id| id != &self.id));
    }
}

impl Device {
    /// Claims the tab's device, or makes one.
    pub async fn claim() -> Self {
        let patience = if js::is_reloaded() { RELOAD_PATIENCE } else { LOCK_PATIENCE };
        let mut slot = 0_u32;
        loop {
            let name = format!("device:{slot}");
            slot += 1;
            let kept = storage::read(&name).map(DeviceId);
            let known = kept.is_some();
            let id = kept.unwrap_or_else(|| DeviceId(js::random_id()));
            let taken_here = HELD.with_borrow_mut(|held| {
                let taken = held.contains(&id);
                if !taken {
                    held.push(id.clone());
                }
                taken
            });
            if taken_here {
                continue;
            }
            let mut device = Self { id, page: 0, label: label(), _lock: None };
            match take_lock(device.id.as_str(), patience, patience + OUR_PATIENCE).await {
                Ok(lock) => device._lock = lock,
                Err(Taken) if known => {
                    // Another tab has it: this one is a copy and becomes a device of its own.
                    drop(device);
                    storage::remove(&name);
                    slot -= 1;
                    continue;
                }
                Err(Taken) => {}
            }
            storage::write(&name, device.id.as_str());
            let pages = ["pages:", device.id.as_str()].concat();
            device.page = storage::read(&pages).and_then(|count| count.parse().ok()).unwrap_or_default();
            storage::write(&pages, &(device.page + 1).to_string());
            return device;
        }
    }
}

struct Taken;

/// The id of the page's first device, as far as the tab remembers it.
pub fn known() -> Option<DeviceId> {
    storage::read("device:0").map(DeviceId)
}

/// Waits until no other tab does the same, or for so long.
pub async fn alone(what: &str, patience: Duration) -> Option<Lock> {
    take_lock(what, patience, TURN_PATIENCE).await.ok().flatten()
}

/// Takes the lock of a name; `Ok(None)` where the browser has no locks.
async fn take_lock(id: &str, patience: Duration, ours: Duration) -> Result<Option<Lock>, Taken> {
    let navigator = js::window().navigator();
    let locks = js::get(&navigator, "locks");
    let (true, Ok(signal)) = (locks.is_object(), abort_after(patience.as_millis() as u32)) else {
        return Ok(None);
    };
    let locks: Locks = locks.unchecked_into();
    let (held, release) = js::open_promise();
    let (granted, grant) = js::open_promise();
    // The lock is held until the promise that the callback returns is settled.
    let callback = Closure::once(move |_lock: JsValue| {
        let _told = grant.call0(&JsValue::UNDEFINED);
        held
    });
    let name = format!("messenger-calls:{id}");
    let request = locks.request(&name, &js::object([("signal", signal)]), callback.as_ref());
    let overdue = Promise::new(&mut |_resolve, reject| {
        let _late = js::window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&reject, ours.as_millis() as i32);
    });
    match JsFuture::from(Promise::race(&js_sys::Array::of3(&granted, &request, &overdue))).await {
        Ok(_) => Ok(Some(Lock { release })),
        Err(_) => Err(Taken),
    }
}

/// A name for people, from what the browser says of itself.
fn label() -> String {
    let navigator = js::window().navigator();
    let agent = get_text(&navigator, "userAgent").unwrap_or_default();
    label_of(&agent)
}

/// The most telling browser and system names in a user agent.
pub fn label_of(agent: &str) -> String {
    // Order matters: most browsers also carry the names of those they descend from.
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chromium"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("Browser on {system}"),
        (None, None) => "Browser".to_owned(),
    }
}
