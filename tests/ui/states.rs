//! Every state of the interface of calls, by name: what the browser tests go through and what `cargo xtask gallery` shows.
//! A new variant or field of the view does not compile before it is in this list.

use crate::people::{ended, incoming, outgoing, party, ringing, talking, user};
use crate::stage::Surroundings;
use call_core::{
    CallStage, CallView, Epoch, InCallView, IncomingStage, IncomingView, MediaError, MediaKey, Outcome,
    OutgoingStage, OutgoingView, Slot, SlotState, SlotView, Source, WaitingFor,
};
use call_protocol::CallType::{Audio, Video};
use call_protocol::{
    Call, CallHistory, CallId, CallRole, CallStatus, CallType, EndReason, HistoryEntry, Timestamp,
};
use messenger_calls::widget::kit::signal::ArcRwSignal;
use messenger_calls::widget::ui::{SoundState, Unavailable};

/// What is shown, and what the page around knows meanwhile.
pub(crate) struct State {
    /// Group and name, as "voice/reconnecting".
    pub(crate) name: String,
    pub(crate) view: CallView,
    pub(crate) sound: SoundState,
    pub(crate) around: Surroundings,
    /// The pages of the call history, the last one first.
    pub(crate) pages: Vec<CallHistory>,
}

/// These values, and a function that does not compile unless each variant is among them.
macro_rules! every {
    ($type:ty { $($pattern:pat_param => $value:expr),+ $(,)? }) => {{
        fn _each_is_listed(value: &$type) {
            match value {
                $($pattern)|+ => {}
            }
        }
        [$($value),+]
    }};
}

/// Every state.
pub(crate) fn states() -> Vec<State> {
    let mut states = buttons();
    states.extend(
        every!(CallView {
            CallView::Idle => history(),
            CallView::Incoming(_) => being_called(),
            CallView::Outgoing(_) => calling(),
            CallView::InCall(_) => talks(),
            CallView::Ended(_) => endings(),
        })
        .into_iter()
        .flatten(),
    );
    states
}

/// Every way in which a call ends.
pub(crate) fn outcomes() -> Vec<Outcome> {
    let mut outcomes = every!(Outcome {
        Outcome::HungUpByMe => Outcome::HungUpByMe,
        Outcome::HungUpByThem => Outcome::HungUpByThem,
        Outcome::LeftByMe => Outcome::LeftByMe,
        Outcome::LeftByThem => Outcome::LeftByThem,
        Outcome::Cancelled => Outcome::Cancelled,
        Outcome::DeclinedByMe => Outcome::DeclinedByMe,
        Outcome::DeclinedByThem => Outcome::DeclinedByThem,
        Outcome::NoAnswer => Outcome::NoAnswer,
        Outcome::Missed => Outcome::Missed,
        Outcome::Busy => Outcome::Busy,
        Outcome::PeerOffline => Outcome::PeerOffline,
        Outcome::BlockedByMe => Outcome::BlockedByMe,
        Outcome::AnsweredElsewhere(_) => Outcome::AnsweredElsewhere(None),
        Outcome::DeclinedElsewhere => Outcome::DeclinedElsewhere,
        Outcome::AlreadyInCall => Outcome::AlreadyInCall,
        Outcome::MicrophoneProblem(_) => Outcome::MicrophoneProblem(MediaError::Denied),
        Outcome::ConnectFailed => Outcome::ConnectFailed,
        Outcome::RelayFailed => Outcome::RelayFailed,
        Outcome::PeerSilent => Outcome::PeerSilent,
        Outcome::NegotiationFailed => Outcome::NegotiationFailed,
        Outcome::BrowserFailed => Outcome::BrowserFailed,
        Outcome::ConnectionLost => Outcome::ConnectionLost,
        Outcome::ServerUnreachable => Outcome::ServerUnreachable,
        Outcome::ServerTrouble => Outcome::ServerTrouble,
        Outcome::StorageFull => Outcome::StorageFull,
        Outcome::RateLimited(_) => Outcome::RateLimited(None),
        Outcome::NotContacts => Outcome::NotContacts,
        Outcome::SignalingFailed => Outcome::SignalingFailed,
        Outcome::SignedOut => Outcome::SignedOut,
        Outcome::CallsDisabled => Outcome::CallsDisabled,
    })
    .to_vec();
    let denied = Outcome::MicrophoneProblem(MediaError::Denied);
    outcomes.retain(|outcome| *outcome != denied);
    outcomes.extend(MediaError::ALL.map(Outcome::MicrophoneProblem));
    outcomes.push(Outcome::RateLimited(Some(7)));
    outcomes
}

impl State {
    fn new(name: &str, view: CallView) -> Self {
        let (sound, around) = (SoundState::Silent, Surroundings::default());
        Self { name: name.to_owned(), view, sound, around, pages: vec![] }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

/// The call buttons, and why they do not work or are not there.
fn buttons() -> Vec<State> {
    let idle = |name: &str| State::new(&format!("buttons/{name}"), CallView::Idle);
    let mut states = vec![
        idle("ready"),
        idle("offline").with(|state| state.around.online = ArcRwSignal::new(Some(false))),
        idle("not-connected").with(|state| state.around.connected = ArcRwSignal::new(false)),
        idle("turned-off").with(|state| state.around.calls_enabled = ArcRwSignal::new(false)),
        idle("blocked").with(|state| state.around.blocked = ArcRwSignal::new(vec![user("Ben").id])),
    ];
    let absences = every!(Unavailable {
        Unavailable::Stranger => Unavailable::Stranger,
        Unavailable::Server => Unavailable::Server,
        Unavailable::SignedOut => Unavailable::SignedOut,
        Unavailable::Unknown => Unavailable::Unknown,
        Unavailable::Outdated => Unavailable::Outdated,
    });
    states.extend(absences.map(|absence| {
        idle(&format!("nobody-{}", word(absence))).with(|state| state.around.unavailable = Some(absence))
    }));
    states
}

/// The call history.
fn history() -> Vec<State> {
    let idle = |name: &str, pages| {
        State::new(&format!("history/{name}"), CallView::Idle).with(|state| {
            state.around.history = true;
            state.pages = pages;
        })
    };
    let statuses = every!(CallStatus {
        CallStatus::Ringing => CallStatus::Ringing,
        CallStatus::Active => CallStatus::Active,
        CallStatus::Ended => CallStatus::Ended,
        CallStatus::Declined => CallStatus::Declined,
        CallStatus::Missed => CallStatus::Missed,
        CallStatus::Failed => CallStatus::Failed,
    });
    let entries = statuses
        .into_iter()
        .flat_map(|status| [CallRole::Caller, CallRole::Callee].map(|role| entry(status, role)));
    let next = Some("c".to_owned());
    vec![
        idle("calls", vec![CallHistory { calls: entries.collect(), next }]),
        idle("empty", vec![CallHistory { calls: vec![], next: None }]),
        idle("failed", vec![]),
    ]
}

fn entry(status: CallStatus, role: CallRole) -> HistoryEntry {
    let talked = status == CallStatus::Ended;
    let at = Timestamp(if talked { "2025-11-25T10:30:00Z" } else { "2025-11-26T21:40:00Z" }.to_owned());
    let me = if role == CallRole::Caller { "anna" } else { "ben" };
    let call = Call {
        id: CallId(format!("{status:?} {role:?}")),
        conversation_id: party(Audio).conversation_id,
        initiator_id: me.into(),
        call_type: if talked { Video } else { Audio },
        status,
        started_at: talked.then(|| at.clone()),
        ended_at: None,
        error_reason: (status == CallStatus::Missed).then_some(EndReason::NoAnswer),
        created_at: at.clone(),
        updated_at: at,
        duration_seconds: talked.then_some(323),
    };
    HistoryEntry { call, peer: user("Ben"), role }
}

fn being_called() -> Vec<State> {
    let state =
        |name: &str, call_type, stage| State::new(&format!("ringing/{name}"), incoming(call_type, stage));
    let mut states = vec![
        State::new("ringing/voice", ringing(Audio)),
        State::new("ringing/video", ringing(Video)),
        State::new("ringing/sound-blocked", ringing(Video)).with(|state| state.sound = SoundState::Blocked),
        State::new("ringing/sound-failed", ringing(Audio)).with(|state| state.sound = SoundState::Failed),
    ];
    let stages = every!(IncomingStage {
        IncomingStage::Ringing => IncomingStage::Ringing,
        IncomingStage::Answering => IncomingStage::Answering,
        IncomingStage::MicrophoneProblem(_) => IncomingStage::MicrophoneProblem(MediaError::Denied),
    });
    for stage in stages {
        match stage {
            IncomingStage::Ringing => {} // above
            IncomingStage::Answering => {
                states.push(state("answering", Video, stage));
                states.extend(waits().map(|waits| {
                    state(&format!("answering-waits-for-{}", word(waits)), Video, stage).with(|state| {
                        if let CallView::Incoming(IncomingView { party: _, stage: _, waiting_for: why }) =
                            &mut state.view
                        {
                            *why = Some(waits);
                        }
                    })
                }));
            }
            IncomingStage::MicrophoneProblem(_) => states.extend(MediaError::ALL.map(|error| {
                state(&format!("microphone-{}", word(error)), Audio, IncomingStage::MicrophoneProblem(error))
            })),
        }
    }
    states
}

fn waits() -> [WaitingFor; 2] {
    every!(WaitingFor { WaitingFor::Browser => WaitingFor::Browser, WaitingFor::Server => WaitingFor::Server })
}

fn calling() -> Vec<State> {
    let state = |name: &str, call_type, stage, change: &dyn Fn(&mut OutgoingView)| {
        let mut view = outgoing(call_type, stage);
        change(&mut view);
        // Whatever a view can hold has a state below.
        let OutgoingView {
            party: _,
            stage: _,
            local_video: _,
            microphone_problem: _,
            camera_problem: _,
            waiting_for: _,
        } = &view;
        State::new(&format!("calling/{name}"), CallView::Outgoing(view))
    };
    let stages = every!(OutgoingStage {
        OutgoingStage::AskingForMedia => OutgoingStage::AskingForMedia,
        OutgoingStage::Placing => OutgoingStage::Placing,
        OutgoingStage::Ringing => OutgoingStage::Ringing,
        OutgoingStage::Away => OutgoingStage::Away,
    });
    let mut states: Vec<_> = stages.map(|stage| state(&word(stage), Audio, stage, &|_| {})).into();
    states.extend([
        state("waits-for-browser", Video, OutgoingStage::AskingForMedia, &|view| {
            view.waiting_for = Some(WaitingFor::Browser)
        }),
        state("waits-for-server", Audio, OutgoingStage::Placing, &|view| {
            view.waiting_for = Some(WaitingFor::Server)
        }),
        state("video", Video, OutgoingStage::Ringing, &|view| view.local_video = Some(camera())),
        state("camera-problem", Video, OutgoingStage::Ringing, &|view| {
            view.camera_problem = Some(MediaError::NotFound);
        }),
        state("microphone-problem", Audio, OutgoingStage::Ringing, &|view| {
            view.microphone_problem = Some(MediaError::Gone);
        }),
    ]);
    states
}

fn camera() -> MediaKey {
    MediaKey { epoch: Epoch(1), number: 1 }
}

/// A call, and what happens to it.
fn talks() -> Vec<State> {
    let state = |kind: CallType, name: &str, change: &dyn Fn(&mut InCallView)| {
        let mut view = InCallView { seconds: Some(323), ..talking(kind) };
        change(&mut view);
        let group = if kind == Video { "video" } else { "voice" };
        State::new(&format!("{group}/{name}"), CallView::InCall(view))
    };
    let stages = every!(CallStage {
        CallStage::Connecting => CallStage::Connecting,
        CallStage::Active => CallStage::Active,
        CallStage::Reconnecting => CallStage::Reconnecting,
        CallStage::Away => CallStage::Away,
    });
    let devices = every!(SlotView {
        SlotView::Absent => SlotView::Absent,
        SlotView::Starting => SlotView::Starting,
        SlotView::On => SlotView::On,
        SlotView::Off => SlotView::Off,
        SlotView::Interrupted => SlotView::Interrupted,
        SlotView::Problem(_) => SlotView::Problem(MediaError::Denied),
    });
    let slots = every!(Slot {
        Slot::Microphone => Slot::Microphone,
        Slot::Camera => Slot::Camera,
        Slot::Screen => Slot::Screen,
        Slot::ScreenSound => Slot::ScreenSound,
    });
    let mut states = Vec::new();
    for kind in [Audio, Video] {
        states.extend(stages.map(|stage| {
            state(kind, &word(stage), &|view| {
                view.stage = stage;
                view.seconds = view.seconds.filter(|_| stage != CallStage::Connecting);
            })
        }));
        states.extend([
            state(kind, "peer-muted", &|view| view.remote[Slot::Microphone] = SlotState::Off),
            state(kind, "peer-microphone-fails", &|view| view.remote[Slot::Microphone] = SlotState::Failing),
            state(kind, "server-away", &|view| view.server_away = true),
            state(kind, "sound-blocked", &|_| {}).with(|state| state.sound = SoundState::Blocked),
            state(kind, "sound-failed", &|_| {}).with(|state| state.sound = SoundState::Failed),
            state(kind, "other-kind-than-asked-for", &|view| {
                view.requested_type = if kind == Video { Audio } else { Video };
                if kind == Video {
                    (view.local[Slot::Camera], view.tracks[Slot::Camera]) = (SlotView::Off, None);
                }
            }),
        ]);
        states.extend(
            devices.into_iter().filter(|device| !matches!(device, SlotView::On | SlotView::Absent)).map(
                |device| {
                    state(kind, &format!("microphone-{}", word(device)), &|view| {
                        view.local[Slot::Microphone] = device;
                        view.browser_asks = device == SlotView::Starting;
                    })
                },
            ),
        );
    }
    states.extend(
        devices.into_iter().filter(|device| !matches!(device, SlotView::On | SlotView::Absent)).map(
            |device| {
                state(Video, &format!("camera-{}", word(device)), &|view| {
                    view.local[Slot::Camera] = device;
                    view.tracks[Slot::Camera] =
                        view.tracks[Slot::Camera].filter(|_| device == SlotView::Interrupted);
                    view.browser_asks = device == SlotView::Starting;
                })
            },
        ),
    );
    states.push(state(Video, "peer-camera-off", &|view| view.remote[Slot::Camera] = SlotState::Off));
    states.push(state(Video, "both-devices-denied", &|view| {
        let denied = SlotView::Problem(MediaError::Denied);
        (view.local[Slot::Microphone], view.local[Slot::Camera]) = (denied, denied);
        view.tracks[Slot::Camera] = None;
    }));
    states.extend(
        slots.into_iter().filter(|slot| slot.source() == Source::Device).map(|slot| {
            state(Video, &format!("replaced-{}", word(slot)), &|view| view.replaced = Some(slot))
        }),
    );
    let others = MediaError::ALL.into_iter().filter(|error| *error != MediaError::Denied); // above
    states.extend(others.map(|error| {
        state(Audio, &format!("microphone-problem-{}", word(error)), &|view| {
            view.local[Slot::Microphone] = SlotView::Problem(error);
        })
    }));
    states
}

/// A new part of a call's view is noticed here: it needs states of its own.
fn _every_part_has_states(view: InCallView) {
    let InCallView {
        party: _,
        requested_type: _,
        stage: _,
        seconds: _,
        local: _,
        tracks: _,
        peer: _,
        remote: _,
        server_away: _,
        replaced: _,
        browser_asks: _,
    } = view;
}

fn endings() -> Vec<State> {
    let state = |name: &str, call_type, outcome, seconds| {
        State::new(&format!("ended/{name}"), CallView::Ended(ended(call_type, outcome, seconds)))
    };
    let mut states: Vec<_> =
        outcomes().into_iter().map(|outcome| state(&word(&outcome), Audio, outcome, None)).collect();
    states.push(state("after-a-talk", Video, Outcome::HungUpByThem, Some(323)));
    states.push(state("lost-in-a-video-call", Video, Outcome::ConnectionLost, Some(323)));
    let device = Some("Firefox on Linux".to_owned());
    states.push(state("answered-on-a-known-device", Audio, Outcome::AnsweredElsewhere(device), None));
    states
}

/// The name of a value in the form of an address: "rate-limited-some-7".
fn word(value: impl core::fmt::Debug) -> String {
    let mut word = String::new();
    for letter in format!("{value:?}").chars() {
        let begins = letter.is_uppercase() || !letter.is_alphanumeric();
        if begins && !word.is_empty() && !word.ends_with('-') {
            word.push('-');
        }
        word.extend(letter.to_lowercase().filter(|letter| letter.is_alphanumeric()));
    }
    word.trim_end_matches('-').to_owned()
}
