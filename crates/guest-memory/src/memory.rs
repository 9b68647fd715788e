//! The component's memory: small values come from lists of free places, one list for each size.
//!
//! A review makes some thousand small values and drops nearly all of them at once; an allocator
//! that splits and joins places took a third of its time. A place that is free waits for a value
//! of its size, so memory is bounded by the most that was in use of each size.

#![expect(
    unsafe_code,
    reason = "an allocator hands out addresses; why that is sound stands beside each step"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

#[cfg(target_feature = "atomics")]
compile_error!("the lists of free places are for one thread");

/// Sizes of places are multiples of it, and so are their addresses.
const STEP: usize = 16;

/// The largest place in a list, in bytes; what is larger is for the system's allocator, which
/// joins places again.
const SMALL: usize = 1_024;

/// Bytes that are taken from the system's allocator at once.
const CHUNK: usize = 16 << 10;

/// Lists of free places.
pub(crate) struct Memory {
    /// The first free place of each size, which holds the address of the next.
    free: [Cell<*mut u8>; SMALL / STEP],
    /// What is left of the chunk that was taken last.
    rest: Cell<*mut u8>,
    rest_bytes: Cell<usize>,
}

#[global_allocator]
static MEMORY: Memory = Memory {
    free: [const { Cell::new(ptr::null_mut()) }; SMALL / STEP],
    rest: Cell::new(ptr::null_mut()),
    rest_bytes: Cell::new(0),
};

// SAFETY: a component has one thread, which the check of `atomics` above makes certain.
unsafe impl Sync for Memory {}

/// Which list a value's place is from; `None` for one from the system's allocator.
///
/// It depends on the layout alone, which is the same when a value comes and when it goes.
fn list_of(layout: Layout) -> Option<usize> {
    let is_small = layout.size() <= SMALL && layout.align() <= STEP;
    // Layouts without size do not reach an allocator.
    is_small.then(|| layout.size().div_ceil(STEP).saturating_sub(1))
}

impl Memory {
    /// A new place of a list's size; null when there is no memory.
    #[cold]
    fn cut(&self, list: usize) -> *mut u8 {
        let size = (list + 1) * STEP;
        if self.rest_bytes.get() < size {
            // What is left of the last chunk, less than one place, is given up.
            let Ok(layout) = Layout::from_size_align(CHUNK, STEP) else {
                return ptr::null_mut();
            };
            // SAFETY: the layout has a size.
            let chunk = unsafe { System.alloc(layout) };
            if chunk.is_null() {
                return chunk;
            }
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
// aligned to `STEP`, since chunks and sizes are; it is in a list exactly while it is free.
// Everything else is the system's allocator's own.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(list) = list_of(layout) else {
            // SAFETY: the caller's promises are passed on.
            return unsafe { System.alloc(layout) };
        };
        let place = self.free[list].get();
        if place.is_null() {
            return self.cut(list);
        }
        // SAFETY: a free place holds the address of the next, which `dealloc` wrote.
        self.free[list].set(unsafe { place.cast::<*mut u8>().read() });
        place
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        let Some(list) = list_of(layout) else {
            // SAFETY: the caller's promises are passed on; `alloc` went the same way.
            return unsafe { System.dealloc(place, layout) };
        };
        // SAFETY: the place is of this list, since its layout is; nobody else uses it any more,
        // and it has room for an address and its alignment.
        unsafe { place.cast::<*mut u8>().write(self.free[list].get()) };
        self.free[list].set(place);
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
