//! Programs that read pages for machines: search engines, link previews, monitors.

/// Parts of `User-Agent`, in lower case. Source: Relay.
const CRAWLERS: [&str; 34] = [
    "mediapartners-google",
    "adsbot-google",
    "googlebot",
    "feedfetcher-google",
    "storebot-google",
    "bingbot",
    "bingpreview",
    "baiduspider",
    "slurp",
    "sogou",
    "facebook",
    "meta-",
    "ia_archiver",
    "slack",
    "calypso appcrawler",
    "pingdom",
    "lyticsbot",
    "aws security scanner",
    "hubspot crawler",
    "bytespider",
    "better uptime",
    "cloudflare-healthchecks",
    "gtmetrix",
    "brightedgeoncrawl",
    "elb-healthchecker",
    "naver.me/spd",
    "claudebot",
    "ccbot",
    "oai-searchbot",
    "gptbot",
    "perplexitybot",
    "applebot",
    "duckduckbot",
    "lightpanda",
];

/// Words that mean a crawler when the name ends with them.
const ENDINGS: [&str; 3] = ["bot", "bots", "spider"];

/// Crawlers whose events are wanted: somebody asked for the page, or it is a check of uptime.
const WANTED: [&str; 3] = ["slackbot 1.", "sentryuptimebot", "chatgpt-user"];

/// True when nobody looks at what this program reads.
pub(super) fn is_crawler(user_agent: &str) -> bool {
    let text = user_agent.to_ascii_lowercase();
    let named = || CRAWLERS.iter().any(|name| text.contains(name));
    let ends = || ENDINGS.iter().any(|word| ends_with_word(&text, word));
    (named() || ends()) && !WANTED.iter().any(|name| text.contains(name))
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(place, _)| {
        let next = text[place + word.len()..].chars().next();
        next.is_none_or(|char| char.is_whitespace() || "/);".contains(char))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (user_agent, expected) in [
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", true),
            ("Mozilla/5.0 (compatible; SomeBot; x)", true),
            ("AnySpider", true),
            ("Slackbot-LinkExpanding 1.0", true),
            ("Slackbot 1.0(+https://api.slack.com/robots)", false),
            ("SentryUptimeBot/1.0", false),
            ("CUBOT X30", true),
            ("Mozilla/5.0 Chrome/142.0.0.0 Safari/537.36", false),
            ("botany", false),
            ("", false),
        ] {
            assert_eq!(is_crawler(user_agent), expected, "{user_agent}");
        }
    }
}
