//! How texts are compared: eight bytes at a time.
//!
//! The function that the compiler brings for this target goes byte by byte. What a review compares
//! are locations, whose beginnings are mostly the same, and that took a tenth of its time.

#![expect(
    unsafe_code,
    reason = "the compiler calls it with addresses; why that is sound stands beside each step"
)]
#![cfg_attr(
    not(any(target_arch = "wasm32", test)),
    expect(dead_code, reason = "other targets have a good one")
)]

use std::cmp::Ordering;

/// Bytes that are compared at once.
const STEP: usize = size_of::<u64>();

/// What C says of this name: negative, zero or positive, as the first byte that differs is less,
/// absent or greater.
///
/// # Safety
/// Both places have `n_bytes` bytes that can be read.
// In every place that compares it would be half a megabyte of code.
#[inline(never)]
// SAFETY: the compiler means this function by the name, and the target's library has one only for
// those who bring none.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, n_bytes: usize) -> i32 {
    let mut at = 0;
    while STEP <= n_bytes - at {
        // SAFETY: a step is left of both places, and arrays of bytes need no alignment.
        let (left, right) = unsafe {
            let left = left.add(at).cast::<[u8; STEP]>().read();
            let right = right.add(at).cast::<[u8; STEP]>().read();
            (u64::from_be_bytes(left), u64::from_be_bytes(right))
        };
        if left != right {
            return if left < right { -1 } else { 1 };
        }
        at += STEP;
    }
    while at < n_bytes {
        // SAFETY: a byte is left of both places.
        let order = unsafe { left.add(at).read().cmp(&right.add(at).read()) };
        if order != Ordering::Equal {
            return order as i32;
        }
        at += 1;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(left: &[u8], right: &[u8]) -> Ordering {
        assert_eq!(left.len(), right.len());
        // SAFETY: both have as many bytes.
        unsafe { memcmp(left.as_ptr(), right.as_ptr(), left.len()) }.cmp(&0)
    }

    #[test]
    fn the_first_byte_that_differs_decides_wherever_it_is() {
        let mut n_compared = 0;
        for start in 0..STEP {
            for n_bytes in 0..=4 * STEP {
                let mut places = [[7; 5 * STEP]; 2];
                let range = start..start + n_bytes;
                let equal = compared(&places[0][range.clone()], &places[1][range.clone()]);
                assert_eq!(equal, Ordering::Equal);
                for at in range.clone() {
                    for (byte, behind) in [(6, 9), (8, 0), (0, 255), (255, 0), (0x87, 1)] {
                        places[0][at] = byte;
                        places[0][at + 1..].fill(behind);
                        let (left, right) = (&places[0][range.clone()], &places[1][range.clone()]);
                        // The standard library's comparison is the judge, here by iterators.
                        assert_eq!(compared(left, right), left.iter().cmp(right));
                        assert_eq!(compared(right, left), right.iter().cmp(left));
                        places[0].fill(7);
                        n_compared += 1;
                    }
                }
            }
        }
        assert_eq!(n_compared, STEP * (4 * STEP * (4 * STEP + 1) / 2) * 5);
    }
}
