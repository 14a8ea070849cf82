//! Charts as self-contained SVG: lines over two axes, groups of bars, and heat maps.
//!
//! A file needs nothing but itself. Colours keep their contrast on a light and on a dark page; text and lines follow the
//! reader's setting where the viewer knows it and are dark on a light ground everywhere else. What was not measured
//! is drawn dashed or hatched, and its name says so.

mod axis;
mod bars;
mod heat;
mod lines;
mod page;

pub use axis::{Axis, Scale};
pub use bars::{Bar, Bars, Group};
pub use heat::Heat;
pub use lines::{Lines, Look, Series};
pub use page::escaped;
