//! What can happen in a state besides what usually happens: people press buttons, and the network loses, doubles and
//! reorders. Each deviation from what usually happens is counted, so that a search within bounds ends. A button that is
//! pressed while nothing is under way is no deviation. Never checks anything.

use super::under_way::{UnderWay, is_unreachable, lane, unreachable};
use super::world::World;
use crate::kit::{Frame, Who, call_sent_again, people};
use call_core::{AnswerWith, CallView, Event, IncomingStage, UserEvent};
use call_protocol::CallType;
use std::rc::Rc;

/// Numbers are those of a phone, or a place among what is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// What usually happens.
    Next,
    Call(u8),
    Answer(u8),
    Decline(u8),
    HangUp(u8),
    /// It is lost: a request or its reply fails, a frame is gone.
    Lost(u8),
    Twice(u8),
    /// It arrives before what was sent earlier.
    Early(u8),
    /// What the phone waits for takes so long that its deadline passes first.
    Hurry(u8),
    SocketBreaks(u8),
    Reloads(u8),
    Closes(u8),
    /// To another network: its connections need another path.
    Moves(u8),
}

/// Between which states is searched.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    pub(super) call_type: CallType,
    /// Whether the browsers grant the devices without asking.
    pub(super) granted: bool,
    /// The phones on which Call may be pressed.
    pub(super) callers: &'static [Who],
    /// How many buttons Ada and Bob press.
    pub(super) presses: [u8; 2],
    /// How often things go differently from what usually happens.
    pub(super) deviations: u8,
    /// How many places ahead something may arrive, and how far back something may be lost.
    pub(super) reach: usize,
}

fn small(number: usize) -> u8 {
    u8::try_from(number).expect("few phones, and little under way")
}

impl World {
    pub(super) fn begin(bounds: &Bounds) -> Self {
        let mut world = Self::new(&[("ada", "laptop"), ("bob", "phone"), ("bob", "tablet")], bounds);
        while world.next() {}
        world
    }

    fn person(who: Who) -> usize {
        usize::from(who > 0)
    }

    pub(super) fn choices(&self, bounds: &Bounds) -> Vec<Choice> {
        let mut choices = vec![Choice::Next];
        let calm = self.under_way.is_empty();
        for who in (0..self.phones.len()).filter(|who| !self.phones[*who].is_closed) {
            if self.presses[Self::person(who)] > 0 && (calm || self.deviations > 0) {
                self.presses_of(who, bounds, &mut choices);
            }
        }
        if self.deviations > 0 {
            for who in (0..self.phones.len()).filter(|who| !self.phones[*who].is_closed) {
                self.troubles_of(who, &mut choices);
            }
            self.fates(bounds, &mut choices);
        }
        choices
    }

    fn presses_of(&self, who: Who, bounds: &Bounds, choices: &mut Vec<Choice>) {
        let phone = small(who);
        match self.view(who) {
            CallView::Idle | CallView::Ended(_) => {
                choices.extend(bounds.callers.contains(&who).then_some(Choice::Call(phone)));
            }
            CallView::Incoming(view) if view.stage != IncomingStage::Answering => {
                choices.extend([Choice::Answer(phone), Choice::Decline(phone)]);
            }
            CallView::Incoming(_) | CallView::Outgoing(_) | CallView::InCall(_) => {
                choices.push(Choice::HangUp(phone));
            }
        }
    }

    fn troubles_of(&self, who: Who, choices: &mut Vec<Choice>) {
        let phone = small(who);
        choices.extend(self.has_socket(who).then_some(Choice::SocketBreaks(phone)));
        match self.view(who) {
            CallView::Idle | CallView::Ended(_) => {}
            CallView::Outgoing(_) | CallView::Incoming(_) => choices.push(Choice::Reloads(phone)),
            CallView::InCall(_) => {
                choices.extend([Choice::Reloads(phone), Choice::Closes(phone), Choice::Moves(phone)]);
            }
        }
        let waits = self.deadline(who).is_some_and(|at| at > self.now);
        choices.extend((waits && !self.under_way.is_empty()).then_some(Choice::Hurry(phone)));
    }

    fn fates(&self, bounds: &Bounds, choices: &mut Vec<Choice>) {
        for (at, arrives) in self.under_way.iter().enumerate().take(bounds.reach) {
            let place = small(at);
            match &**arrives {
                UnderWay::Request(..) => choices.push(Choice::Lost(place)),
                UnderWay::Reply(_, _, reply) => {
                    choices.extend((!is_unreachable(reply)).then_some(Choice::Lost(place)));
                }
                UnderWay::ToDevice(..) | UnderWay::ToServer(..) => {
                    choices.extend([Choice::Lost(place), Choice::Twice(place)]);
                }
                UnderWay::Media(..)
                | UnderWay::Peer(..)
                | UnderWay::Work(_)
                | UnderWay::Connects(..)
                | UnderWay::Opens(..)
                | UnderWay::Reread(..) => {}
            }
            let own = lane(arrives);
            let waits = own.is_some() && self.under_way.iter().take(at).any(|before| lane(before) == own);
            choices.extend((at > 0 && !waits).then_some(Choice::Early(place)));
        }
    }

    /// Something happens. Returns `false` if nothing does until somebody presses a button.
    pub(super) fn choose(&mut self, choice: Choice, bounds: &Bounds) -> bool {
        if let Some(diary) = &mut self.diary {
            diary.push(format!("{choice:?}"));
        }
        match choice {
            Choice::Next => return self.next(),
            Choice::Call(_) | Choice::Answer(_) | Choice::Decline(_) | Choice::HangUp(_) => {
                self.deviations -= u8::from(!self.under_way.is_empty());
            }
            Choice::Lost(_)
            | Choice::Twice(_)
            | Choice::Early(_)
            | Choice::Hurry(_)
            | Choice::SocketBreaks(_)
            | Choice::Reloads(_)
            | Choice::Closes(_)
            | Choice::Moves(_) => self.deviations -= 1,
        }
        match choice {
            Choice::Next => {}
            Choice::Call(who) => self.calls(who.into(), bounds.call_type),
            Choice::Answer(who) => {
                let ringing = match self.view(who.into()) {
                    CallView::Incoming(view) => view.party.call_id,
                    CallView::Idle | CallView::Outgoing(_) | CallView::InCall(_) | CallView::Ended(_) => None,
                };
                Rc::make_mut(&mut self.phones[usize::from(who)]).agrees(ringing);
                self.press(who.into(), UserEvent::Answer(AnswerWith::Everything));
            }
            Choice::Decline(who) => self.press(who.into(), UserEvent::Decline),
            Choice::HangUp(who) => self.press(who.into(), UserEvent::HangUp),
            Choice::Lost(at) => self.loses(at.into()),
            Choice::Twice(at) => {
                let copy = self.under_way[usize::from(at)].clone();
                self.under_way.push_back(copy);
            }
            Choice::Early(at) => {
                let first = self.under_way.remove(at.into()).expect("it is under way");
                self.under_way.push_front(first);
                return self.next();
            }
            Choice::Hurry(who) => {
                self.now = self.deadline(who.into()).expect("it waits");
                return self.next();
            }
            Choice::SocketBreaks(who) => self.break_socket(who.into()),
            Choice::Reloads(who) => self.unload(who.into(), true),
            Choice::Closes(who) => self.unload(who.into(), false),
            Choice::Moves(who) => self.moves(who.into()),
        }
        true
    }

    fn press(&mut self, who: Who, event: UserEvent) {
        self.presses[Self::person(who)] -= 1;
        self.handle(who, Event::User(event));
    }

    fn calls(&mut self, who: Who, call_type: CallType) {
        let (me, peer) = (self.phones[who].user.id.clone(), self.phones[usize::from(who == 0)].user.clone());
        let conversation_id = people::conversation(me.as_str(), peer.id.as_str());
        Rc::make_mut(&mut self.phones[who]).agrees(None);
        self.press(who, UserEvent::Call { conversation_id, peer, call_type });
    }

    /// A lost request or reply fails; the server notices that a frame about a call was lost, and sends it again.
    fn loses(&mut self, at: usize) {
        let lost = self.under_way.remove(at).expect("it is under way");
        match &*lost {
            UnderWay::Request(who, page, request) => {
                let fails = UnderWay::Reply(*who, *page, request.unreachable());
                self.under_way.push_back(Rc::new(fails));
            }
            UnderWay::Reply(who, page, reply) => {
                let fails = UnderWay::Reply(*who, *page, unreachable(reply));
                self.under_way.push_back(Rc::new(fails));
            }
            UnderWay::ToDevice(who, _, event) => {
                if let Some(id) = call_sent_again(event) {
                    self.heals(*who, id);
                }
            }
            UnderWay::ToServer(_, _, Frame::Signal(..) | Frame::MediaFlows(_)) => {}
            UnderWay::Media(..)
            | UnderWay::Peer(..)
            | UnderWay::Work(_)
            | UnderWay::Connects(..)
            | UnderWay::Opens(..)
            | UnderWay::Reread(..) => unreachable!("not sent over the network"),
        }
    }
}
