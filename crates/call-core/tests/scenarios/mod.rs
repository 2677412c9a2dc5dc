//! Scenarios, each a claim about what people experience.

mod basics;
mod cards;
mod comings;
mod devices;
mod glare;
mod handovers;
mod hiding;
mod leaving;
mod links;
mod media;
mod negotiation;
mod order;
mod plain_clients;
mod reasons;
mod refusals;
mod reloading;
mod server_away;
mod short_way;
mod strangers;
mod waiting;
