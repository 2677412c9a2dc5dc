//! Pages that crash, are closed, or are reloaded: what the next one knows, and what is forgotten.
//! Never decides whether a call is rejoined: the machine does.

use super::{Happening, World};
use crate::kit::Who;
use call_core::{CallView, Event, Machine, Party, Rejoin, UserEvent};
use call_rules::Manner;

/// What a page keeps of its call for the next one.
pub(super) type Left = (Rejoin, Party, Option<u32>);

impl World {
    /// The page of a phone crashes and is opened again: the same device, but nothing of what was is known or open.
    pub(crate) fn crash(&mut self, who: Who) {
        self.server.disconnect(&self.phones[who].device, Manner::Lost, self.now);
        self.next_page(who);
        self.connect(who);
    }

    /// The person reloads the page of a phone, which takes so long, or closes it (`None`).
    pub(crate) fn reload(&mut self, who: Who, takes_ms: Option<u64>) {
        if self.phones[who].is_closed {
            return; // one page at a time
        }
        self.press(who, UserEvent::Unload);
        let CallView::Ended(card) = self.view(who) else {
            return self.replace_page(who, None, takes_ms);
        };
        let kept = self.phones[who].kept.take();
        let left = kept.map(|kept| (kept, card.party, card.seconds));
        self.replace_page(who, left, takes_ms);
    }

    fn replace_page(&mut self, who: Who, left: Option<Left>, takes_ms: Option<u64>) {
        self.server.disconnect(&self.phones[who].device, Manner::Left, self.now);
        self.next_page(who);
        self.phones[who].is_closed = true;
        if let Some(ms) = takes_ms {
            self.after(ms, Happening::Opens(who, self.phones[who].pages, left.map(Box::new)));
        }
    }

    pub(super) fn opens(&mut self, who: Who, left: Option<Left>) {
        self.phones[who].is_closed = false;
        if let Some((rejoin, party, seconds)) = left {
            let returned = UserEvent::Returned { party: Box::new(party), seconds, rejoin: Some(rejoin) };
            self.handle(who, Event::User(returned));
            self.phones[who].returns = Some(rejoin);
        }
        self.connect(who);
    }

    fn next_page(&mut self, who: Who) {
        self.peers.pcs.retain(|(of, _), _| *of != who);
        let phone = &mut self.phones[who];
        phone.pages += 1;
        phone.machine = Machine::new(phone.user.id.clone(), phone.device.clone(), phone.pages);
        phone.devices.forget();
        (phone.socket, phone.kept, phone.returns) = (None, None, None);
        self.queue.retain(|_, happening| match happening {
            Happening::Event(of, _) | Happening::Replied(of, ..) | Happening::MediaDone(of, _) => *of != who,
            Happening::Work((of, _)) | Happening::Opens(of, ..) | Happening::Connect(of) => *of != who,
            Happening::Delivered(..)
            | Happening::Arrived(..)
            | Happening::Asked(..)
            | Happening::Reread(..)
            | Happening::Tick => true,
        });
    }
}
