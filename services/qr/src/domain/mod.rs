//! The rules: what a code, a link and their fields may be, and what a scanned text is. Pure.

pub(crate) mod attempt;
mod beacon;
pub(crate) mod callback;
pub(crate) mod code;
pub(crate) mod found;
pub(crate) mod image;
pub(crate) mod link;
pub(crate) mod links;
pub(crate) mod redirect;
pub(crate) mod request;
pub(crate) mod scanned;
pub(crate) mod screening;

pub(crate) use beacon::Beacon;
pub(crate) use callback::Callback;
pub(crate) use code::{Code, Kind};
pub(crate) use found::Found;
pub(crate) use image::Image;
pub(crate) use links::Links;
pub(crate) use redirect::Redirect;
pub(crate) use screening::Screening;
