//! Who is told of each call.

use std::{fmt, time::Duration};

/// Is told of calls, on the thread that answered.
pub trait Observer: fmt::Debug + Send + Sync {
    /// A call has been answered: with a result if `code` is 0, else with the error of this code. The method is its usual
    /// name, or `unknown`. Returns at once: the answer waits for it.
    fn call(&self, method: &'static str, code: i32, time: Duration);
}
