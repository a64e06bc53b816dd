//! An allocator that counts what is in use: unlike the memory of the process, that is not blurred by what an allocator keeps for later.
#![allow(dead_code, reason = "each test reads what it needs")]
#![allow(unsafe_code, reason = "an allocator that counts cannot be written without it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged; only sizes are counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::SeqCst) + layout.size();
        PEAK.fetch_max(now, Ordering::SeqCst);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::SeqCst);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes in use.
pub fn in_use() -> usize {
    NOW.load(Ordering::SeqCst)
}

/// The most bytes that were in use at once while something ran, beyond those before it, and what it gave.
pub fn peak_of<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let before = in_use();
    PEAK.store(before, Ordering::SeqCst);
    let given = run();
    (PEAK.load(Ordering::SeqCst) - before, given)
}
