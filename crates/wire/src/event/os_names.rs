//! Names of error numbers, signals and Mach exceptions, which differ by system.

use model::event::Event;

/// A family of systems that number alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Linux,
    Darwin,
    Windows,
}

impl System {
    /// The system an event happened on, from its debug information or its `os` context.
    pub(super) fn of(event: &Event<'_>) -> Option<Self> {
        let name = event
            .str_at(&["debug_meta", "sdk_info", "sdk_name"])
            .or_else(|| event.str_at(&["contexts", "os", "name"]))?;
        let is = |known: &[&str]| known.iter().any(|known| name.eq_ignore_ascii_case(known));
        if is(&["ios", "watchos", "tvos", "macos"]) {
            Some(Self::Darwin)
        } else if is(&["linux", "android"]) {
            Some(Self::Linux)
        } else if is(&["windows"]) {
            Some(Self::Windows)
        } else {
            None
        }
    }
}

/// The name of an error number, such as `ENOENT`.
pub(super) fn errno(system: System, number: i64) -> Option<&'static str> {
    match system {
        System::Linux => nth(LINUX_ERRORS, number),
        System::Darwin => nth(DARWIN_ERRORS, number),
        System::Windows => nth(WINDOWS_ERRORS, number),
    }
}

/// The name of a signal, such as `SIGSEGV`.
pub(super) fn signal(system: System, number: i64) -> Option<&'static str> {
    match system {
        System::Linux => nth(LINUX_SIGNALS, number),
        System::Darwin => nth(DARWIN_SIGNALS, number),
        System::Windows => None,
    }
}

/// The name of the code that says why a signal was sent, such as `SEGV_MAPERR`.
pub(super) fn signal_code(system: System, signal: i64, code: i64) -> Option<&'static str> {
    let names = match (system, signal) {
        (System::Darwin, 4) => {
            "ILL_NOOP ILL_ILLOPC ILL_ILLTRP ILL_PRVOPC ILL_ILLOPN ILL_ILLADR ILL_PRVREG ILL_COPROC \
             ILL_BADSTK"
        }
        (System::Darwin, 5) => "- TRAP_BRKPT TRAP_TRACE",
        (System::Darwin, 7) => "- POLL_IN POLL_OUT POLL_MSG POLL_ERR POLL_PRI POLL_HUP",
        (System::Darwin, 8) => {
            "FPE_NOOP FPE_FLTDIV FPE_FLTOVF FPE_FLTUND FPE_FLTRES FPE_FLTINV FPE_FLTSUB FPE_INTDIV \
             FPE_INTOVF"
        }
        (System::Darwin, 10) => "BUS_NOOP BUS_ADRALN BUS_ADRERR BUS_OBJERR",
        (System::Darwin, 11) => "SEGV_NOOP SEGV_MAPERR SEGV_ACCERR",
        (System::Darwin, 20) => {
            "CLD_NOOP CLD_EXITED CLD_KILLED CLD_DUMPED CLD_TRAPPED CLD_STOPPED CLD_CONTINUED"
        }
        _ => return None,
    };
    nth(names, code)
}

/// The name of a Mach exception, such as `EXC_BAD_ACCESS`.
pub(super) fn mach_exception(number: i64) -> Option<&'static str> {
    nth(MACH_EXCEPTIONS, number)
}

/// The name at that place of a list in which `-` means that there is none.
fn nth(names: &'static str, number: i64) -> Option<&'static str> {
    let name = names.split_whitespace().nth(usize::try_from(number).ok()?)?;
    (name != "-").then_some(name)
}

/// From zero. Source: `asm-generic/errno.h`.
const LINUX_ERRORS: &str = "\
    - EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES \
    EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY \
    ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK \
    ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI \
    EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR \
    ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW \
    ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE \
    EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT \
    ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN \
    ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN \
    ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE \
    EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY \
    EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON";

/// From zero. Source: `sys/errno.h` of macOS.
const DARWIN_ERRORS: &str = "\
    - EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EDEADLK ENOMEM EACCES \
    EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY \
    ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EAGAIN EINPROGRESS EALREADY \
    ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT \
    ENOTSUP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET \
    ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT \
    ECONNREFUSED ELOOP ENAMETOOLONG EHOSTDOWN EHOSTUNREACH ENOTEMPTY EPROCLIM EUSERS EDQUOT \
    ESTALE EREMOTE EBADRPC ERPCMISMATCH EPROGUNAVAIL EPROGMISMATCH EPROCUNAVAIL ENOLCK ENOSYS \
    EFTYPE EAUTH ENEEDAUTH EPWROFF EDEVERR EOVERFLOW EBADEXEC EBADARCH ESHLIBVERS EBADMACHO \
    ECANCELED EIDRM ENOMSG EILSEQ ENOATTR EBADMSG EMULTIHOP ENODATA ENOLINK ENOSR ENOSTR \
    EPROTO ETIME EOPNOTSUPP ENOPOLICY ENOTRECOVERABLE EOWNERDEAD EQFULL";

/// From zero. Source: `errno.h` of the Universal C Runtime.
const WINDOWS_ERRORS: &str = "\
    - EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES \
    EFAULT - EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY - EFBIG \
    ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE - EDEADLK - ENAMETOOLONG ENOLCK ENOSYS \
    ENOTEMPTY EILSEQ - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - \
    STRUNCATE - - - - - - - - - - - - - - - - - - - EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT \
    EALREADY EBADMSG ECANCELED ECONNABORTED ECONNREFUSED ECONNRESET EDESTADDRREQ EHOSTUNREACH \
    EIDRM EINPROGRESS EISCONN ELOOP EMSGSIZE ENETDOWN ENETRESET ENETUNREACH ENOBUFS ENODATA \
    ENOLINK ENOMSG ENOPROTOOPT ENOSR ENOSTR ENOTCONN ENOTRECOVERABLE ENOTSOCK ENOTSUP \
    EOPNOTSUPP EOTHER EOVERFLOW EOWNERDEAD EPROTO EPROTONOSUPPORT EPROTOTYPE ETIME ETIMEDOUT \
    ETXTBSY EWOULDBLOCK";

/// From zero. Source: `asm-generic/signal.h`.
const LINUX_SIGNALS: &str = "\
    - SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV \
    SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU \
    SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPWR SIGSYS";

/// From zero. Source: `sys/signal.h` of macOS.
const DARWIN_SIGNALS: &str = "\
    - SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGEMT SIGFPE SIGKILL SIGBUS SIGSEGV SIGSYS \
    SIGPIPE SIGALRM SIGTERM SIGURG SIGSTOP SIGTSTP SIGCONT SIGCHLD SIGTTIN SIGTTOU SIGIO \
    SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGINFO SIGUSR1 SIGUSR2";

/// From zero. Source: `mach/exception_types.h`.
const MACH_EXCEPTIONS: &str = "\
    - EXC_BAD_ACCESS EXC_BAD_INSTRUCTION EXC_ARITHMETIC EXC_EMULATION EXC_SOFTWARE \
    EXC_BREAKPOINT EXC_SYSCALL EXC_MACH_SYSCALL EXC_RPC_ALERT EXC_CRASH EXC_RESOURCE EXC_GUARD \
    EXC_CORPSE_NOTIFY";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_at_their_numbers() {
        assert_eq!(errno(System::Linux, 2), Some("ENOENT"));
        assert_eq!(errno(System::Linux, 111), Some("ECONNREFUSED"));
        assert_eq!(errno(System::Darwin, 61), Some("ECONNREFUSED"));
        assert_eq!(errno(System::Windows, 107), Some("ECONNREFUSED"));
        assert_eq!(signal(System::Linux, 11), Some("SIGSEGV"));
        assert_eq!(signal_code(System::Darwin, 11, 1), Some("SEGV_MAPERR"));
        assert_eq!(mach_exception(1), Some("EXC_BAD_ACCESS"));
        for (system, number) in [(System::Linux, 41), (System::Linux, -1), (System::Linux, 9_999)] {
            assert_eq!(errno(system, number), None);
        }
    }
}
