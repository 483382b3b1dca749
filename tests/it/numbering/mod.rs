//! Numbers, as the graph shows and changes them.

mod extension;
mod phone_number;
