//! The page: everything in one file, with its own styles and script.
//!
//! Inputs: a finding. Output: HTML. Text of a case or record is escaped; numbers and positions for the script are JSON
//! without `<`.

use super::slice::span;
use super::story::Story;
use super::{Finding, diagram, short, tree};
use serde::Serialize;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the script needs: who has which head and final block from when on.
#[derive(Serialize)]
struct View {
    at: u32,
    node: String,
    head: String,
    fin: String,
}

/// Text as it may stand in HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The page of a finding.
#[must_use]
pub fn page(finding: &Finding<'_>) -> String {
    let story = Story::of(finding);
    let item = |line: &String| format!("<li>{}</li>", escape(line));
    let list = |lines: &[String]| lines.iter().map(item).collect::<String>();
    let mut body = vec![format!(
        "<header><p class=\"kicker\">Serin, consensus lab</p><h1>{}</h1><p class=\"replay\"><code>serin-testnet replay {}</code></p><p>trace hash <code>{:016x}</code>. {}</p></header>",
        escape(&story.title),
        escape(finding.replay),
        finding.outcome.trace_hash,
        escape(finding.shrunk),
    )];
    if !story.changes.is_empty() {
        body.push(format!(
            "<section class=\"rule\"><h2>What was changed</h2><ul>{}</ul></section>",
            list(&story.changes)
        ));
    }
    body.push(format!(
        "<section><h2>What happens</h2><ol>{}</ol></section>",
        list(&story.sentences)
    ));
    if !story.crime.is_empty() {
        body.push(format!(
            "<section class=\"crime\"><h2>The crime</h2><ul>{}</ul></section>",
            list(&story.crime)
        ));
    }
    if let Some(record) = finding.record() {
        let told = span(finding, record);
        let end = record.views.iter().map(|view| view.at_ms).max().unwrap_or(0).max(told.to_ms);
        body.push(format!(
            "<section><h2>Blocks, heads and final blocks</h2><p class=\"slider\"><input id=\"time\" type=\"range\" min=\"0\" max=\"{end}\" value=\"{}\" aria-label=\"time\"><output id=\"now\"></output></p><div class=\"scroll\">{}</div><p class=\"legend\"><span class=\"k head\">head</span><span class=\"k fin\">final</span><span class=\"k conf\">conflicting final blocks</span></p></section>",
            told.to_ms,
            tree::svg(finding, record),
        ));
        body.push(format!(
            "<section><h2>Messages that could have caused it</h2><p class=\"legend\"><span class=\"k m-block\">block</span><span class=\"k m-prevote\">prevote, hint</span><span class=\"k m-precommit\">precommit</span><span class=\"k m-proof\">proof</span><span class=\"k fin\">made final</span></p><div class=\"scroll\">{}</div></section>",
            diagram::svg(finding, record, told),
        ));
        let views: Vec<View> = record
            .views
            .iter()
            .map(|view| View {
                at: view.at_ms,
                node: finding.name(view.node),
                head: short(&view.head.hash),
                fin: short(&view.finalized.hash),
            })
            .collect();
        let data = serde_json::to_string(&views).unwrap_or_default().replace('<', "\\u003c");
        body.push(format!("<script type=\"application/json\" id=\"views\">{data}</script>"));
    }
    let body = body.concat();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{}</title><style>{STYLE}</style></head><body>{body}<script>{SCRIPT}</script></body></html>\n",
        escape(&story.title)
    )
}
