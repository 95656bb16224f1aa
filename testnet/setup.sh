# Set-up shared by `testnet/up` and `testnet/test`; sourced, never run. POSIX shell.
#
# Checks what a build of the whole workspace needs and says each finding in one line on stderr:
# Rust of the version in Cargo.toml, a C++20 compiler for RocksDB, and libclang with its headers for
# RocksDB's bindings, the one piece that is installed if it is missing and we may.
#
# The caller sets `root` to the repository. Afterwards `target` is where cargo builds.
# Exit code 4: something is missing, and the sentence says what cures it.

say() {
    printf 'serin: %s\n' "$*" >&2
}

refuse() {
    say "$*"
    exit 4
}

# RocksDB's C++ is rebuilt whenever compiler flags change, and RUSTFLAGS would replace those of
# .cargo/config.toml. Set but empty it would replace them as well, so that is taken back.
check_flags() {
    for name in RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS; do
        eval "value=\${$name:-}"
        [ -z "$value" ] ||
            refuse "$name is set ($value): it would replace the flags of .cargo/config.toml and compile RocksDB anew; unset it, or add your flags there"
        unset "$name"
    done
}

# True where version $1 is at least $2; both are numbers with dots.
is_at_least() {
    printf '%s\n%s\n' "$2" "$1" | awk -F. '
        NR == 1 { a = $1; b = $2; c = $3 }
        NR == 2 { exit !($1 > a || ($1 == a && ($2 > b || ($2 == b && $3 >= c + 0)))) }'
}

check_rust() {
    wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$root/Cargo.toml")
    for tool in cargo rustc; do
        command -v "$tool" >/dev/null 2>&1 ||
            refuse "$tool was not found: install Rust $wanted or newer from https://rustup.rs"
    done
    found=$(cd "$root" && rustc --version) || refuse "rustc does not run; see the line above"
    version=$(printf '%s\n' "$found" | sed 's/^rustc \([0-9.]*\).*/\1/')
    is_at_least "$version" "$wanted" ||
        refuse "Rust $version is too old, $wanted is needed: run 'rustup update stable'"
    say "$found: new enough (at least $wanted)"
}

check_cxx() {
    compiler=${CXX:-c++}
    command -v "${compiler%% *}" >/dev/null 2>&1 ||
        refuse "no C++ compiler ($compiler): install one, for example with 'apt-get install g++', 'dnf install gcc-c++' or 'xcode-select --install'"
    # Unquoted, because CXX may carry flags.
    printf '#include <concepts>\nint main() {}\n' |
        $compiler -std=c++20 -x c++ -fsyntax-only - 2>/dev/null ||
        refuse "$compiler does not compile C++20, which RocksDB is written in: install GCC 10, Clang 12 or newer"
    say "$compiler: compiles C++20"
}

# Folders in which libclang may lie, one a line. bindgen looks into the same ones by itself.
libclang_folders() {
    [ -z "${LIBCLANG_PATH:-}" ] || printf '%s\n' "$LIBCLANG_PATH"
    "${LLVM_CONFIG_PATH:-llvm-config}" --libdir 2>/dev/null || true
    { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || true; } |
        sed -n 's|.* => \(.*\)/libclang[-.].*|\1|p'
    for folder in /usr/lib/llvm-*/lib /usr/lib/llvm*/lib /usr/lib64/llvm*/lib /usr/lib64 /usr/lib \
        /usr/lib/*-linux-gnu /usr/local/lib /usr/local/llvm*/lib /opt/homebrew/opt/llvm*/lib \
        /usr/local/opt/llvm*/lib /Library/Developer/CommandLineTools/usr/lib \
        /Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib; do
        [ ! -d "$folder" ] || printf '%s\n' "$folder"
    done
}

# Prints the first folder with the library; false where there is none.
find_libclang() {
    libclang_folders | while read -r folder; do
        for file in "$folder"/libclang.so "$folder"/libclang.so.* "$folder"/libclang-*.so* \
            "$folder"/libclang.dylib; do
            [ -e "$file" ] && printf '%s\n' "$folder" && break 2
        done
    done | grep .
}

# Clang's own headers (stdbool.h) come with a package of their own; without them the library is there
# and the bindings fail all the same.
find_clang_headers() {
    libclang_folders | while read -r folder; do
        for file in "$folder"/clang/*/include/stdbool.h \
            "$(dirname "$folder")"/llvm-*/lib/clang/*/include/stdbool.h; do
            [ -e "$file" ] && dirname "$file" && break 2
        done
    done | grep .
}

# The command that installs libclang with its headers here; false where no package manager is known.
libclang_command() {
    if command -v apt-get >/dev/null 2>&1; then
        echo "apt-get install -y libclang-dev"
    elif command -v dnf >/dev/null 2>&1; then
        echo "dnf install -y clang-devel"
    elif command -v pacman >/dev/null 2>&1; then
        echo "pacman -S --noconfirm clang"
    elif command -v apk >/dev/null 2>&1; then
        echo "apk add clang-dev clang-libclang"
    elif command -v brew >/dev/null 2>&1; then
        echo "brew install llvm"
    else
        return 1
    fi
}

# Runs the command as whoever may: brew as the user, the others as root or by a sudo that asks nothing.
install_libclang() {
    case $1 in
        brew*) as= ;;
        *)
            if [ "$(id -u)" = 0 ]; then
                as=
            elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
                as="sudo -n"
            else
                return 1
            fi
            ;;
    esac
    say "installing libclang for RocksDB's bindings: ${as:+$as }$1"
    case $1 in
        apt-get*) $as apt-get update >&2 || say "the package lists could not be renewed; trying with the old ones" ;;
    esac
    # Unquoted: the command is words.
    $as $1 >&2
}

check_libclang() {
    if library=$(find_libclang) && headers=$(find_clang_headers); then
        say "libclang: $library, headers: $headers"
        return
    fi
    command=$(libclang_command) ||
        refuse "libclang with its headers was not found: install LLVM's libclang by hand and set LIBCLANG_PATH to the folder of libclang.so"
    case $command in
        brew*) by_hand=$command ;;
        *) by_hand="sudo $command" ;;
    esac
    install_libclang "$command" ||
        refuse "libclang with its headers is missing and could not be installed from here; run: $by_hand"
    find_libclang >/dev/null && find_clang_headers >/dev/null ||
        refuse "libclang was not found after '$command': set LIBCLANG_PATH to the folder of libclang.so"
    say "libclang: installed"
}

check_rocksdb() {
    [ -n "${ROCKSDB_LIB_DIR:-}" ] || return 0
    [ -d "$ROCKSDB_LIB_DIR" ] || refuse "ROCKSDB_LIB_DIR is $ROCKSDB_LIB_DIR, which is no folder"
    say "RocksDB: taken from $ROCKSDB_LIB_DIR, not compiled"
}

# Everything above, in the order in which a fresh machine lacks it.
set_up() {
    check_flags
    check_rust
    check_cxx
    check_libclang
    check_rocksdb
    target=${CARGO_TARGET_DIR:-$root/target}
    case $target in
        /*) ;;
        *) target=$PWD/$target ;;
    esac
    # Absolute from here on, because cargo is run in the repository.
    export CARGO_TARGET_DIR="$target"
}
