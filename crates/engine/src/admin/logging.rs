//! `/logging`: shows the loggers' levels and changes them.

use super::backend::AdminState;
use super::request::Request;
use super::response::Response;
use crate::observe::log_level::{LEVELS, Level, LogLevels, is_logger};

pub(super) fn answer(state: &AdminState, request: &Request) -> Response {
    match change(&state.log_levels, &request.parameters) {
        Ok(()) => Response::text(200, active(&state.log_levels)),
        Err(reason) => {
            let text = format!("error: {reason}\n\n{}{}", usage(), active(&state.log_levels));
            Response::text(400, text)
        }
    }
}

/// Nothing is changed unless all is understood.
fn change(levels: &LogLevels, parameters: &[(String, String)]) -> Result<(), &'static str> {
    let (name, value) = match parameters {
        [] => return Ok(()),
        [one] => one,
        _ => return Err("invalid number of parameters"),
    };
    if name == "group" {
        return Err("group parameter requires fine-grain logging to be enabled");
    }
    if value.is_empty() {
        return Ok(());
    }
    match name.as_str() {
        "level" => levels.set_all(level(value)?),
        "paths" => {
            let pairs: Vec<_> = value.split(',').map(pair).collect::<Result<_, _>>()?;
            for (logger, level) in pairs {
                levels.set(logger, level);
            }
        }
        logger => {
            let level = level(value)?;
            if !levels.set(logger, level) {
                return Err("unknown logger name");
            }
        }
    }
    Ok(())
}

fn pair(text: &str) -> Result<(&str, Level), &'static str> {
    let empty = "empty logger name or empty logger level";
    let (logger, name) = text.split_once(':').ok_or(empty)?;
    if logger.is_empty() || name.is_empty() {
        return Err(empty);
    }
    let level = level(name)?;
    if is_logger(logger) { Ok((logger, level)) } else { Err("unknown logger name") }
}

fn level(name: &str) -> Result<Level, &'static str> {
    Level::parse(name).ok_or("unknown logger level")
}

fn usage() -> String {
    let levels = LEVELS.map(|(_, name)| name).join(" ");
    format!(
        "usage: /logging?<name>=<level> (change single level)\n\
         usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)\n\
         usage: /logging?level=<level> (change all levels)\n\
         usage: /logging?group=<group_name>:<level> (change group of loggers)\n\
         levels: {levels} \n"
    )
}

fn active(levels: &LogLevels) -> String {
    let lines = levels.iter().map(|(logger, level)| format!("  {logger}: {}\n", level.as_str()));
    format!("active loggers:\n{}\n", lines.collect::<String>())
}
