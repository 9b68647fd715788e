//! The browser page: the engine compiled and bound, then everything else by `www/build.mjs`.

use anyhow::{Context, Result, ensure};
use guest_build::Form;
use pullproof_core::lint::rules;
use pullproof_core::report::catalogue;
use std::fs;
use std::path::Path;
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

const PACKAGE: &str = "pullproof-web";

/// What modules and files of the engine are named after.
const STEM: &str = "glue";

/// A copy of the lock file that the installed packages are of.
const INSTALLED: &str = "node_modules/.installed-lock.json";

/// Builds `www/dist` and prints the sizes of what is in it.
///
/// `is_recorded` writes them to `www/record.json`, too, which says what later builds may weigh.
///
/// # Errors
/// The engine does not build, node or npm are missing, or a check of the build fails.
pub fn run(is_recorded: bool) -> Result<()> {
    let www = guest_build::workspace().join("www");
    let generated = www.join("generated");
    write_engine(&generated)?;
    let pages: Vec<_> = rules::ALL.iter().map(|rule| rule.card).collect();
    fs::write(generated.join("rules.json"), catalogue::json(&pages))
        .context("failed to write the pages of the rules")?;
    install(&www)?;
    let mut build = Command::new("node");
    build.current_dir(&www).arg("build.mjs");
    if is_recorded {
        build.arg("--record");
    }
    finish(build, "`node www/build.mjs`")
}

/// Compiles the engine and writes it with the script that calls it.
fn write_engine(generated: &Path) -> Result<()> {
    let target_dir = crate::target_dir()?;
    let module = guest_build::compile(PACKAGE, Form::Page, &target_dir)
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("failed to build `{PACKAGE}`"))?;
    fs::create_dir_all(generated)
        .with_context(|| format!("failed to make `{}`", generated.display()))?;
    Bindgen::new()
        .input_path(module)
        .out_name(STEM)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(generated)
        .context("failed to bind the engine")
}

/// Installs the packages of the lock file, unless they are there.
fn install(www: &Path) -> Result<()> {
    let locked = fs::read(www.join("package-lock.json"))
        .context("failed to read `www/package-lock.json`")?;
    let installed = www.join(INSTALLED);
    if fs::read(&installed).is_ok_and(|it| it == locked) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    // No package gets to run anything here.
    npm.current_dir(www).args(["ci", "--ignore-scripts"]);
    finish(npm, "`npm ci`")?;
    fs::write(&installed, locked)
        .with_context(|| format!("failed to write `{}`", installed.display()))
}

fn finish(mut program: Command, what: &str) -> Result<()> {
    let status = program.status();
    let status =
        status.with_context(|| format!("cannot start {what}: is Node.js 20 or newer there?"))?;
    ensure!(status.success(), "{what} failed");
    Ok(())
}
