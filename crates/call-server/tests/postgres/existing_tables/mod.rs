//! Calls beside an application that keeps people, conversations and messages in its own tables, as a Supabase
//! project does.

mod calls;
mod flags;
mod mismatches;
mod own;
mod project;
mod rights;
