//! The end-to-end tests, one program so that they are compiled once and run two at a time. Each test has a
//! server, accounts and browsers of its own.

mod blocking;
mod calls;
mod devices;
mod door;
mod endings;
mod engines;
mod foreign;
mod hosting;
mod kit;
mod leaving;
mod nodes;
mod proxies;
mod records;
mod relaying;
mod ringing;
mod silence;
mod trouble;
mod widget;
