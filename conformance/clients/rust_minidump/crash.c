/* A program of two threads, one of which crashes. It tells so as the crate `crash-context` lays it out on
   x86_64, and waits for whoever writes a minidump of it. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static struct {
    ucontext_t registers;
    struct _libc_fpstate floats;
    struct signalfd_siginfo signal;
    pid_t process, thread;
} report;

static void crashed(int number, siginfo_t *about, void *registers) {
    memcpy(&report.registers, registers, sizeof report.registers);
    memcpy(&report.floats, report.registers.uc_mcontext.fpregs, sizeof report.floats);
    report.signal.ssi_signo = number;
    report.signal.ssi_code = about->si_code;
    report.signal.ssi_addr = (unsigned long)about->si_addr;
    report.process = getpid();
    report.thread = syscall(SYS_gettid);
    if (write(1, &report, sizeof report) == sizeof report)
        for (;;)
            pause();
    _exit(1);
}

struct wallet {
    int balance;
};

__attribute__((noinline)) static int debit(struct wallet *wallet, int stake) {
    wallet->balance -= stake; /* line 38: it has no address */
    return wallet->balance;
}

__attribute__((noinline)) int charge(struct wallet *wallet, int stake) {
    volatile char note[200];
    note[stake] = 1;
    int left = debit(wallet, stake);
    return left + note[stake];
}

static void *settle(void *nothing) {
    for (;;)
        pause();
    return nothing;
}

int main(void) {
    static char stack[65536];
    stack_t elsewhere = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaltstack(&elsewhere, 0);
    sigaction(SIGSEGV, &action, 0);
    pthread_t thread;
    if (pthread_create(&thread, 0, settle, 0))
        return 1;
    pthread_setname_np(thread, "settlement");
    return charge((struct wallet *)16, 7);
}
