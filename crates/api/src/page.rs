//! Pages of lists: cursors and the `Link` header.
//!
//! Source: `Link` headers as sentry-cli, Grafana and the MCP server read them: previous first, then
//! next, each with `results` and `cursor`, absolute URLs.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use model::limits::PAGE_MAX;

use crate::error::ApiError;

/// A place in a list: `value:offset:is_prev`. Opaque to clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Meaning depends on the list; lists that only count use 0.
    pub value: u64,
    /// Rows to skip.
    pub offset: usize,
    /// Whether it leads backwards.
    pub previous: bool,
}

impl Cursor {
    /// Reads what a client sends; an empty text is the start.
    ///
    /// # Errors
    /// When it is not a cursor.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let mut parts = text.splitn(3, ':');
        let mut read = || {
            let mut next = || parts.next()?.parse::<u64>().ok();
            let (value, offset, previous) = (next()?, next()?, next()?);
            Some(Self { value, offset: usize::try_from(offset).ok()?, previous: previous == 1 })
        };
        read().ok_or_else(|| ApiError::Invalid("Invalid cursor parameter.".into()))
    }

    fn text(self) -> String {
        format!("{}:{}:{}", self.value, self.offset, u8::from(self.previous))
    }
}

/// Which rows of a list are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Rows to skip.
    pub offset: usize,
    /// Rows to answer at most.
    pub limit: usize,
}

impl Page {
    /// Reads `cursor` and `per_page`/`limit`. More than [`PAGE_MAX`] rows are not refused but cut,
    /// because Grafana asks for 10,000 and follows the pages.
    ///
    /// # Errors
    /// When the cursor is not one.
    pub fn read(
        cursor: Option<&str>,
        limit: Option<usize>,
        default: usize,
    ) -> Result<Self, ApiError> {
        let cursor = Cursor::parse(cursor.unwrap_or_default())?;
        Ok(Self { offset: cursor.offset, limit: limit.unwrap_or(default).clamp(1, PAGE_MAX) })
    }

    /// The page and one more row, which tells whether rows follow.
    #[must_use]
    pub fn and_one(self) -> Self {
        Self { limit: self.limit.saturating_add(1), ..self }
    }

    /// What was read with [`Page::and_one`] without that one, and the `Link` header.
    pub fn cut<T>(self, mut found: Vec<T>, base_url: &str, uri: &Uri) -> (HeaderMap, Vec<T>) {
        let more = found.len() > self.limit;
        found.truncate(self.limit);
        (self.link(base_url, uri, more), found)
    }

    /// The `Link` header for this page of the list at `uri`; `more` says whether rows follow.
    pub fn link(self, base_url: &str, uri: &Uri, more: bool) -> HeaderMap {
        let before = Cursor {
            offset: self.offset.saturating_sub(self.limit),
            previous: true,
            ..Cursor::default()
        };
        let after = Cursor { offset: self.offset.saturating_add(self.limit), ..Cursor::default() };
        let part = |relation: &str, results: bool, cursor: Cursor| {
            let cursor = cursor.text();
            let url = with_cursor(base_url, uri, &cursor);
            format!("<{url}>; rel=\"{relation}\"; results=\"{results}\"; cursor=\"{cursor}\"")
        };
        let text =
            format!("{}, {}", part("previous", self.offset > 0, before), part("next", more, after));
        HeaderValue::from_str(&text)
            .map(|value| HeaderMap::from_iter([(header::LINK, value)]))
            .unwrap_or_default()
    }
}

impl From<Page> for meta::Page {
    fn from(page: Page) -> Self {
        Self { offset: page.offset, limit: page.limit }
    }
}

/// `X-Hits` and `X-Max-Hits`: how many rows the whole list has.
pub fn hits(headers: &mut HeaderMap, hits: u64) {
    for (name, value) in [("x-hits", hits), ("x-max-hits", 1000)] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

/// The same URL with another cursor.
pub fn with_cursor(base_url: &str, uri: &Uri, cursor: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let others = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let mut pairs: Vec<&str> = others.collect();
    let own = format!("cursor={cursor}");
    pairs.push(&own);
    format!("{base_url}{}?{}", uri.path(), pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_header_leads_both_ways_and_keeps_the_query() {
        let page = Page::read(Some("0:100:0"), Some(500), 25).unwrap();
        assert_eq!(page, Page { offset: 100, limit: 100 });
        let uri: Uri = "/api/0/x/?query=a&cursor=0:100:0".parse().unwrap();
        let headers = page.link("https://h", &uri, false);
        assert_eq!(
            headers[header::LINK],
            "<https://h/api/0/x/?query=a&cursor=0:0:1>; rel=\"previous\"; results=\"true\"; cursor=\"0:0:1\", \
             <https://h/api/0/x/?query=a&cursor=0:200:0>; rel=\"next\"; results=\"false\"; cursor=\"0:200:0\""
        );
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        assert_eq!(Cursor::parse("").unwrap(), Cursor::default());
        for text in ["x", "1:2", "1:x:0", "-1:0:0"] {
            assert!(Cursor::parse(text).is_err(), "{text}");
        }
    }
}
