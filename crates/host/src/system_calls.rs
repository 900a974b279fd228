//! seccomp: the system calls that a scan makes, and those that Python makes for it.
//!
//! All others fail with EPERM rather than kill: what nobody thought of costs one layer, not the
//! process. That is no weaker, for the call is not made either way. What goes by another
//! architecture's entry is killed.

use std::collections::BTreeMap;

use seccompiler::BpfProgram;

use crate::program::{Answer, Test, assemble};

/// `AUDIT_ARCH_*` of linux/audit.h.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: Option<u32> = Some(0xC000_003E);
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: Option<u32> = Some(0xC000_00B7);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const ARCHITECTURE: Option<u32> = None;

/// Allowed with any arguments. None of these reaches a file, a process or a peer that the process
/// has not got already.
const ANY: &[i64] = &[
    // what is open
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_close,
    libc::SYS_dup,
    // memory
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_memfd_create,
    // messages over sockets that are open
    libc::SYS_recvmsg,
    libc::SYS_sendmsg,
    libc::SYS_recvfrom,
    libc::SYS_shutdown,
    libc::SYS_getsockopt,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    // time, locks, chance
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_restart_syscall,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_getrandom,
    // itself
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getppid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrusage,
    libc::SYS_sched_getaffinity,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// The older forms of some, which newer architectures do not have.
#[cfg(target_arch = "x86_64")]
const OLD: &[i64] = &[libc::SYS_poll, libc::SYS_select, libc::SYS_epoll_wait, libc::SYS_time];
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[i64] = &[];

/// Making directories, where files with names are allowed; Landlock says where that is.
#[cfg(target_arch = "x86_64")]
const MAKE_DIRECTORY: &[i64] = &[libc::SYS_mkdirat, libc::SYS_mkdir];
#[cfg(not(target_arch = "x86_64"))]
const MAKE_DIRECTORY: &[i64] = &[libc::SYS_mkdirat];

/// No locks, owners of signals, leases or notices of directories.
const FCNTL: &[i32] = &[
    libc::F_DUPFD,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_DUPFD_CLOEXEC,
    libc::F_ADD_SEALS,
    libc::F_GET_SEALS,
];

const IOCTL: &[u64] = &[libc::FIONBIO, libc::FIOCLEX, libc::FIONCLEX];

const OPEN_FLAGS: i32 = libc::O_TMPFILE | libc::O_CREAT | libc::O_PATH;
const NEW_FLAGS: i32 = libc::O_CREAT | libc::O_EXCL | libc::O_PATH;

/// The program for this architecture; None where there is none.
pub fn filter(named: bool) -> Option<BpfProgram> {
    let answers: Vec<_> = answers(named).into_iter().collect();
    ARCHITECTURE.map(|architecture| assemble(architecture, &answers))
}

fn answers(named: bool) -> BTreeMap<u32, Answer> {
    let made = if named { MAKE_DIRECTORY } else { &[] };
    let any = [ANY, OLD, made].concat();
    let mut answers: BTreeMap<_, _> = any.into_iter().map(|number| (number as u32, Answer::Allow)).collect();
    for (number, conditions) in conditions(named) {
        answers.insert(number as u32, Answer::If(conditions));
    }
    answers
}

/// Calls that are allowed if one list of tests holds.
fn conditions(named: bool) -> Vec<(i64, Vec<Vec<Test>>)> {
    // A new file without a name; where asked for, a new one with a name.
    let mut open = vec![vec![masked(2, OPEN_FLAGS, libc::O_TMPFILE)]];
    if named {
        open.push(vec![masked(2, NEW_FLAGS, libc::O_CREAT | libc::O_EXCL)]);
    }
    let not_executable = vec![vec![masked(2, libc::PROT_EXEC, 0)]];
    // What is open. The path beside it cannot be seen from here; it tells a file's size at most.
    let empty_path = |number| vec![vec![masked(number, libc::AT_EMPTY_PATH, libc::AT_EMPTY_PATH)]];
    vec![
        // No memory that can be run: what is loaded is all the code there will be.
        (libc::SYS_mmap, not_executable.clone()),
        (libc::SYS_mprotect, not_executable),
        (libc::SYS_openat, open),
        (libc::SYS_newfstatat, empty_path(3)),
        (libc::SYS_statx, empty_path(2)),
        // No address: only to the peer that the socket has.
        (libc::SYS_sendto, vec![vec![equal(4, 0), Test::high_is_zero(4)]]),
        (libc::SYS_socketpair, vec![vec![equal(0, libc::AF_UNIX)]]),
        (libc::SYS_fcntl, FCNTL.iter().map(|&command| vec![equal(1, command)]).collect()),
        (libc::SYS_ioctl, IOCTL.iter().map(|&request| vec![equal(1, request as i32)]).collect()),
    ]
}

/// The low half of an argument is `value`.
fn equal(argument: u32, value: i32) -> Test {
    Test::low(argument, u32::MAX, value.cast_unsigned())
}

/// The bits of `mask` in an argument are those of `value`.
fn masked(argument: u32, mask: i32, value: i32) -> Test {
    Test::low(argument, mask.cast_unsigned(), value.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::tests::answer;
    use crate::program::{ALLOW, DENY};

    fn told(named: bool, number: i64, args: [u64; 6]) -> u32 {
        let program = filter(named).expect("an architecture we know");
        answer(&program, ARCHITECTURE.expect("known"), number as u32, args)
    }

    #[test]
    fn what_reaches_beyond_the_process_is_denied() {
        for number in [
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_clone,
            libc::SYS_clone3,
            libc::SYS_ptrace,
            libc::SYS_socket,
            libc::SYS_connect,
            libc::SYS_bind,
            libc::SYS_kill,
            libc::SYS_tgkill,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_bpf,
            libc::SYS_keyctl,
            libc::SYS_mount,
            libc::SYS_io_uring_setup,
            libc::SYS_userfaultfd,
            libc::SYS_perf_event_open,
            libc::SYS_openat2,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_prctl,
            libc::SYS_seccomp,
            libc::SYS_pkey_mprotect,
            libc::SYS_linkat,
            libc::SYS_unlinkat,
            libc::SYS_renameat2,
            libc::SYS_mkdirat,
            libc::SYS_memfd_secret,
            libc::SYS_pidfd_getfd,
            libc::SYS_prlimit64,
        ] {
            assert_eq!(told(false, number, [0; 6]), DENY, "{number}");
        }
    }

    #[test]
    fn arguments_decide() {
        let flag = |flag: i32| u64::from(flag.cast_unsigned());
        let temporary = flag(libc::O_TMPFILE | libc::O_RDWR | libc::O_CLOEXEC);
        let new = flag(libc::O_CREAT | libc::O_EXCL | libc::O_WRONLY);
        let open = |flags| [0, 0, flags, 0, 0, 0];
        assert_eq!(told(false, libc::SYS_openat, open(temporary)), ALLOW);
        assert_eq!(told(false, libc::SYS_openat, open(temporary | flag(libc::O_PATH))), DENY);
        assert_eq!(told(false, libc::SYS_openat, open(flag(libc::O_DIRECTORY))), DENY);
        assert_eq!(told(false, libc::SYS_openat, open(0)), DENY);
        assert_eq!(told(false, libc::SYS_openat, open(new)), DENY);
        assert_eq!(told(true, libc::SYS_openat, open(new)), ALLOW);
        assert_eq!(told(true, libc::SYS_openat, open(flag(libc::O_CREAT))), DENY);
        assert_eq!(told(true, libc::SYS_openat, open(0)), DENY);
        assert_eq!(told(true, libc::SYS_mkdirat, open(0)), ALLOW);
        let protection = |bits: i32| [0, 4096, flag(bits), 0, 0, 0];
        for number in [libc::SYS_mmap, libc::SYS_mprotect] {
            assert_eq!(told(false, number, protection(libc::PROT_WRITE)), ALLOW);
            assert_eq!(told(false, number, protection(libc::PROT_WRITE | libc::PROT_EXEC)), DENY);
        }
        assert_eq!(told(false, libc::SYS_sendto, [1, 1, 1, 0, 0, 0]), ALLOW);
        assert_eq!(told(false, libc::SYS_sendto, [1, 1, 1, 0, 1 << 32, 16]), DENY);
        assert_eq!(told(false, libc::SYS_fcntl, [1, flag(libc::F_SETOWN), 1, 0, 0, 0]), DENY);
        assert_eq!(told(false, libc::SYS_ioctl, [1, 0x5412, 1, 0, 0, 0]), DENY); // TIOCSTI
    }
}
