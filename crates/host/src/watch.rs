//! Being asked before files are opened (fanotify(7)), and answering in time whatever happens.
//!
//! A thread of its own reads the questions. Those of this process's own session it lets through at
//! once, so that nobody here ever waits for itself, even with every other thread asleep; all others
//! it keeps, rings a bell for the owner, and answers by policy when their time is up. A question is
//! answered once; the kernel forgets it when whoever asked is gone.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::fanotify::{
    EventFFlags, Fanotify, FanotifyEvent, FanotifyResponse, InitFlags, MarkFlags, MaskFlags, Response,
};
use nix::sys::inotify::{AddWatchFlags, InitFlags as NamesFlags, Inotify, WatchDescriptor};
use nix::unistd::{Pid, getsid};

use crate::moves::{Come, Moves, files_below, open_at};

/// Questions handed out at once.
const BATCH: usize = 256;
/// Notices kept for the owner. Each holds a descriptor, and nobody waits for it: what does not fit
/// is lost, and counted as what the kernel's own queue loses.
const BACKLOG: usize = 512;
/// Threads that walk over folders.
const WALKERS: usize = 2;
/// How often time is looked at while a question waits.
const TICK: Duration = Duration::from_millis(20);

/// What a watch is there for.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether openers wait for an answer; otherwise the owner is only told.
    pub prevention: bool,
    /// How long they wait at most.
    pub patience: Duration,
    /// What they get after that, and when the watch ends with questions open.
    pub deny: bool,
    /// Whether, without prevention, the owner is told only of what was written.
    pub written: bool,
    /// Whether the owner is told, too, of what is moved to where it may ask for that
    /// (`Watch::mark_moves`), and of further names that files get.
    pub moved: bool,
}

/// On what a mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Everything on the file system.
    Filesystem,
    /// Everything that is reached through the mount.
    Mount,
    /// What is directly in the directory.
    Directory,
}

/// One question, or one thing to know.
#[derive(Debug)]
pub struct Question {
    pub id: u64,
    /// The file, open for reading without causing questions itself.
    pub file: OwnedFd,
    /// Who opens it.
    pub pid: i32,
    /// Whether it is to be run.
    pub executing: bool,
    /// Whether it was just written.
    pub written: bool,
    /// Whether somebody waits for the answer.
    pub waiting: bool,
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    /// Questions of others.
    pub asked: u64,
    /// Questions of this session.
    pub own: u64,
    /// Answered by policy, because the owner did not.
    pub overdue: u64,
    /// Times that a queue was full, and something was lost.
    pub overflows: u64,
}

struct Pending {
    event: FanotifyEvent,
    due: Instant,
}

#[derive(Default)]
struct State {
    /// Questions that the owner did not take yet, some of them answered by now.
    fresh: VecDeque<u64>,
    pending: HashMap<u64, Pending>,
    notices: VecDeque<Question>,
    last: u64,
    counters: Counters,
}

struct Shared {
    group: Fanotify,
    bell: EventFd,
    ending: EventFd,
    rules: Rules,
    session: Pid,
    state: Mutex<State>,
    /// Told when notices were taken.
    room: Condvar,
    /// None where it is not wanted, or the kernel has none.
    moves: Option<Moves>,
    /// Tells of new folders, where folders are marked one by one.
    names: Inotify,
    folders: Mutex<HashMap<WatchDescriptor, PathBuf>>,
}

/// A running watch; ends when dropped.
pub struct Watch {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Watch {
    /// Begins to listen; nothing is marked yet.
    pub fn new(rules: Rules) -> io::Result<Self> {
        let class = if rules.prevention { InitFlags::FAN_CLASS_CONTENT } else { InitFlags::FAN_CLASS_NOTIF };
        let mut flags =
            class | InitFlags::FAN_CLOEXEC | InitFlags::FAN_NONBLOCK | InitFlags::FAN_UNLIMITED_MARKS;
        if rules.prevention {
            // Whoever asks waits, so there are never more questions than processes.
            flags |= InitFlags::FAN_UNLIMITED_QUEUE;
        }
        // Not to wait for the other end of a pipe, and not to leave traces of access.
        let opened = EventFFlags::O_RDONLY
            | EventFFlags::O_LARGEFILE
            | EventFFlags::O_CLOEXEC
            | EventFFlags::O_NONBLOCK
            | EventFFlags::O_NOATIME;
        let bell = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        let ending = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        let shared = Arc::new(Shared {
            group: Fanotify::init(flags, opened)?,
            bell,
            ending,
            rules,
            session: getsid(None)?,
            state: Mutex::default(),
            room: Condvar::new(),
            moves: rules.moved.then(Moves::new).and_then(Result::ok),
            names: Inotify::init(NamesFlags::IN_CLOEXEC | NamesFlags::IN_NONBLOCK)?,
            folders: Mutex::default(),
        });
        let mut made = Self { shared, threads: Vec::new() };
        made.spawn("watch", Shared::run)?;
        // Folders may be many, or on a server that is gone: not in the thread that answers.
        made.spawn("folders", Shared::follow_all)?;
        if made.shared.moves.is_some() {
            made.spawn("moves", Shared::follow_moves)?;
        }
        Ok(made)
    }

    fn spawn(&mut self, name: &str, work: fn(&Shared)) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        self.threads.push(std::thread::Builder::new().name(name.into()).spawn(move || work(&shared))?);
        Ok(())
    }

    /// The number of the descriptor that can be read when there are questions.
    pub fn bell(&self) -> RawFd {
        self.shared.bell.as_fd().as_raw_fd()
    }

    /// Has what is opened at `path` asked for.
    pub fn mark(&self, path: &Path, place: Place) -> io::Result<()> {
        self.shared.mark(path, place)
    }

    /// Is told of what is moved to anywhere on the file system of `path`.
    pub fn mark_moves(&self, path: &Path) -> io::Result<()> {
        let moves = self.shared.moves.as_ref().ok_or(Errno::ENOSYS)?;
        moves.mark(path)
    }

    /// Marks `root` and all folders below it on the same file system, by several threads; how many.
    ///
    /// For where a whole file system cannot be marked. New folders are followed: what is opened in one
    /// before its mark is there is missed. The first refusal ends it; folders that go away meanwhile do
    /// not count.
    pub fn mark_tree(&self, root: &Path) -> io::Result<u64> {
        Tree::new(&self.shared, root)?.mark(WALKERS)
    }

    /// Does not ask for this file any more until it changes; running it is asked for in any case.
    ///
    /// `file` is the number of a descriptor of this process. The kernel may forget this when it needs
    /// memory.
    pub fn settle(&self, file: RawFd) -> io::Result<()> {
        self.ignore(MarkFlags::FAN_MARK_ADD | MarkFlags::FAN_MARK_EVICTABLE, file)
    }

    /// Asks for this file again.
    pub fn unsettle(&self, file: RawFd) -> io::Result<()> {
        self.ignore(MarkFlags::FAN_MARK_REMOVE, file)
    }

    /// Asks for every file again that was settled. Marks of directories go as well.
    pub fn forget(&self) -> io::Result<()> {
        let all = MarkFlags::FAN_MARK_FLUSH;
        Ok(self.shared.group.mark(all, MaskFlags::empty(), nix::fcntl::AT_FDCWD, None::<&Path>)?)
    }

    fn ignore(&self, flags: MarkFlags, file: RawFd) -> io::Result<()> {
        let mask = if self.shared.rules.prevention { MaskFlags::FAN_OPEN_PERM } else { MaskFlags::FAN_OPEN };
        let path = format!("/proc/self/fd/{file}");
        let flags = flags | MarkFlags::FAN_MARK_IGNORED_MASK;
        Ok(self.shared.group.mark(flags, mask, nix::fcntl::AT_FDCWD, Some(path.as_str()))?)
    }

    /// The questions that came since the last call, some at a time, and up to `room` notices; rings
    /// again if there are more.
    pub fn take(&self, room: usize) -> Vec<Question> {
        let mut state = self.shared.lock();
        let _ = self.shared.bell.read();
        let mut taken = Vec::new();
        while taken.len() < BATCH
            && let Some(id) = state.fresh.pop_front()
        {
            taken.extend(state.pending.get(&id).and_then(|pending| question(id, &pending.event)));
        }
        let mut notices = 0;
        while notices < room
            && taken.len() < BATCH
            && let Some(notice) = state.notices.pop_front()
        {
            notices += 1;
            taken.push(notice);
        }
        if notices > 0 {
            self.shared.room.notify_all();
        }
        if !state.fresh.is_empty() || (notices < room && !state.notices.is_empty()) {
            let _ = self.shared.bell.write(1);
        }
        taken
    }

    /// Answers; false when that was done already.
    pub fn answer(&self, id: u64, allow: bool) -> bool {
        // The lock is held until the kernel has it, so that nobody else answers meanwhile.
        let mut state = self.shared.lock();
        let Some(pending) = state.pending.remove(&id) else { return false };
        self.shared.respond(&pending.event, allow);
        true
    }

    /// What happened so far, and how many wait now.
    pub fn counters(&self) -> (Counters, usize) {
        let state = self.shared.lock();
        (state.counters, state.pending.len())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.shared.ending.write(1);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// A walk over folders: those still to be read, and how many threads read one.
struct Tree<'a> {
    shared: &'a Shared,
    device: u64,
    waiting: Mutex<(Vec<PathBuf>, usize)>,
    more: Condvar,
    marked: AtomicU64,
}

impl<'a> Tree<'a> {
    fn new(shared: &'a Shared, root: &Path) -> io::Result<Self> {
        let device = std::fs::symlink_metadata(root)?.dev();
        shared.follow(root)?;
        Ok(Self {
            shared,
            device,
            waiting: Mutex::new((vec![root.to_path_buf()], 0)),
            more: Condvar::new(),
            marked: AtomicU64::new(1),
        })
    }

    fn mark(&self, threads: usize) -> io::Result<u64> {
        let failed = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(|| self.walk())).collect();
            threads.into_iter().find_map(|thread| thread.join().ok()?.err())
        });
        failed.map_or_else(|| Ok(self.marked.load(Ordering::Relaxed)), Err)
    }

    fn walk(&self) -> io::Result<()> {
        while let Some(folder) = self.next() {
            let read = self.read(&folder);
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.1 -= 1;
            match read {
                Ok(found) => waiting.0.extend(found),
                Err(error) => {
                    waiting.0.clear();
                    self.more.notify_all();
                    return Err(error);
                }
            }
            self.more.notify_all();
        }
        Ok(())
    }

    /// The next folder to read; None when nobody can find another one.
    fn next(&self) -> Option<PathBuf> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(folder) = waiting.0.pop() {
                waiting.1 += 1;
                return Some(folder);
            }
            if waiting.1 == 0 {
                return None;
            }
            waiting = self.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Marks the folders directly in `folder`; those that have folders of their own.
    fn read(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let Ok(entries) = std::fs::read_dir(folder) else { return Ok(found) };
        for entry in entries.flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let path = entry.path();
            match std::fs::symlink_metadata(&path) {
                Ok(status) if status.dev() == self.device => {}
                _ => continue,
            }
            match self.shared.follow(&path) {
                Ok(()) => {
                    self.marked.fetch_add(1, Ordering::Relaxed);
                    found.push(path);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

impl Shared {
    fn mark(&self, path: &Path, place: Place) -> io::Result<()> {
        let (on, mut mask) = match place {
            Place::Filesystem => (MarkFlags::FAN_MARK_FILESYSTEM, MaskFlags::empty()),
            Place::Mount => (MarkFlags::FAN_MARK_MOUNT, MaskFlags::empty()),
            Place::Directory => (MarkFlags::FAN_MARK_ONLYDIR, MaskFlags::FAN_EVENT_ON_CHILD),
        };
        mask |= self.mask();
        Ok(self.group.mark(MarkFlags::FAN_MARK_ADD | on, mask, nix::fcntl::AT_FDCWD, Some(path))?)
    }

    /// Marks a folder, and asks to be told of folders that come into it.
    fn follow(&self, path: &Path) -> io::Result<()> {
        let news = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_ONLYDIR;
        let number = self.names.add_watch(path, news)?;
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).insert(number, path.to_path_buf());
        self.mark(path, Place::Directory)
    }

    /// Marks new folders until the watch ends.
    fn follow_all(&self) {
        while self.rings(self.names.as_fd()) {
            self.follow_new();
        }
    }

    /// Marks folders that are new, with all that is in them by now.
    fn follow_new(&self) {
        let Ok(events) = self.names.read_events() else { return };
        for event in events {
            if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                self.lock().counters.overflows += 1;
                let _ = self.bell.write(1);
            }
            let folder = {
                let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
                if event.mask.contains(AddWatchFlags::IN_IGNORED) {
                    folders.remove(&event.wd);
                    continue;
                }
                folders.get(&event.wd).cloned()
            };
            let (Some(folder), Some(name)) = (folder, event.name) else { continue };
            let folders = event.mask.contains(AddWatchFlags::IN_ISDIR);
            if folders
                && let Ok(tree) = Tree::new(self, &folder.join(&name))
                && tree.mark(1).is_err()
            {
                self.lock().counters.overflows += 1; // told, and looked for
            }
            let moved = event.mask.contains(AddWatchFlags::IN_MOVED_TO);
            if self.rules.moved {
                // A new folder may have something in it by now.
                self.tell_all(open_at(rustix::fs::CWD, folder.join(&name), moved || folders), 0);
            }
        }
    }

    /// Tells of what is moved, until the watch ends.
    fn follow_moves(&self) {
        let Some(moves) = &self.moves else { return };
        while self.rings(moves.as_fd()) {
            let (arrivals, lost) = moves.read();
            if lost {
                self.lock().counters.overflows += 1;
                let _ = self.bell.write(1);
            }
            for arrival in &arrivals {
                if !self.own(arrival.pid) {
                    self.tell_all(moves.open(arrival), arrival.pid);
                }
            }
        }
    }

    /// Tells of files, and of those in folders and below.
    fn tell_all(&self, come: impl IntoIterator<Item = Come>, pid: i32) {
        for one in come {
            let going_on = match one {
                Come::File(file) => self.tell(file, pid),
                Come::Folder(folder) => files_below(&folder).all(|file| self.tell(file, pid)),
            };
            if !going_on {
                return;
            }
        }
    }

    /// Tells of one, as soon as there is room; false when the watch ended before.
    fn tell(&self, file: OwnedFd, pid: i32) -> bool {
        let mut state = self.lock();
        while state.notices.len() >= BACKLOG {
            if self.ended() {
                return false;
            }
            state = self.room.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.counters.asked += 1;
        let told = Question { id: 0, file, pid, executing: false, written: true, waiting: false };
        state.notices.push_back(told);
        let _ = self.bell.write(1);
        true
    }

    fn ended(&self) -> bool {
        let mut watched = [PollFd::new(self.ending.as_fd(), PollFlags::POLLIN)];
        !matches!(poll(&mut watched, PollTimeout::ZERO), Ok(0))
    }

    /// Waits until the descriptor can be read; false when the watch ends.
    fn rings(&self, descriptor: BorrowedFd<'_>) -> bool {
        let mut watched =
            [PollFd::new(descriptor, PollFlags::POLLIN), PollFd::new(self.ending.as_fd(), PollFlags::POLLIN)];
        matches!(poll(&mut watched, PollTimeout::NONE), Ok(_) | Err(Errno::EINTR))
            && !watched[1].any().unwrap_or(true)
    }

    fn mask(&self) -> MaskFlags {
        if self.rules.prevention {
            MaskFlags::FAN_OPEN_PERM | MaskFlags::FAN_OPEN_EXEC_PERM
        } else if self.rules.written {
            MaskFlags::FAN_CLOSE_WRITE
        } else {
            MaskFlags::FAN_OPEN | MaskFlags::FAN_OPEN_EXEC | MaskFlags::FAN_CLOSE_WRITE
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        loop {
            let waiting = !self.lock().pending.is_empty();
            let timeout = if waiting {
                PollTimeout::try_from(TICK).unwrap_or(PollTimeout::MAX)
            } else {
                PollTimeout::NONE
            };
            let mut watched = [
                PollFd::new(self.group.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.ending.as_fd(), PollFlags::POLLIN),
            ];
            if !matches!(poll(&mut watched, timeout), Ok(_) | Err(Errno::EINTR)) {
                break;
            }
            let rang = |fd: &PollFd<'_>| fd.revents().is_some_and(|events| !events.is_empty());
            if rang(&watched[1]) {
                break;
            }
            if rang(&watched[0]) {
                self.read();
            }
            self.expire();
        }
        let mut state = self.lock();
        for (_, pending) in std::mem::take(&mut state.pending) {
            self.respond(&pending.event, !self.rules.deny);
        }
    }

    fn read(&self) {
        let Ok(events) = self.group.read_events() else { return };
        let due = Instant::now() + self.rules.patience;
        let mut state = self.lock();
        let mut lost = false;
        for event in events {
            if event.mask().contains(MaskFlags::FAN_Q_OVERFLOW) {
                lost = true;
            } else if self.own(event.pid()) {
                state.counters.own += 1;
                self.respond(&event, true);
            } else if event.fd().is_some() {
                state.counters.asked += 1;
                lost |= !state.keep(event, due);
            }
        }
        state.counters.overflows += u64::from(lost);
        if !state.fresh.is_empty() || !state.notices.is_empty() {
            let _ = self.bell.write(1);
        }
    }

    /// Whether the process is of this one's session. The number of one that cannot be seen from here,
    /// in another PID namespace, is 0, by which getsid(2) would mean the caller.
    fn own(&self, pid: i32) -> bool {
        pid > 0 && getsid(Some(Pid::from_raw(pid))) == Ok(self.session)
    }

    /// Answers what has waited for too long.
    fn expire(&self) {
        let now = Instant::now();
        let mut state = self.lock();
        let overdue: Vec<u64> =
            state.pending.iter().filter(|(_, pending)| pending.due <= now).map(|(id, _)| *id).collect();
        for id in overdue {
            if let Some(pending) = state.pending.remove(&id) {
                state.counters.overdue += 1;
                self.respond(&pending.event, !self.rules.deny);
            }
        }
    }

    fn respond(&self, event: &FanotifyEvent, allow: bool) {
        let (true, Some(file)) = (asks(event), event.fd()) else { return };
        let answer = if allow { Response::FAN_ALLOW } else { Response::FAN_DENY };
        // It fails when whoever asked is gone, or has been answered.
        let _ = self.group.write_response(FanotifyResponse::new(file, answer));
    }
}

impl State {
    /// False when there is no room for a notice; there always is for a question.
    fn keep(&mut self, event: FanotifyEvent, due: Instant) -> bool {
        if asks(&event) {
            self.last += 1;
            self.fresh.push_back(self.last);
            self.pending.insert(self.last, Pending { event, due });
        } else if self.notices.len() < BACKLOG {
            self.notices.extend(question(0, &event));
        } else {
            return false;
        }
        true
    }
}

fn asks(event: &FanotifyEvent) -> bool {
    event
        .mask()
        .intersects(MaskFlags::FAN_OPEN_PERM | MaskFlags::FAN_OPEN_EXEC_PERM | MaskFlags::FAN_ACCESS_PERM)
}

fn question(id: u64, event: &FanotifyEvent) -> Option<Question> {
    let mask = event.mask();
    Some(Question {
        id,
        file: event.fd()?.try_clone_to_owned().ok()?,
        pid: event.pid(),
        executing: mask.intersects(MaskFlags::FAN_OPEN_EXEC_PERM | MaskFlags::FAN_OPEN_EXEC),
        written: mask.contains(MaskFlags::FAN_CLOSE_WRITE),
        waiting: asks(event),
    })
}
