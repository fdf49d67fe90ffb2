//! From the text of a search to the filter that the store is asked with.

use lang::ask::{Field, Filter};
use lang::data_set::{Rows, is};
use lang::search::HavingText;
use measure::SearchTextError;
use meta::Project;
use model::id::EventId;

use crate::error::ApiError;
use crate::state::Api;

/// Reads a search for events of these projects: which rows, and which groups of them. An event id on
/// its own means that event. Blocks.
///
/// # Errors
/// [`ApiError::Invalid`] with a sentence that says what is wrong.
pub fn read(
    api: &Api,
    projects: &[Project],
    text: &str,
) -> Result<(Filter, Vec<HavingText>), ApiError> {
    read_rows(api, projects, text)
}

/// Reads a search in any data set. Blocks.
///
/// # Errors
/// [`ApiError::Invalid`] with a sentence that says what is wrong.
pub(crate) fn read_rows<F: Rows>(
    api: &Api,
    projects: &[Project],
    text: &str,
) -> Result<(Filter<F>, Vec<HavingText>), ApiError> {
    Ok(measure::search(&api.database, projects, text, api.clock.now())?)
}

/// That event and no other.
pub fn one_event(event: EventId) -> Filter {
    is(Field::EventId, &event.to_string())
}

impl From<SearchTextError> for ApiError {
    fn from(error: SearchTextError) -> Self {
        match error {
            SearchTextError::Search(error) => error.into(),
            SearchTextError::Meta(error) => error.into(),
        }
    }
}
