//! Names that come into folders: what is moved there, and further names of a file (fanotify(7) with
//! `FAN_REPORT_DFID_NAME`).
//!
//! The kernel tells these events with a handle of the folder and a name, not with a descriptor: a
//! group of its own, and folders are opened by handle (`open_by_handle_at(2)`), through a path that
//! was marked. Nothing is kept open: an open folder would hold the file system when it is unmounted.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::fs::{File, ReadDir};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nix::sys::fanotify::{EventFFlags, Fanotify, InitFlags, MarkFlags, MaskFlags};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, StatxFlags};

/// Bytes of a `struct fanotify_event_metadata`, and of what is before the handle in a
/// `struct fanotify_event_info_fid`: type, length and file system, size and type of the handle.
const EVENT: usize = 24;
const INFO: usize = 20;
/// `FAN_EVENT_INFO_TYPE_DFID_NAME`.
const FOLDER_AND_NAME: u8 = 2;
/// Bytes of a handle that the kernel makes at most (`MAX_HANDLE_SZ`).
const HANDLE: usize = 128;
/// Bytes that are read at once.
const BUFFER: usize = 64 << 10;

/// As statvfs(3) has it.
type FileSystem = u64;

/// A name that is new in a folder.
#[derive(Debug, PartialEq, Eq)]
pub struct Arrival {
    system: FileSystem,
    handle: (i32, Vec<u8>),
    name: CString,
    /// Whose doing it is.
    pub pid: i32,
    /// Whether it was moved there; otherwise it is new.
    moved: bool,
}

/// What is told of.
pub struct Moves {
    group: Fanotify,
    /// By file system: a path to each mount of it that was marked.
    roots: Mutex<HashMap<FileSystem, HashMap<u64, PathBuf>>>,
}

impl Moves {
    /// Nothing is marked yet.
    pub fn new() -> io::Result<Self> {
        let flags = InitFlags::FAN_CLASS_NOTIF
            | InitFlags::FAN_CLOEXEC
            | InitFlags::FAN_NONBLOCK
            | InitFlags::from_bits_retain(libc::FAN_REPORT_DFID_NAME);
        Ok(Self { group: Fanotify::init(flags, EventFFlags::empty())?, roots: Mutex::default() })
    }

    /// Is told of new names on the whole file system that `path` is on.
    pub fn mark(&self, path: &Path) -> io::Result<()> {
        let news = MaskFlags::FAN_MOVED_TO | MaskFlags::FAN_CREATE | MaskFlags::FAN_ONDIR;
        let add = MarkFlags::FAN_MARK_ADD | MarkFlags::FAN_MARK_FILESYSTEM;
        self.group.mark(add, news, nix::fcntl::AT_FDCWD, Some(path))?;
        let system = rustix::fs::statvfs(path)?.f_fsid;
        let mount =
            rustix::fs::statx(rustix::fs::CWD, path, AtFlags::empty(), StatxFlags::MNT_ID)?.stx_mnt_id;
        let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        roots.entry(system).or_default().insert(mount, path.to_path_buf());
        Ok(())
    }

    /// Some of what came, and whether something was lost.
    pub fn read(&self) -> (Vec<Arrival>, bool) {
        let mut buffer = vec![0; BUFFER];
        let read = rustix::io::read(&self.group, &mut buffer).unwrap_or(0);
        arrivals(buffer.get(..read).unwrap_or_default())
    }

    /// Opens what came, through each mount that was marked; nothing of what is gone by now.
    ///
    /// A file that is new and has no other name is left out: whoever made it will close it.
    pub fn open(&self, arrival: &Arrival) -> Vec<Come> {
        let roots = {
            let roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
            roots.get(&arrival.system).map(|mounts| mounts.values().cloned().collect::<Vec<_>>())
        };
        let roots = roots.unwrap_or_default();
        roots
            .iter()
            .filter_map(|root| open_at(arrival.folder(root).ok()?, &arrival.name, arrival.moved))
            .collect()
    }
}

impl AsFd for Moves {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.group.as_fd()
    }
}

/// What came.
#[derive(Debug)]
pub enum Come {
    File(OwnedFd),
    /// With all that is in it.
    Folder(OwnedFd),
}

/// Opens `name` of a folder if it is a file or a folder; a file with one name only if it was `moved`.
/// Pipes and devices are not touched.
pub fn open_at(folder: impl AsFd, name: impl rustix::path::Arg, moved: bool) -> Option<Come> {
    let found =
        rustix::fs::openat(folder, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
            .ok()?;
    let status = rustix::fs::fstat(&found).ok()?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOATIME | OFlags::CLOEXEC;
    let open = || rustix::fs::open(format!("/proc/self/fd/{}", found.as_raw_fd()), flags, Mode::empty()).ok();
    match FileType::from_raw_mode(status.st_mode) {
        FileType::RegularFile if moved || status.st_nlink > 1 => open().map(Come::File),
        FileType::Directory if moved => open().map(Come::Folder),
        _ => None,
    }
}

/// The files in a folder and below, on its file system, each open. Folders that others change
/// meanwhile may come twice or not at all.
pub fn files_below(folder: &OwnedFd) -> impl Iterator<Item = OwnedFd> {
    let top = PathBuf::from(format!("/proc/self/fd/{}/", folder.as_raw_fd()));
    let device = std::fs::metadata(&top).map(|status| status.dev()).ok();
    let mut waiting = vec![top];
    let mut entries: Option<ReadDir> = None;
    std::iter::from_fn(move || {
        loop {
            let Some(entry) = entries.as_mut().and_then(|entries| entries.find_map(Result::ok)) else {
                entries = std::fs::read_dir(waiting.pop()?).ok();
                continue;
            };
            let Ok(status) = entry.metadata() else { continue };
            if status.is_dir() && Some(status.dev()) == device {
                waiting.push(entry.path());
            } else if status.is_file()
                && let Some(Come::File(file)) = open_at(rustix::fs::CWD, entry.path(), true)
            {
                return Some(file);
            }
        }
    })
}

impl Arrival {
    fn folder(&self, root: &Path) -> io::Result<OwnedFd> {
        open_handle(&File::open(root)?, self.handle.0, &self.handle.1)
    }
}

/// As `struct file_handle`, whose length is not known to the compiler.
#[repr(C)]
struct Handle {
    bytes: u32,
    kind: i32,
    content: [u8; HANDLE],
}

#[allow(unsafe_code)]
fn open_handle(mount: &File, kind: i32, content: &[u8]) -> io::Result<OwnedFd> {
    let mut handle = Handle { bytes: 0, kind, content: [0; HANDLE] };
    let room = handle.content.get_mut(..content.len()).ok_or(io::ErrorKind::InvalidData)?;
    room.copy_from_slice(content);
    handle.bytes = u32::try_from(content.len()).unwrap_or(0);
    let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: the kernel reads `bytes` bytes behind the two numbers, all of them ours and initialized;
    // nothing is written, and a descriptor that is returned is nobody else's.
    unsafe {
        let opened = libc::syscall(libc::SYS_open_by_handle_at, mount.as_raw_fd(), &raw const handle, flags);
        let opened = i32::try_from(opened).unwrap_or(-1);
        if opened < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(opened)) }
    }
}

/// The arrivals among events as the kernel writes them, and whether it had to leave some out.
fn arrivals(mut events: &[u8]) -> (Vec<Arrival>, bool) {
    let (mut found, mut lost) = (Vec::new(), false);
    while let Some(length) = number(events, 0).and_then(|length| usize::try_from(length).ok()) {
        let Some((event, rest)) = events.split_at_checked(length.max(EVENT)) else { break };
        events = rest;
        let mask = MaskFlags::from_bits_retain(u64::from(number(event, 8).unwrap_or(0)));
        lost |= mask.contains(MaskFlags::FAN_Q_OVERFLOW);
        let pid = number(event, 20).map_or(0, u32::cast_signed);
        let moved = mask.contains(MaskFlags::FAN_MOVED_TO);
        found.extend(event.get(EVENT..).and_then(|info| arrival(info, pid, moved)));
    }
    (found, lost)
}

fn arrival(info: &[u8], pid: i32, moved: bool) -> Option<Arrival> {
    if *info.first()? != FOLDER_AND_NAME {
        return None;
    }
    let system = u64::from(number(info, 4)?) | u64::from(number(info, 8)?) << 32;
    let size = usize::try_from(number(info, 12)?).ok()?;
    let kind = number(info, 16)?.cast_signed();
    let (handle, name) = info.get(INFO..)?.split_at_checked(size)?;
    let name = CStr::from_bytes_until_nul(name).ok()?.to_owned();
    Some(Arrival { system, handle: (kind, handle.to_vec()), name, pid, moved })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn event(mask: u32, info: &[u8]) -> Vec<u8> {
        let length = u32::try_from(EVENT + info.len()).unwrap();
        let mut event = length.to_ne_bytes().to_vec();
        event.extend([3, 0, 24, 0]);
        event.extend(u64::from(mask).to_ne_bytes());
        event.extend((-1i32).to_ne_bytes());
        event.extend(77i32.to_ne_bytes());
        event.extend(info);
        event
    }

    fn info(name: &[u8]) -> Vec<u8> {
        let mut info = vec![FOLDER_AND_NAME, 0, 0, 0];
        info.extend([1, 2, 3, 4, 5, 6, 7, 8]);
        info.extend(2u32.to_ne_bytes());
        info.extend(1i32.to_ne_bytes());
        info.extend([9, 9]);
        info.extend(name);
        info
    }

    #[test]
    fn events_are_read() {
        let mut events = event(0x80, &info(b"one\0\0\0"));
        events.extend(event(0x100, &info(b"two\0")));
        events.extend(event(0x4000, &[]));
        let (found, lost) = arrivals(&events);
        assert!(lost);
        let names: Vec<_> = found.iter().map(|one| (one.name.as_bytes(), one.moved, one.pid)).collect();
        assert_eq!(names, [(&b"one"[..], true, 77), (b"two", false, 77)]);
        assert_eq!(found[0].handle, (1, vec![9, 9]));
    }

    #[test]
    fn damaged_events_end_it() {
        let whole = event(0x80, &info(b"one\0"));
        for length in 0..whole.len() {
            assert_eq!(arrivals(&whole[..length]), (vec![], false));
            let mut lying = whole.clone();
            lying[..4].copy_from_slice(&u32::try_from(length).unwrap().to_ne_bytes());
            let _ = arrivals(&lying);
        }
        assert_eq!(arrivals(&event(0x80, &info(b"no end"))).0, []);
    }
}
