//! Builds what runs inside WebAssembly: nothing but cargo is needed.
//!
//! `build` and `take` are for build scripts, and print what cargo reads from those; `compile` is for
//! anyone whom cargo runs.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What guests are compiled for.
const TARGET: &str = "wasm32-unknown-unknown";

/// The linker that makes a component; it comes with the compiler.
const COMPONENT_LINKER: &str = "wasm-component-ld";

/// The guest's stack in bytes: small, so that a new instance touches few pages, and several times
/// what the core's deepest document takes.
const STACK_BYTES: u32 = 256 << 10;

/// What cargo and its wrappers set for this build, which is not meant for the guest's.
const FOREIGN: [&str; 6] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "LLVM_PROFILE_FILE",
    "CARGO_BUILD_TARGET",
];

/// The same, by the beginning of the name.
const FOREIGN_PREFIXES: [&str; 3] = ["CARGO_CFG_", "CARGO_FEATURE_", "CARGO_PROFILE_"];

/// What a guest becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A component, with the interface it says it has.
    Component,
    /// A plain module.
    Module,
    /// A plain module for a browser, which loads all of it before it does anything.
    Page,
}

/// Compiles a package of the workspace and copies what comes out to `OUT_DIR/NAME.wasm`.
///
/// `sources` are the paths from the workspace's top whose change makes another guest. Ends the
/// build script with an error for people when it cannot.
pub fn build(package: &str, form: Form, sources: &[&str], name: &str) {
    let (out_dir, workspace) = (out_dir(), workspace());
    for source in ["Cargo.lock", "Cargo.toml"].iter().chain(sources) {
        let source = workspace.join(source);
        println!("cargo::rerun-if-changed={}", source.display());
    }
    match compile(package, form, &guests_dir(&out_dir, form)) {
        Ok(guest) => take(&guest, name),
        Err(message) => fail(&message),
    }
}

/// Compiles a package of the workspace below a target directory and returns where the guest is.
///
/// # Errors
/// For people: cargo cannot be started, the compiler's target is missing, or the package does not
/// build.
pub fn compile(package: &str, form: Form, target_dir: &Path) -> Result<PathBuf, String> {
    let Some(cargo) = env::var_os("CARGO") else {
        return Err("`CARGO` is not set: this is for what cargo runs".to_owned());
    };
    let mut cargo = Command::new(cargo);
    cargo
        .current_dir(workspace())
        .args(["rustc", "--locked", "--package", package])
        // Alone, since cargo optimises no library as a whole that is also one for Rust.
        .args(["--lib", "--crate-type", "cdylib"])
        .args(["--profile", profile(form)])
        .args(["--target", TARGET, "--target-dir"])
        .arg(target_dir);
    for (variable, _) in env::vars_os() {
        if is_foreign(&variable) {
            cargo.env_remove(variable);
        }
    }
    if form == Form::Component {
        cargo.env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
            COMPONENT_LINKER,
        );
    }
    let flags = flags(form).join(" ");
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    let output = cargo.output();
    let output = output.map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let is_target_missing = errors.contains("may not be installed")
            || errors.contains("can't find crate for `std`");
        return Err(match is_target_missing {
            true => format!("the compiler's target is missing: rustup target add {TARGET}"),
            false => format!("`{package}` does not build:\n{errors}"),
        });
    }
    let file = format!("{}.wasm", package.replace('-', "_"));
    Ok(target_dir.join(TARGET).join(profile(form)).join(file))
}

/// The profile in the workspace's `Cargo.toml`.
fn profile(form: Form) -> &'static str {
    match form {
        Form::Component | Form::Module => "wasm",
        Form::Page => "page",
    }
}

fn flags(form: Form) -> Vec<String> {
    let mut flags = vec![format!("-Clink-arg=-zstack-size={STACK_BYTES}")];
    if form == Form::Page {
        // Code that is short and slower, and no pages of rules.
        flags.push("--cfg=small".to_owned());
        // What is only there for findings and failures becomes functions of its own, which the page
        // loads later (`www/build/halves.mjs`).
        flags.push("-Cllvm-args=-hot-cold-split=true".to_owned());
    }
    if let (Form::Page, Some(home)) = (form, cargo_home()) {
        // Messages of panics name files of dependencies: anyone's build has the same bytes.
        flags.push(format!("--remap-path-prefix={}=", home.display()));
    }
    flags
}

/// Where cargo keeps the sources of dependencies.
fn cargo_home() -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| env::home_dir().map(|home| home.join(".cargo")))
}

/// Where guests of one form are built: beside the profiles' directories, so that checks, tests and
/// releases share what is the same for all of them.
///
/// Not the target directory itself, on which cargo holds a lock meanwhile. Forms have a directory
/// each, since their linkers differ and each would build the other's dependencies anew.
fn guests_dir(out_dir: &Path, form: Form) -> PathBuf {
    let form = match form {
        Form::Component => "components",
        Form::Module => "modules",
        Form::Page => "pages",
    };
    // Cargo gives `TARGET/PROFILE/build/PACKAGE-HASH/out`; wherever it does not, sharing is lost.
    let build = out_dir.ancestors().nth(2);
    let build = build.filter(|build| build.file_name() == Some(OsStr::new("build")));
    match build.and_then(|build| build.ancestors().nth(2)) {
        Some(target) => target.join("guests").join(form),
        None => out_dir.join("guest"),
    }
}

/// Copies a ready guest to `OUT_DIR/NAME.wasm`.
pub fn take(path: &Path, name: &str) {
    let to = out_dir().join(format!("{name}.wasm"));
    if let Err(error) = std::fs::copy(path, to) {
        fail(&format!("cannot read {}: {error}", path.display()));
    }
}

fn is_foreign(variable: &OsStr) -> bool {
    let variable = variable.to_string_lossy();
    FOREIGN.contains(&variable.as_ref())
        || FOREIGN_PREFIXES
            .iter()
            .any(|prefix| variable.starts_with(prefix))
}

fn out_dir() -> PathBuf {
    PathBuf::from(variable("OUT_DIR"))
}

/// The top of the workspace that this crate is in.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn variable(name: &str) -> std::ffi::OsString {
    match env::var_os(name) {
        Some(value) => value,
        None => fail(&format!("`{name}` is not set: this is for build scripts")),
    }
}

#[expect(clippy::exit, reason = "what cargo shows is what was printed")]
fn fail(message: &str) -> ! {
    for line in message.lines() {
        println!("cargo::error={line}");
    }
    std::process::exit(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_share_guests_and_forms_do_not() {
        let dir = |out_dir: &str, form| guests_dir(Path::new(out_dir), form);
        for (out_dir, form, expected) in [
            (
                "/t/debug/build/host-1/out",
                Form::Component,
                "/t/guests/components",
            ),
            (
                "/t/release/build/host-2/out",
                Form::Component,
                "/t/guests/components",
            ),
            (
                "/t/debug/build/host-1/out",
                Form::Module,
                "/t/guests/modules",
            ),
            // Laid out by something else than cargo.
            ("/elsewhere/out", Form::Module, "/elsewhere/out/guest"),
        ] {
            assert_eq!(dir(out_dir, form), Path::new(expected), "{out_dir}");
        }
    }
}
