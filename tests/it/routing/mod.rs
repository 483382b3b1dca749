//! Where calls enter and leave.

mod dial_plan;
mod gateway;
mod route;
mod trunk;
