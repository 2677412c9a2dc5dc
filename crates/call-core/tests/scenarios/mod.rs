//! Scenarios, each a claim about what people experience.

mod basics;
mod devices;
mod glare;
mod order;
