// A library without a standard library, for the tests of debug files of Windows and Apple.
namespace wallet {

struct Wallet {
    int balance;
    int charge(int stake);
};

static inline __attribute__((always_inline)) int checked(int balance, int stake) {
    if (stake > balance)
        __builtin_trap();
    return balance - stake;
}

__attribute__((noinline)) int Wallet::charge(int stake) {
    balance = checked(balance, stake);
    return balance + 1;
}

} // namespace wallet

wallet::Wallet shared = {100};

extern "C" int enter() {
    return shared.charge(250) + 1;
}
