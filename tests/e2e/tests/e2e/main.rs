//! The end-to-end tests, one program so that they share what they compile and run two at a time.
//! Each test has a server, accounts and browsers of its own.

mod calls;
mod door;
mod endings;
mod kit;
mod records;
mod ringing;
mod trouble;
mod widget;
