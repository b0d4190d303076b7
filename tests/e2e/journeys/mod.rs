//! Whole journeys: payer, merchant, acquirer and follower of the feed, each seeing their own side.

mod acquirer;
mod feed;
mod lapse;
mod outage;
mod reader;
mod restart;
mod wallet;
