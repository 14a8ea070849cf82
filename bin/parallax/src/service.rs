//! What a service manager is told: systemd's protocol, where the environment asks for it.

use sd_notify::NotifyState;
use std::time::Duration;
use telemetry::Health;
use tokio::task::JoinHandle;

/// Tells that the node lives, for as long as this is held.
pub(crate) struct Watchdog(JoinHandle<()>);

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Tells that the node is ready, and from then on, as often as is asked, that it lives. A node that has failed is told of
/// no more, unless it still answers reads.
pub(crate) fn ready(health: Health) -> Option<Watchdog> {
    notify(&[NotifyState::Ready]);
    let period = sd_notify::watchdog_enabled()?;
    Some(Watchdog(tokio::spawn(async move {
        let mut ticks = tokio::time::interval((period / 3).max(Duration::from_millis(10)));
        loop {
            ticks.tick().await;
            let status = health.reasons().join("; ");
            let status = if status.is_empty() { "ready".to_owned() } else { status };
            notify(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
        }
    })))
}

/// Tells that the node is stopping.
pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// Nobody may listen, and a manager that does not is no reason to fail.
fn notify(state: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(state);
}
