//! An allocator for one thread: values come from lists of free places, one list for each size.
//!
//! A review makes some thousand small values and drops nearly all of them at once; an allocator
//! that splits and joins places took a third of its time. A place that is free waits for a value
//! of its size, so memory is bounded by the most that was in use of each size.
//!
//! The first of it comes with the instance: a host lets memory grow by calls of its system, and
//! takes it back by more of them, which cost each review a sixth of its time.

#![expect(
    unsafe_code,
    reason = "an allocator hands out addresses; why that is sound stands beside each step"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};
use std::ptr;

/// Sizes of places are multiples of it, and so are their addresses.
const STEP: usize = 16;

/// Places up to this many bytes come in every multiple of `STEP`.
const SMALL: usize = 1_024;

/// The largest place in a list, in bytes; from `SMALL` on they double. What is larger is for the
/// system's allocator, which joins places again.
const LARGE: usize = 64 << 10;

const N_SMALL: usize = SMALL / STEP;

const N_LISTS: usize = N_SMALL + (LARGE / SMALL).ilog2() as usize;

/// Bytes that are taken from the system's allocator at once.
const CHUNK: usize = 16 << 10;

/// Bytes that are there from the start; with half as many, usual reviews are as quick.
const FIRST_BYTES: usize = 128 << 10;

/// An allocator that keeps places in lists, by their size.
///
/// It stays where it is while anything that it gave is in use. New, it is all zero, so that it adds
/// nothing to a file.
// In this order, so that the first chunk is aligned as the whole is.
#[repr(C, align(16))]
pub struct Memory {
    /// The chunk before all others.
    first: UnsafeCell<[u8; FIRST_BYTES]>,
    /// The first free place of each size, which holds the address of the next.
    free: [Cell<*mut u8>; N_LISTS],
    /// What is left of the chunk that was taken last; null before any was.
    rest: Cell<*mut u8>,
    rest_bytes: Cell<usize>,
}

const _: () = assert!(align_of::<Memory>() == STEP && std::mem::offset_of!(Memory, first) == 0);

// SAFETY: there is one thread where this holds, which the check of `atomics` makes certain.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl Sync for Memory {}

impl Default for Memory {
    fn default() -> Memory {
        Memory::new()
    }
}

/// Which list a value's place is from; `None` for one from the system's allocator.
///
/// It depends on the layout alone, which is the same when a value comes and when it goes.
fn list_of(layout: Layout) -> Option<usize> {
    // Layouts without size do not reach an allocator.
    match layout.size() {
        _ if STEP < layout.align() => None,
        size @ ..=SMALL => Some(size.div_ceil(STEP).saturating_sub(1)),
        size @ ..=LARGE => Some(N_SMALL + ((size - 1) / SMALL).ilog2() as usize),
        _ => None,
    }
}

/// The same for the values that most are.
fn list_of_small(layout: Layout) -> Option<usize> {
    let is_small = layout.size() <= SMALL;
    list_of(layout).filter(|_| is_small)
}

/// The size of a list's places.
fn size_of_list(list: usize) -> usize {
    match list.checked_sub(N_SMALL) {
        None => (list + 1) * STEP,
        Some(n_doublings) => (2 * SMALL) << n_doublings,
    }
}

impl Memory {
    /// Nothing is in use.
    pub const fn new() -> Memory {
        Memory {
            first: UnsafeCell::new([0; FIRST_BYTES]),
            free: [const { Cell::new(ptr::null_mut()) }; N_LISTS],
            rest: Cell::new(ptr::null_mut()),
            rest_bytes: Cell::new(0),
        }
    }

    /// A place of a list; null when there is no memory.
    fn take(&self, list: usize) -> *mut u8 {
        let place = self.free[list].get();
        if place.is_null() {
            return self.cut(list);
        }
        // SAFETY: a free place holds the address of the next, which `give` wrote.
        self.free[list].set(unsafe { place.cast::<*mut u8>().read() });
        place
    }

    /// Puts a place into its list.
    ///
    /// # Safety
    /// The place is of this list, and nobody uses it any more.
    unsafe fn give(&self, place: *mut u8, list: usize) {
        // SAFETY: it has room for an address and its alignment, as the smallest places do.
        unsafe { place.cast::<*mut u8>().write(self.free[list].get()) };
        self.free[list].set(place);
    }

    /// `alloc` for what is not small: by itself, since that becomes part of all code that takes
    /// memory.
    ///
    /// # Safety
    /// As for `alloc`.
    #[inline(never)]
    unsafe fn alloc_large(&self, layout: Layout) -> *mut u8 {
        match list_of(layout) {
            Some(list) => self.take(list),
            // SAFETY: the caller's promises are passed on.
            None => unsafe { System.alloc(layout) },
        }
    }

    /// `dealloc` for what is not small.
    ///
    /// # Safety
    /// As for `dealloc`.
    #[inline(never)]
    unsafe fn dealloc_large(&self, place: *mut u8, layout: Layout) {
        match list_of(layout) {
            // SAFETY: the place is of this list, since its layout is, and is not used any more.
            Some(list) => unsafe { self.give(place, list) },
            // SAFETY: the caller's promises are passed on; `alloc_large` went the same way.
            None => unsafe { System.dealloc(place, layout) },
        }
    }

    /// A new place of a list's size; null when there is no memory.
    #[cold]
    fn cut(&self, list: usize) -> *mut u8 {
        let size = size_of_list(list);
        if self.rest.get().is_null() {
            self.rest.set(self.first.get().cast());
            self.rest_bytes.set(FIRST_BYTES);
        }
        if self.rest_bytes.get() < size {
            let is_large = SMALL < size;
            let n_bytes = if is_large { size } else { CHUNK };
            let Ok(layout) = Layout::from_size_align(n_bytes, STEP) else {
                return ptr::null_mut();
            };
            // SAFETY: the layout has a size.
            let chunk = unsafe { System.alloc(layout) };
            if chunk.is_null() || is_large {
                return chunk;
            }
            // What is left of the last chunk, less than one place, is given up.
            self.rest.set(chunk);
            self.rest_bytes.set(CHUNK);
        }
        let place = self.rest.get();
        // SAFETY: at least `size` bytes of the chunk are left, so this stays within it.
        self.rest.set(unsafe { place.add(size) });
        self.rest_bytes.set(self.rest_bytes.get() - size);
        place
    }
}

// SAFETY: every place is of a chunk that is never given back, as large as its list says and
// aligned to `STEP`, since chunks and sizes are; it is in a list exactly while it is free. `first`
// is a chunk that nobody else looks at, and stays where it is as the caller promises. Everything
// else is the system's allocator's own.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match list_of_small(layout) {
            Some(list) => self.take(list),
            // SAFETY: the caller's promises are passed on.
            None => unsafe { self.alloc_large(layout) },
        }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        match list_of_small(layout) {
            // SAFETY: the place is of this list, since its layout is, and is not used any more.
            Some(list) => unsafe { self.give(place, list) },
            // SAFETY: the caller's promises are passed on.
            None => unsafe { self.dealloc_large(place, layout) },
        }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the size fits this alignment.
        let grown = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (list_of(layout), list_of(grown)) {
            // SAFETY: the caller's promises are passed on, and both are the system allocator's.
            (None, None) => unsafe { System.realloc(place, layout, size) },
            (Some(old), Some(new)) if old == new => place,
            _ => {
                // SAFETY: the caller promises that the size is not zero.
                let moved = unsafe { self.alloc(grown) };
                if !moved.is_null() {
                    // SAFETY: both places are as large as the smaller of the two sizes, and do
                    // not overlap, since the old one is still in use; then it is not any more.
                    unsafe {
                        ptr::copy_nonoverlapping(place, moved, size.min(layout.size()));
                        self.dealloc(place, layout);
                    }
                }
                moved
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

    /// Numbers that come in the same order every time: hashes of how many there were.
    #[derive(Default)]
    struct Numbers(u32, BuildHasherDefault<DefaultHasher>);

    impl Numbers {
        fn below(&mut self, end: usize) -> usize {
            self.0 += 1;
            usize::try_from(self.1.hash_one(self.0) >> 33).unwrap() % end
        }
    }

    /// A value: its place, its layout, and the byte that it is full of.
    struct Held(*mut u8, Layout, u8);

    impl Held {
        fn new(memory: &Memory, layout: Layout, byte: u8) -> Held {
            // SAFETY: no layout here is without size.
            let place = unsafe { memory.alloc(layout) };
            assert!(!place.is_null() && place.addr().is_multiple_of(layout.align()));
            let held = Held(place, layout, byte);
            held.fill();
            held
        }

        fn fill(&self) {
            // SAFETY: the place is in use here, and as large as its layout says.
            unsafe { self.0.write_bytes(self.2, self.1.size()) };
        }

        fn check(&self, n_bytes: usize) {
            // SAFETY: as above, and `fill` wrote all of it.
            let bytes = unsafe { std::slice::from_raw_parts(self.0, n_bytes) };
            assert!(bytes.iter().all(|byte| *byte == self.2));
        }

        fn resize(&mut self, memory: &Memory, size: usize) {
            let kept = size.min(self.1.size());
            // SAFETY: the place was given for this layout, and the size is not zero.
            self.0 = unsafe { memory.realloc(self.0, self.1, size) };
            assert!(!self.0.is_null() && self.0.addr().is_multiple_of(self.1.align()));
            self.1 = Layout::from_size_align(size, self.1.align()).unwrap();
            self.check(kept);
            self.fill();
        }

        fn end(self, memory: &Memory) {
            self.check(self.1.size());
            // SAFETY: the place was given for this layout, and is not used again.
            unsafe { memory.dealloc(self.0, self.1) };
        }
    }

    #[test]
    fn no_value_is_ever_where_another_one_is() {
        let memory = Memory::new();
        let mut numbers = Numbers::default();
        let mut held: Vec<Held> = Vec::new();
        let limits = [STEP, SMALL, LARGE, FIRST_BYTES];
        for round in 0..20_000_usize {
            let near = limits[numbers.below(limits.len())];
            let size = match numbers.below(4) {
                0 => near - 1 + numbers.below(3),
                1 => 1 + numbers.below(LARGE + SMALL),
                _ => 1 + numbers.below(SMALL),
            };
            let align = 1 << numbers.below(7);
            match numbers.below(3) {
                0 if !held.is_empty() => {
                    let idx = numbers.below(held.len());
                    held[idx].resize(&memory, size);
                }
                1 if !held.is_empty() => {
                    let idx = numbers.below(held.len());
                    held.swap_remove(idx).end(&memory);
                }
                _ => {
                    let layout = Layout::from_size_align(size, align).unwrap();
                    held.push(Held::new(&memory, layout, round.to_le_bytes()[0]));
                }
            }
            if 200 < held.len() {
                held.drain(..100).for_each(|it| it.end(&memory));
            }
        }
        held.into_iter().for_each(|it| it.end(&memory));
    }

    #[test]
    fn a_list_has_the_smallest_places_that_are_large_enough() {
        for size in 1..=LARGE {
            let list = list_of(Layout::from_size_align(size, STEP).unwrap()).unwrap();
            assert!(list < N_LISTS && size <= size_of_list(list));
            assert!(list == 0 || size_of_list(list - 1) < size);
        }
        assert_eq!(size_of_list(N_LISTS - 1), LARGE);
        let list = |size, align| list_of(Layout::from_size_align(size, align).unwrap());
        assert_eq!(list(LARGE + 1, 1), None);
        assert_eq!(list(1, 2 * STEP), None);
    }

    #[test]
    fn what_is_free_is_given_again() {
        let memory = Memory::new();
        for size in [1, SMALL, SMALL + 1, LARGE] {
            let layout = Layout::from_size_align(size, 1).unwrap();
            let first = Held::new(&memory, layout, 1);
            let place = first.0;
            first.end(&memory);
            let second = Held::new(&memory, layout, 2);
            assert_eq!(second.0, place);
            second.end(&memory);
        }
    }

    #[test]
    fn the_first_values_need_no_system() {
        let memory = Memory::new();
        let range = memory.first.get().addr()..memory.first.get().addr() + FIRST_BYTES;
        let layout = Layout::from_size_align(SMALL, 1).unwrap();
        let held: Vec<_> = (0..=FIRST_BYTES / SMALL)
            .map(|_| Held::new(&memory, layout, 3))
            .collect();
        let n_inside = held.iter().filter(|it| range.contains(&it.0.addr()));
        assert_eq!(n_inside.count(), FIRST_BYTES / SMALL);
        held.into_iter().for_each(|it| it.end(&memory));
    }
}
