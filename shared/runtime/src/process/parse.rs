//! Reading the settings. What is wrong with them is one line on standard error that names the variable and the rule, and
//! the exit code [`super::BAD_SETTINGS`]: before anything is opened.

use std::ffi::OsString;
use std::fmt;
use std::process::exit;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command, Parser};

use super::BAD_SETTINGS;
use crate::caller::ServiceName;

/// The settings of this process. Ends it when they are wrong, or when it was only asked for help or its version.
pub fn parse<O: Parser>() -> O {
    match read(std::env::args_os()) {
        Ok(options) => options,
        Err(Refused::Asked(shown)) => shown.exit(),
        Err(Refused::Invalid(rule)) => refuse::<O>(&rule),
    }
}

fn refuse<O: Parser>(rule: &str) -> ! {
    end(O::command().get_name(), rule)
}

/// Ends this process, which is called `name`, for what is wrong with its settings.
#[expect(clippy::disallowed_methods, reason = "nothing has been opened that would have to be drained")]
pub(super) fn end(name: &str, rule: &str) -> ! {
    eprintln!("{name}: {rule}");
    exit(BAD_SETTINGS.into())
}

/// Why there are no settings.
#[derive(Debug)]
enum Refused {
    /// Nothing is wrong: help, or the version.
    Asked(clap::Error),
    Invalid(String),
}

fn read<O: Parser>(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<O, Refused> {
    let mut command = O::command();
    command.build();
    let refused = |error: clap::Error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Refused::Asked(error),
        _ => Refused::Invalid(line(&command, &error)),
    };
    let matches = command.clone().try_get_matches_from(arguments).map_err(refused)?;
    schemes(&command, &matches).map_err(Refused::Invalid)?;
    O::from_arg_matches(&matches).map_err(refused)
}

/// With certificates every peer is reached by https, and without by http. An option `--<service>-url` leads to that
/// service.
fn schemes(command: &Command, matches: &ArgMatches) -> Result<(), String> {
    let files = ["tls_cert", "tls_key", "tls_ca"];
    let named = files.map(|id| matches.try_contains_id(id).unwrap_or(false));
    let (scheme, since) = match named {
        [true, true, true] => ("https://", "KVITT_TLS_CERT is set"),
        [false, false, false] => ("http://", "KVITT_TLS_CERT is not set"),
        // That is wrong by itself, and told when the process reads them.
        _ => return Ok(()),
    };
    for arg in command.get_arguments() {
        let service = arg.get_long().and_then(|long| long.strip_suffix("-url"));
        if service.is_none_or(|name| name.parse::<ServiceName>().is_err()) {
            continue;
        }
        let url = matches.get_raw(arg.get_id().as_str()).and_then(|mut values| values.next());
        if url.is_some_and(|urls| !urls.to_string_lossy().split(',').all(|url| url.starts_with(scheme))) {
            return Err(format!("{}: must begin with {scheme}, since {since}", Name(arg)));
        }
    }
    Ok(())
}

/// The error as one line.
fn line(command: &Command, error: &clap::Error) -> String {
    let named = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(one)) => vec![one.as_str()],
        Some(ContextValue::Strings(several)) => several.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    let known: Vec<&Arg> = named.iter().filter_map(|shown| find(command, shown)).collect();
    let names = known.iter().map(|arg| Name(arg).to_string()).collect::<Vec<_>>().join(", ");
    match (error.kind(), std::error::Error::source(error)) {
        (ErrorKind::MissingRequiredArgument, _) if !names.is_empty() => format!("{names}: must be set"),
        (ErrorKind::ValueValidation, Some(rule)) if !names.is_empty() => format!("{names}: {rule}"),
        (ErrorKind::InvalidValue, _) if !names.is_empty() => format!("{names}: {}", possible(&known)),
        _ => {
            let told = error.to_string();
            let first = told.lines().next().unwrap_or_default();
            first.strip_prefix("error: ").unwrap_or(first).to_owned()
        }
    }
}

fn possible(args: &[&Arg]) -> String {
    let values = args.iter().filter_map(|arg| arg.get_value_parser().possible_values()).flatten();
    let names: Vec<_> = values.map(|value| value.get_name().to_owned()).collect();
    if names.is_empty() {
        "must have a value".to_owned()
    } else {
        format!("must be one of {}", names.join(", "))
    }
}

/// The option that an error shows as `--name <VALUE>`.
fn find<'a>(command: &'a Command, shown: &str) -> Option<&'a Arg> {
    let long = shown.strip_prefix("--")?.split([' ', '=']).next()?;
    command.get_arguments().find(|arg| arg.get_long() == Some(long))
}

/// An option as its variable of the environment.
struct Name<'a>(&'a Arg);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.get_env(), self.0.get_long()) {
            (Some(variable), _) => f.write_str(&variable.to_string_lossy()),
            (None, Some(long)) => write!(f, "--{long}"),
            (None, None) => f.write_str(self.0.get_id().as_str()),
        }
    }
}

#[cfg(test)]
mod tests;
