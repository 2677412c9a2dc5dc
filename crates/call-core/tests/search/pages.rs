//! Sockets that break, and pages that are reloaded, closed or moved to another network. Never decides whether a call is
//! rejoined: the machine does.

use super::under_way::{Left, UnderWay};
use super::world::{Phone, World};
use crate::kit::{Devices, OrderChecker, Who};
use call_core::{CallView, Event, Machine, MediaEvent, Slot, SocketEvent, UserEvent};
use call_rules::Manner;
use std::rc::Rc;

/// How long until a broken socket is open again, and until a reloaded page is there.
const RECONNECTS_MS: u64 = 500;
const LOADS_MS: u64 = 1000;

impl World {
    pub(super) fn connect(&mut self, who: Who) {
        let phone = Rc::make_mut(&mut self.phones[who]);
        if phone.socket.is_some() || phone.is_closed {
            return;
        }
        phone.sockets += 1;
        phone.socket = Some(phone.sockets);
        let (user, device, now) = (phone.user.id.clone(), phone.device.clone(), self.now);
        let welcome = self.on_server(|server| server.connect(&user, &device, now));
        self.handle(who, Event::Socket(welcome));
    }

    pub(super) fn has_socket(&self, who: Who) -> bool {
        self.phones[who].socket.is_some()
    }

    pub(super) fn break_socket(&mut self, who: Who) {
        let (device, now) = (self.phones[who].device.clone(), self.now);
        Rc::make_mut(&mut self.phones[who]).socket = None;
        self.on_server(|server| server.disconnect(&device, Manner::Lost, now));
        self.handle(who, Event::Socket(SocketEvent::Lost));
        self.after(RECONNECTS_MS, UnderWay::Connects(who, self.phones[who].pages));
    }

    /// The person reloads the page, or closes it for good.
    pub(super) fn unload(&mut self, who: Who, comes_back: bool) {
        if let CallView::InCall(view) = self.view(who) {
            let phone = Rc::make_mut(&mut self.phones[who]);
            phone.answered.extend(view.party.call_id); // the next page may rejoin without another press
        }
        self.handle(who, Event::User(UserEvent::Unload));
        let kept = Rc::make_mut(&mut self.phones[who]).kept.take();
        let left = match self.view(who) {
            CallView::Ended(card) => kept.map(|kept| Box::new((kept, card.party, card.seconds))),
            CallView::Idle | CallView::Outgoing(_) | CallView::Incoming(_) | CallView::InCall(_) => None,
        };
        let (device, now) = (self.phones[who].device.clone(), self.now);
        self.on_server(|server| server.disconnect(&device, Manner::Left, now));
        Rc::make_mut(&mut self.peers).pcs.retain(|(of, _), _| *of != who);
        let phone = Rc::make_mut(&mut self.phones[who]);
        phone.pages += 1;
        phone.machine = Machine::new(phone.user.id.clone(), phone.device.clone(), phone.pages);
        phone.devices = Devices::new();
        phone.checker = OrderChecker::default();
        (phone.socket, phone.is_closed) = (None, true);
        phone.over.clear(); // a page knows nothing of what was declined on the page before
        let page = phone.pages;
        self.under_way.retain(|arrives| !is_of_page(arrives, who));
        self.later.retain(|(_, arrives)| !is_of_page(arrives, who));
        if comes_back {
            self.after(LOADS_MS, UnderWay::Opens(who, page, left));
        }
    }

    pub(super) fn opens(&mut self, who: Who, left: Option<Left>) {
        Rc::make_mut(&mut self.phones[who]).is_closed = false;
        for slot in [Slot::Microphone, Slot::Camera] {
            self.handle(who, Event::Media(MediaEvent::Permission { slot, granted: self.granted }));
        }
        if let Some((rejoin, party, seconds)) = left {
            let returned = UserEvent::Returned { party: Box::new(party), seconds, rejoin: Some(rejoin) };
            self.handle(who, Event::User(returned));
        }
        self.connect(who);
    }

    pub(super) fn moves(&mut self, who: Who) {
        Rc::make_mut(&mut self.peers).move_to_another_network(who);
    }

    fn after(&mut self, ms: u64, arrives: UnderWay) {
        self.later.push((self.now + core::time::Duration::from_millis(ms), Rc::new(arrives)));
    }
}

/// Whether it reaches nobody any more once the page of this phone is gone.
fn is_of_page(arrives: &UnderWay, who: Who) -> bool {
    match arrives {
        UnderWay::Reply(of, ..)
        | UnderWay::ToDevice(of, ..)
        | UnderWay::Media(of, ..)
        | UnderWay::Peer(of, ..)
        | UnderWay::Work((of, _))
        | UnderWay::Connects(of, _)
        | UnderWay::Opens(of, ..)
        | UnderWay::Reread(of, _) => *of == who,
        UnderWay::Request(..) | UnderWay::ToServer(..) => false, // sent before
    }
}

impl Phone {
    /// A button that begins or answers a call was pressed.
    pub(super) fn agrees(&mut self, ringing: Option<call_protocol::CallId>) {
        self.called |= ringing.is_none();
        self.answered.extend(ringing);
    }
}
