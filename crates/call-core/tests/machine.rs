//! Tests of the machine from outside: scenarios between people, random runs in a bad network, and every event in
//! every state.

mod every;
mod kit;
mod random;
mod scenarios;
mod simulate;
