//! The rules: what a code, a link and their fields may be, and what a scanned text is. Pure.

pub(crate) mod links;

pub(crate) use links::Links;
