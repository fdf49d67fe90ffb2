/* A program without a library, for the tests of debug files. */
volatile int balance = 100;

static inline __attribute__((always_inline)) int checked(int stake) {
    if (stake > balance)
        __builtin_trap();
    return balance - stake;
}

static inline __attribute__((always_inline)) int debit(int stake) {
    return balance = checked(stake);
}

__attribute__((noinline)) int charge(int stake) {
    return debit(stake) + 1;
}

void _start(void) {
    charge(250);
    for (;;) {
    }
}
