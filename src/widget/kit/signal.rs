//! Type-erased Leptos signals: every signal holds the same type, a shared cell, so that Leptos' reactive code is compiled
//! once and not for every type of value. Same names and behaviour as in Leptos, which decides when effects run.

use leptos::prelude as lp;
use leptos::prelude::{Get, GetUntracked, Notify};
use send_wrapper::SendWrapper;
use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

/// A shared value of any type. Leptos requires `Send`; the wrapper checks that it stays on its thread.
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

/// The methods for reading, of all kinds of signals.
macro_rules! readable {
    ($($name:ident)+) => {
        $(impl<T: 'static> $name<T> {
            /// Reads by reference, and subscribes the running effect or memo.
            pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
                self.0.get().read(read)
            }

            /// Reads by reference without subscribing.
            pub fn with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> R {
                self.0.get_untracked().read(read)
            }

            /// Like `with`; None when the signal was disposed.
            pub fn try_with<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
                self.0.try_get().map(|value| value.read(read))
            }

            /// Like `with_untracked`; None when the signal was disposed.
            pub fn try_with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
                self.0.try_get_untracked().map(|value| value.read(read))
            }
        }

        impl<T: Clone + 'static> $name<T> {
            /// A clone of the value; subscribes the running effect or memo.
            pub fn get(&self) -> T {
                self.with(T::clone)
            }

            /// A clone of the value, without subscribing.
            pub fn get_untracked(&self) -> T {
                self.with_untracked(T::clone)
            }

            /// Like `get_untracked`; None when the signal was disposed.
            pub fn try_get_untracked(&self) -> Option<T> {
                self.try_with_untracked(T::clone)
            }
        })+
    };
}

/// The methods for writing. A value that is set after the owner was disposed is dropped.
macro_rules! writable {
    ($($name:ident)+) => {
        $(impl<T: 'static> $name<T> {
            /// Replaces the value.
            pub fn set(&self, value: T) {
                self.update(|old| *old = value);
            }

            /// Changes the value and notifies its subscribers.
            pub fn update(&self, change: impl FnOnce(&mut T)) {
                if let Some(shared) = self.0.try_get_untracked() {
                    change(&mut cell::<T>(&**shared.cell).borrow_mut());
                    self.0.notify();
                }
            }
        })+
    };
}

/// A readable and writable signal, disposed with its owner. Copies are the same signal.
pub struct RwSignal<T>(lp::RwSignal<Shared>, PhantomData<fn() -> T>);

/// A readable and writable signal, reference-counted.
pub struct ArcRwSignal<T>(lp::ArcRwSignal<Shared>, PhantomData<fn() -> T>);

/// A derived value that notifies only when it has changed.
pub struct Memo<T>(lp::Memo<Shared>, PhantomData<fn() -> T>);

/// A read-only signal of any origin.
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
    /// Computes the value again whenever a signal in the function changes; the function gets the last value.
    pub fn new(make: impl Fn(Option<&T>) -> T + 'static) -> Self {
        let make = move |last: Option<&Shared>| match last {
            Some(last) => last.read(|last| Shared::new(make(Some(last)))),
            None => Shared::new(make(None)),
        };
        Self(memo(Box::new(make)), PhantomData)
    }
}

/// Computes a memo's value from the last one.
type Make = dyn Fn(Option<&Shared>) -> Shared;

fn memo(make: Box<Make>) -> lp::Memo<Shared> {
    let make = SendWrapper::new(make);
    lp::Memo::new(move |last| {
        let make: &Make = &**make;
        make(last)
    })
}

impl<T: 'static> Signal<T> {
    /// Computed each time it is read.
    pub fn derive(make: impl Fn() -> T + 'static) -> Self {
        Self(derived(Box::new(move || Shared::changing(make()))), PhantomData)
    }

    /// A constant.
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
    use crate::platform::timer::sleep;
    use core::cell::Cell;
    use core::time::Duration;
    use leptos::prelude::{Effect, Owner};
    use leptos::wasm_bindgen::JsCast;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn owned<T>(act: impl FnOnce() -> T) -> (Owner, T) {
        // Mounting starts the executor of effects.
        let place = lp::document().create_element("div").unwrap();
        drop(leptos::mount::mount_to(JsCast::unchecked_into(place), || ()));
        let owner = Owner::new();
        let made = owner.with(act);
        (owner, made)
    }

    /// Counts the runs of an effect that reads this.
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
