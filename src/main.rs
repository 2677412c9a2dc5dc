//! The page that Trunk builds: starts the client, which looks for its place by itself.
//! Embedding pages load the same program through `calls.js`.

fn main() {
    messenger_calls::start();
}
