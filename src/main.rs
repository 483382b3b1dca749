//! The program `switchboard`.

fn main() -> std::process::ExitCode {
    switchboard::cli::main()
}
