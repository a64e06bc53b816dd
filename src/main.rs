//! The program: a command line and a window over the library.

use std::process::ExitCode;

use paretoscope::cli::{self, Asked};

fn main() -> ExitCode {
    match cli::run() {
        Asked::Done(code) => code,
        Asked::Window(file) => window(file),
    }
}

#[cfg(feature = "app")]
fn window(file: Option<std::path::PathBuf>) -> ExitCode {
    use std::io::Write;
    match paretoscope::app::run(file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(
                std::io::stderr(),
                "the window cannot be opened: {error}\nwithout a display, see paretoscope --help"
            );
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(feature = "app"))]
fn window(_: Option<std::path::PathBuf>) -> ExitCode {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "this build has no window; see paretoscope --help");
    ExitCode::FAILURE
}
