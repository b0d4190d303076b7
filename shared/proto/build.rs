//! Compiles `proto/` without a system protoc, and turns the options of `Reason` and of the rpcs into Rust tables, so that
//! the facts about a refusal and about who may call what are written once, in the contract.

use std::{error::Error, fmt::Write as _, fs, path::PathBuf};

use prost_reflect::{DescriptorPool, DynamicMessage};

const ROOT: &str = "../../proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={ROOT}");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);

    let mut files = Vec::new();
    collect(PathBuf::from(ROOT), &mut files)?;
    files.sort();

    // What services tell of the contract is in memory, each name and comment a piece of its own; comments are for who reads it.
    let encoded = compile(&files, false)?.encode_file_descriptor_set();
    fs::write(out.join("kvitt.bin"), &encoded)?;
    let pool = DescriptorPool::decode(encoded.as_slice())?;
    fs::write(out.join("reasons.rs"), reasons(&pool)?)?;
    fs::write(out.join("rpcs.rs"), rpcs(&pool)?)?;
    // Ordered maps: the hash of a command must not depend on the order of its metadata.
    // A stand-in of a test implements what is asked of it; that a service implements everything is tested from outside.
    tonic_prost_build::configure()
        .generate_default_stubs(true)
        .btree_map(".")
        .compile_fds(compile(&files, true)?.file_descriptor_set())?;
    Ok(())
}

fn compile(files: &[PathBuf], with_comments: bool) -> Result<protox::Compiler, protox::Error> {
    let mut compiler = protox::Compiler::new([ROOT])?;
    compiler.include_imports(true).include_source_info(with_comments).open_files(files)?;
    Ok(compiler)
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

/// `Rpc { … },` for each rpc of ours.
fn rpcs(pool: &DescriptorPool) -> Result<String, Box<dyn Error>> {
    let option =
        pool.get_extension_by_name("kvitt.mesh.v1.callers").ok_or("callers.proto defines callers")?;
    let mut table = String::from("[\n");
    for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let options = method.options();
        let callers = options.get_extension(&option);
        let callers = callers.as_message().and_then(|callers| callers.get_field_by_name("peers"));
        let peers: Vec<String> = callers
            .iter()
            .filter_map(|peers| peers.as_list())
            .flatten()
            .filter_map(|peer| {
                option
                    .kind()
                    .as_message()?
                    .get_field_by_name("peers")?
                    .kind()
                    .as_enum()?
                    .get_value(peer.as_enum_number()?)
            })
            .map(|peer| format!("Peer::{}", pascal(peer.name().trim_start_matches("PEER_"))))
            .collect();
        // Unset, or IDEMPOTENCY_UNKNOWN, which is 0.
        let level = options.get_field_by_name("idempotency_level").and_then(|level| level.as_enum_number());
        writeln!(
            table,
            "Rpc {{ path: \"/{}/{}\", callers: &[{}], repeatable: {}, streams: {} }},",
            method.parent_service().full_name(),
            method.name(),
            peers.join(", "),
            level.is_some_and(|level| level != 0),
            method.is_server_streaming(),
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
