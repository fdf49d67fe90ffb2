//! The page a player is sent to. It shows what is paid and goes back to the casino by itself.

use crate::later::Taken;

/// How long it stays.
const SECONDS: u32 = 2;

/// The page of a deposit.
pub(crate) fn page(taken: &Taken, casino: &str) -> String {
    let back = escaped(taken.return_to.as_deref().unwrap_or(casino));
    let amount = amount(taken.amount_minor);
    let currency = escaped(&taken.currency);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>NovaPay (simulated)</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><meta http-equiv=\"refresh\" content=\"{SECONDS};url={back}\">\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem}}strong{{font-size:2rem}}</style>\
         </head><body><main><h1>NovaPay</h1><p>This is play money. Nothing is paid, and no card is asked for.</p>\
         <p><strong>{amount} {currency}</strong></p><p>The bank is asked. You will be taken back to the casino. \
         <a href=\"{back}\">Go back now</a></p></main></body></html>\n"
    )
}

/// Minor units with two places; all the casino's currencies have two.
fn amount(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_cannot_leave_its_attribute() {
        let taken = Taken {
            amount_minor: 1005,
            currency: "EUR".into(),
            return_to: Some("http://x/\"><script>".into()),
        };
        let page = page(&taken, "http://casino/");
        assert!(page.contains("10.05 EUR") && page.contains("http://x/&quot;&gt;&lt;script&gt;"));
        assert!(!page.contains("<script>"));
    }
}
