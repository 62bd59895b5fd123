//! `/`: the endpoints as links, and as buttons where they change something.

use super::backend::AdminState;
use super::endpoint::{Answer, ENDPOINTS, Endpoint};
use super::request::Request;
use super::response::{HTML, Response};

const HEAD: &str = "<!DOCTYPE html>
<html lang='en'>
<head>
<meta charset='utf-8'>
<title>Admin</title>
<style>
body { font-family: sans-serif; margin: 2em; max-width: 60em; }
table { border-collapse: collapse; }
td { padding: 4px 12px 4px 0; vertical-align: top; }
tr + tr td { border-top: 1px solid #ddd; }
.parameters { color: #555; font-size: smaller; }
input { margin-left: 4px; }
</style>
</head>
<body>
<h1>Admin</h1>
<table>
";

pub(super) fn answer(_state: &AdminState, _request: &Request) -> Response {
    let rows: String = ENDPOINTS.iter().filter(|endpoint| endpoint.path != "/").map(row).collect();
    let body = format!("{HEAD}{rows}</table>\n</body>\n</html>\n");
    Response { status: 200, content_type: HTML, body: body.into() }
}

fn row(endpoint: &Endpoint) -> String {
    let Endpoint { path, help, parameters, answer } = endpoint;
    let name = &path[1..];
    let command = match answer {
        Answer::Changes(_) => {
            format!("<form method='post' action='{name}'><button>{name}</button></form>")
        }
        Answer::Reads(_) | Answer::Delegated => format!("<a href='{name}'>{name}</a>"),
    };
    let inputs: String = match answer {
        Answer::Changes(_) => String::new(),
        Answer::Reads(_) | Answer::Delegated => parameters.iter().map(input).collect(),
    };
    let form = if inputs.is_empty() {
        String::new()
    } else {
        format!(
            "<form class='parameters' method='get' action='{name}'>{inputs}<button>go</button></form>"
        )
    };
    format!("<tr><td>{command}</td><td>{}{form}</td></tr>\n", escaped(help))
}

fn input((name, meaning): &(&str, &str)) -> String {
    let meaning = escaped(meaning);
    format!("<label title='{meaning}'>{name}<input name='{name}' size='10'></label> ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&#39;")
}
