//! The program `switchboard`.

/// An answer is many small texts; this allocator hands them out in half the time (decision record 0012).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    switchboard::cli::main()
}
