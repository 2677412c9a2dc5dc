//! Leptos' signals, compiled once. Leptos makes a copy of its reactive machinery for every type of value; here it
//! knows one type, a shared cell, and only the reading of the cell knows more.
//! Same names and meaning as in Leptos. Never decides when anything runs: that is Leptos'.

use leptos::prelude as lp;
use leptos::prelude::{Get, GetUntracked, Notify};
use send_wrapper::SendWrapper;
use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

/// A value of any type, shared. Leptos asks that it can be sent; it stays with its thread.
#[derive(Clone)]
struct Shared {
    cell: SendWrapper<Rc<dyn Any>>,
    same: fn(&dyn Any, &dyn Any) -> bool,
}

impl Shared {
    /// Compared by value.
    fn new<T: PartialEq + 'static>(value: T) -> Self {
        Self { same: |one, other| cell::<T>(one) == cell::<T>(other), ..Self::changing(value) }
    }

    /// Never the same as another.
    fn changing<T: 'static>(value: T) -> Self {
        Self { cell: SendWrapper::new(Rc::new(RefCell::new(value))), same: |_, _| false }
    }

    fn read<T: 'static, R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&cell::<T>(&**self.cell).borrow())
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        (self.same)(&**self.cell, &**other.cell)
    }
}

/// Every signal below is made with a cell of its own type and never given another.
fn cell<T: 'static>(any: &dyn Any) -> &RefCell<T> {
    any.downcast_ref().expect("a signal holds a value of its type")
}

/// Reading, alike for all kinds of signals.
macro_rules! readable {
    ($($name:ident)+) => {
        $(impl<T: 'static> $name<T> {
            /// The value, by reference; whoever reads it runs again when it changes.
            pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
                self.0.get().read(read)
            }

            /// The value, by reference, read by nobody who would run again.
            pub fn with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> R {
                self.0.get_untracked().read(read)
            }

            /// Like `with`; nothing when the owner of the signal is gone.
            pub fn try_with<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
                self.0.try_get().map(|value| value.read(read))
            }

            /// Like `with_untracked`; nothing when the owner of the signal is gone.
            pub fn try_with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
                self.0.try_get_untracked().map(|value| value.read(read))
            }
        }

        impl<T: Clone + 'static> $name<T> {
            /// The value; whoever reads it runs again when it changes.
            pub fn get(&self) -> T {
                self.with(T::clone)
            }

            /// The value, read by nobody who would run again.
            pub fn get_untracked(&self) -> T {
                self.with_untracked(T::clone)
            }

            /// Like `get_untracked`; nothing when the owner of the signal is gone.
            pub fn try_get_untracked(&self) -> Option<T> {
                self.try_with_untracked(T::clone)
            }
        })+
    };
}

/// Writing, for those that are written to. What is set after the owner is gone is lost.
macro_rules! writable {
    ($($name:ident)+) => {
        $(impl<T: 'static> $name<T> {
            /// Puts another value.
            pub fn set(&self, value: T) {
                self.update(|old| *old = value);
            }

            /// Changes the value; everybody who reads it runs again.
            pub fn update(&self, change: impl FnOnce(&mut T)) {
                if let Some(shared) = self.0.try_get_untracked() {
                    change(&mut cell::<T>(&**shared.cell).borrow_mut());
                    self.0.notify();
                }
            }
        })+
    };
}

/// A value that is written and read; a copy is the same one, and it ends with its owner.
pub struct RwSignal<T>(lp::RwSignal<Shared>, PhantomData<fn() -> T>);

/// A value that is written and read, and lives as long as somebody holds it.
pub struct ArcRwSignal<T>(lp::ArcRwSignal<Shared>, PhantomData<fn() -> T>);

/// A value made from others; who reads it runs again only when it has become another.
pub struct Memo<T>(lp::Memo<Shared>, PhantomData<fn() -> T>);

/// A value that is read, however it is made.
pub struct Signal<T>(lp::Signal<Shared>, PhantomData<fn() -> T>);

readable! { RwSignal ArcRwSignal Memo Signal }
writable! { RwSignal ArcRwSignal }

macro_rules! copies {
    ($($name:ident)+) => {
        $(impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<T> {})+
    };
}

copies! { RwSignal Memo Signal }

impl<T> Clone for ArcRwSignal<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<T: 'static> RwSignal<T> {
    /// A value to begin with.
    pub fn new(value: T) -> Self {
        Self(lp::RwSignal::new(Shared::changing(value)), PhantomData)
    }
}

impl<T: 'static> ArcRwSignal<T> {
    /// A value to begin with.
    pub fn new(value: T) -> Self {
        Self(lp::ArcRwSignal::new(Shared::changing(value)), PhantomData)
    }
}

impl<T: PartialEq + 'static> Memo<T> {
    /// Made anew whenever a signal in the function changes; the function is given the last value.
    pub fn new(make: impl Fn(Option<&T>) -> T + 'static) -> Self {
        let make = move |last: Option<&Shared>| match last {
            Some(last) => last.read(|last| Shared::new(make(Some(last)))),
            None => Shared::new(make(None)),
        };
        Self(memo(Box::new(make)), PhantomData)
    }
}

/// Makes a memo's value, given the last one.
type Make = dyn Fn(Option<&Shared>) -> Shared;

fn memo(make: Box<Make>) -> lp::Memo<Shared> {
    let make = SendWrapper::new(make);
    lp::Memo::new(move |last| {
        let make: &Make = &**make;
        make(last)
    })
}

impl<T: 'static> Signal<T> {
    /// Made anew each time it is read.
    pub fn derive(make: impl Fn() -> T + 'static) -> Self {
        Self(derived(Box::new(move || Shared::changing(make()))), PhantomData)
    }

    /// Always the same.
    pub fn stored(value: T) -> Self {
        Self(lp::Signal::stored(Shared::changing(value)), PhantomData)
    }
}

fn derived(make: Box<dyn Fn() -> Shared>) -> lp::Signal<Shared> {
    let make = SendWrapper::new(make);
    lp::Signal::derive(move || {
        let make: &dyn Fn() -> Shared = &**make;
        make()
    })
}

impl<T> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self(signal.0.into(), PhantomData)
    }
}

impl<T> From<ArcRwSignal<T>> for Signal<T> {
    fn from(signal: ArcRwSignal<T>) -> Self {
        Self(signal.0.into(), PhantomData)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::timer::sleep;
    use core::cell::Cell;
    use core::time::Duration;
    use leptos::prelude::{Effect, Owner};
    use leptos::wasm_bindgen::JsCast;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn owned<T>(act: impl FnOnce() -> T) -> (Owner, T) {
        // Mounting sets up what effects run by.
        let place = lp::document().create_element("div").unwrap();
        drop(leptos::mount::mount_to(JsCast::unchecked_into(place), || ()));
        let owner = Owner::new();
        let made = owner.with(act);
        (owner, made)
    }

    /// Counts how often an effect runs that reads this.
    fn readings<T: 'static>(read: impl Fn() -> T + 'static) -> Rc<Cell<u32>> {
        let count = Rc::new(Cell::new(0));
        let counted = count.clone();
        Effect::new(move |_: Option<()>| {
            read();
            counted.set(counted.get() + 1);
        });
        count
    }

    #[wasm_bindgen_test]
    async fn whoever_reads_a_signal_runs_again_when_it_is_set_or_changed() {
        let (_owner, (signal, count)) = owned(|| {
            let signal = RwSignal::new(vec![1]);
            (signal, readings(move || signal.with(Vec::len)))
        });
        sleep(Duration::ZERO).await;
        signal.update(|numbers| numbers.push(2));
        sleep(Duration::ZERO).await;
        signal.set(Vec::new());
        sleep(Duration::ZERO).await;
        assert_eq!((count.get(), signal.get()), (3, Vec::new()));
    }

    #[wasm_bindgen_test]
    async fn whoever_reads_a_memo_runs_again_only_when_it_has_become_another() {
        let (_owner, (signal, parity, count)) = owned(|| {
            let signal = RwSignal::new(2);
            let parity = Memo::new(move |last: Option<&(i32, i32)>| {
                let evens = last.map_or(0, |last| last.1) + i32::from(last.is_none());
                (signal.get() % 2, evens)
            });
            (signal, parity, readings(move || parity.get()))
        });
        sleep(Duration::ZERO).await;
        signal.set(4);
        sleep(Duration::ZERO).await;
        assert_eq!((count.get(), parity.get_untracked()), (1, (0, 1)));
        signal.set(5);
        sleep(Duration::ZERO).await;
        assert_eq!((count.get(), parity.get_untracked()), (2, (1, 1)));
    }

    #[wasm_bindgen_test]
    fn what_is_set_after_the_owner_is_gone_is_lost_and_harms_nobody() {
        let (owner, signal) = owned(|| RwSignal::new(1));
        owner.cleanup();
        signal.set(2);
        assert_eq!(signal.try_get_untracked(), None);
    }

    #[wasm_bindgen_test]
    fn a_derived_signal_and_one_of_another_kind_read_alike() {
        let (_owner, ()) = owned(|| {
            let number = ArcRwSignal::new(1);
            let (same, next): (Signal<i32>, _) = (number.clone().into(), number.clone());
            let derived = Signal::derive(move || next.get() + 1);
            number.set(7);
            assert_eq!((same.get(), derived.get(), Signal::stored(3).get()), (7, 8, 3));
        });
    }
}
