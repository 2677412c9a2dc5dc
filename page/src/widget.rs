//! The widget alone, which other pages load through `calls.js`: does nothing until its `mount` is called.
#![no_main]

use messenger_calls as _;
