//! Compiles `proto/` without a system protoc, and turns the options of `Reason` into a Rust table, so that the
//! facts about a refusal are written once, in reason.proto.

use std::{error::Error, fmt::Write as _, fs, path::PathBuf};

use prost_reflect::{DescriptorPool, DynamicMessage};

const ROOT: &str = "../../proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={ROOT}");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);

    let mut files = Vec::new();
    collect(PathBuf::from(ROOT), &mut files)?;
    files.sort();

    let mut compiler = protox::Compiler::new([ROOT])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    let encoded = compiler.encode_file_descriptor_set();
    fs::write(out.join("kvitt.bin"), &encoded)?;
    fs::write(out.join("reasons.rs"), reasons(&DescriptorPool::decode(encoded.as_slice())?)?)?;
    // Ordered maps: the hash of a command must not depend on the order of its metadata.
    // A stand-in of a test implements what is asked of it; that a service implements everything is tested from outside.
    tonic_prost_build::configure()
        .generate_default_stubs(true)
        .btree_map(".")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

fn collect(folder: PathBuf, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

/// `Info { … },` for each value of `Reason` but the zero.
fn reasons(pool: &DescriptorPool) -> Result<String, Box<dyn Error>> {
    let reason = pool.get_enum_by_name("kvitt.error.v1.Reason").ok_or("reason.proto defines Reason")?;
    let option =
        pool.get_extension_by_name("kvitt.error.v1.reason_info").ok_or("reason.proto defines reason_info")?;
    let mut table = String::from("[\n");
    for value in reason.values().filter(|value| value.number() != 0) {
        let options = value.options();
        let info = options.get_extension(&option);
        let info = info.as_message().ok_or("reason_info is a message")?;
        let name = value.name().trim_start_matches("REASON_");
        writeln!(
            table,
            "Info {{ reason: Reason::{}, name: {name:?}, rank: {}, code: {:?}, title: {:?}, http_status: {}, \
             grpc_code: tonic::Code::{} }},",
            pascal(name),
            number(info, "rank"),
            text(info, "code"),
            text(info, "title"),
            number(info, "http_status"),
            pascal(&text(info, "grpc_code")),
        )?;
    }
    table.push(']');
    Ok(table)
}

fn text(info: &DynamicMessage, field: &str) -> String {
    info.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn number(info: &DynamicMessage, field: &str) -> u32 {
    info.get_field_by_name(field).and_then(|value| value.as_u32()).unwrap_or_default()
}

fn pascal(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_owned() + &word[1..].to_lowercase()).collect()
}
