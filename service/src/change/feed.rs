//! The newest changes in memory, and the way from there to those who wait for them.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use entity::{Id, tenant};
use tokio::sync::{Notify, broadcast};

use super::{Change, Heard, rows::Rows};
use crate::{Cursor, Result, secret};

/// How many changes are kept in memory; who is further behind reads the table.
pub(super) const KEPT: usize = 4096;
/// How many changes may wait for a slow subscriber; then it reads on from its cursor.
const WAITING: usize = 256;

/// The moment at which a subscriber asked: what was read of the log by then, and what was written
/// through this process but not read yet.
#[derive(Clone, Debug)]
pub struct Moment {
    pub(super) head: Cursor,
    pub(super) unread: Arc<HashSet<Cursor>>,
}

/// Whose changes a subscriber is woken for: one tenant's and those that are for all, or just every one.
pub(super) type Topic = Option<Id<tenant::Entity>>;

/// The newest changes, and the word that there are more.
pub(crate) struct Feed {
    /// What this process signs its notifications with.
    pub(super) name: String,
    kept: Mutex<Kept>,
    /// The log may have more than was read of it.
    pub(super) written: Notify,
    /// Other processes do not know yet that this one has written.
    pub(super) untold: Notify,
}

#[derive(Default)]
struct Kept {
    /// All that comes after `floor`, up to `head`.
    newest: VecDeque<Arc<Change>>,
    floor: Cursor,
    head: Cursor,
    /// What was committed here and comes after the head: it is in the past of whoever asks now.
    unread: Arc<HashSet<Cursor>>,
    topics: HashMap<Topic, broadcast::Sender<Heard>>,
}

impl Feed {
    /// One that has read nothing yet.
    ///
    /// # Errors
    /// Internal when the machine has no randomness.
    pub(crate) fn new() -> Result<Self> {
        let mut name = [0; 8];
        secret::fill(&mut name)?;
        Ok(Self {
            name: u64::from_be_bytes(name).to_string(),
            kept: Mutex::default(),
            written: Notify::new(),
            untold: Notify::new(),
        })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins with what the log has at its end: all that comes after a place.
    pub(super) fn begin(&self, floor: Cursor, newest: Vec<Change>) {
        let mut kept = self.kept();
        kept.floor = floor;
        kept.head = newest.last().map_or(floor, |change| change.cursor);
        kept.newest = newest.into_iter().map(Arc::new).collect();
    }

    /// Says that these changes were committed; the log says what they are.
    pub(crate) fn committed(&self, changes: Vec<Cursor>) {
        if changes.is_empty() {
            return;
        }
        let mut kept = self.kept();
        let head = kept.head;
        let mut unread = changes.into_iter().filter(|cursor| *cursor > head).peekable();
        if unread.peek().is_some() {
            Arc::make_mut(&mut kept.unread).extend(unread);
        }
        drop(kept);
        self.written.notify_one();
        self.untold.notify_one();
    }

    /// Takes what was read of the log and tells those whom it may concern.
    pub(super) fn publish(&self, news: Vec<Change>) {
        let Some(head) = news.last().map(|change| change.cursor) else { return };
        let rows = Arc::new(Rows::of(&news));
        let mut kept = self.kept();
        for change in news {
            let heard = Heard { change: Arc::new(change), rows: rows.clone() };
            kept.tell(&heard);
            kept.newest.push_back(heard.change);
        }
        let surplus = kept.newest.len().saturating_sub(KEPT);
        let dropped = kept.newest.drain(..surplus).next_back();
        if let Some(last) = dropped {
            kept.floor = last.cursor;
        }
        kept.reach(head);
    }

    /// Goes on from a place before which changes are missing: all who wait have to look at the table.
    pub(super) fn jump(&self, head: Cursor) {
        let mut kept = self.kept();
        kept.newest.clear();
        kept.floor = head;
        kept.reach(head);
        kept.topics.clear();
    }

    /// How far the log is read.
    pub(super) fn head(&self) -> Cursor {
        self.kept().head
    }

    /// This moment.
    pub(super) fn moment(&self) -> Moment {
        let kept = self.kept();
        Moment { head: kept.head, unread: kept.unread.clone() }
    }

    /// What will be read of the log from now on, and how far it is read.
    pub(super) fn listen(&self, topic: Topic) -> (broadcast::Receiver<Heard>, Cursor) {
        let mut kept = self.kept();
        if !kept.topics.contains_key(&topic) {
            // Nobody takes leave, so those who are gone are forgotten when somebody comes.
            kept.topics.retain(|_, listeners| listeners.receiver_count() > 0);
        }
        let listeners = kept.topics.entry(topic).or_insert_with(|| broadcast::Sender::new(WAITING));
        (listeners.subscribe(), kept.head)
    }

    /// Those of the changes after one place and up to another that somebody wants, and how far that reaches;
    /// none when memory does not go back so far.
    pub(super) fn between(
        &self,
        from: Cursor,
        to: Cursor,
        most: usize,
        wanted: impl Fn(&Change) -> bool,
    ) -> Option<(Vec<Arc<Change>>, Cursor)> {
        let kept = self.kept();
        if from < kept.floor {
            return None;
        }
        let begin = kept.newest.partition_point(|change| change.cursor <= from);
        let end = kept.newest.partition_point(|change| change.cursor <= to);
        let found = kept.newest.range(begin..end.max(begin)).filter(|change| wanted(change));
        let found: Vec<_> = found.take(most).cloned().collect();
        let reached = found.last().filter(|_| found.len() == most).map_or(to, |last| last.cursor);
        Some((found, reached))
    }
}

impl Kept {
    fn reach(&mut self, head: Cursor) {
        self.head = head;
        if !self.unread.is_empty() {
            Arc::make_mut(&mut self.unread).retain(|cursor| *cursor > head);
        }
    }

    /// Hands a change to those whom it may concern.
    fn tell(&self, heard: &Heard) {
        // Whether anybody still listens is no matter.
        let tell = |listeners: &broadcast::Sender<Heard>| drop(listeners.send(heard.clone()));
        if heard.is_for_all() {
            self.topics.values().for_each(tell);
            return;
        }
        self.topics.get(&None).into_iter().for_each(tell);
        for tenant in [heard.tenant, heard.former_tenant].into_iter().flatten() {
            self.topics.get(&Some(tenant)).into_iter().for_each(tell);
        }
    }
}
