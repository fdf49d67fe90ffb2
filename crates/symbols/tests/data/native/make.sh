#!/bin/sh
# Makes the debug files beside it from wallet.cpp. Needs clang, lld and llvm, and no SDK.
# The folder has one name and nothing has a time in it, so the same tools make the same files.
set -eu
cd "$(dirname "$0")"
out=$PWD
work=/tmp/wallet-fixtures
mkdir "$work"
trap 'rm -rf "$work"' EXIT
cp wallet.cpp "$work"
cd "$work"
flags="-O2 -g -fno-exceptions -fno-rtti -ffile-prefix-map=$work=/build/src -no-canonical-prefixes -fdebug-compilation-dir=/build/src"

for arch in x86_64 i686; do
    clang --target=$arch-pc-windows-msvc $flags -gcodeview -Wno-stdlibcxx-not-found -c wallet.cpp -o wallet.obj
    # The id is made of the content, not of the time.
    lld-link /nologo /nodefaultlib /dll /noentry /debug /Brepro /safeseh:no /export:enter \
        /pdbaltpath:wallet.pdb /out:wallet.dll wallet.obj
    cp wallet.dll "$out/wallet-$arch.dll"
    cp wallet.pdb "$out/wallet-$arch.pdb"
done

lld=$(command -v ld64.lld || command -v ld64.lld-14)
for arch in x86_64 arm64; do
    clang --target=$arch-apple-macos11 $flags -stdlib=libc++ -c wallet.cpp -o wallet.o
    # Symbols name the time of the object that they are from.
    touch -d @1000000000 wallet.o
    $lld -arch $arch -platform_version macos 11.0 11.0 -dylib -undefined dynamic_lookup \
        -install_name /build/libwallet.dylib wallet.o -o libwallet.dylib
    dsymutil libwallet.dylib -o libwallet.dSYM
    cp libwallet.dylib "$out/wallet-$arch.dylib"
    cp libwallet.dSYM/Contents/Resources/DWARF/libwallet.dylib "$out/wallet-$arch.dwarf"
done
