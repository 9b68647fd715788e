//! Maps and sets as short sorted lists in a row: little code for each type, and the cost of an
//! insertion grows with the square root of the length at most.

mod iter;
pub(super) mod map;
pub(super) mod set;

#[cfg(test)]
mod tests;
