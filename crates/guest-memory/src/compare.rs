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
    // SAFETY: there are so many bytes from the places on that these read.
    unsafe {
        match n_bytes {
            0 => 0,
            1..=3 => {
                // The first byte, one of the middle, the last: all, in their order.
                let number = |place: *const u8| {
                    let [first, middle, last] =
                        [0, n_bytes / 2, n_bytes - 1].map(|at| u32::from(place.add(at).read()));
                    first << 16 | middle << 8 | last
                };
                number(left).cmp(&number(right)) as i32
            }
            4..STEP => {
                let number = |place: *const u8, at| {
                    let bytes = place.add(at).cast::<[u8; 4]>().read();
                    u64::from(u32::from_be_bytes(bytes))
                };
                let number = |place| number(place, 0) << 32 | number(place, n_bytes - 4);
                number(left).cmp(&number(right)) as i32
            }
            _ => {
                let last = n_bytes - STEP;
                let mut at = 0;
                while at < last {
                    let order = step(left.add(at), right.add(at));
                    if order != 0 {
                        return order;
                    }
                    at += STEP;
                }
                // What is looked at again is the same in both.
                step(left.add(last), right.add(last))
            }
        }
    }
}

/// The same for one step.
///
/// # Safety
/// Both places have a step that can be read.
#[inline(always)]
unsafe fn step(left: *const u8, right: *const u8) -> i32 {
    // SAFETY: as asked, and arrays of bytes need no alignment.
    let (left, right) = unsafe {
        let left = left.cast::<[u8; STEP]>().read();
        let right = right.cast::<[u8; STEP]>().read();
        (u64::from_le_bytes(left), u64::from_le_bytes(right))
    };
    match left == right {
        true => 0,
        // The target has no instruction that turns bytes round.
        false => left.swap_bytes().cmp(&right.swap_bytes()) as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

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
