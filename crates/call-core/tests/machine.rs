//! Tests of the machine from outside: scenarios between people, random runs in a bad network, every order of
//! events within bounds, and every event in every state.

mod every;
mod kit;
mod random;
mod scenarios;
mod search;
mod simulate;
