//! The fields of error events.

use datafusion::logical_expr::{Expr, ident};
use lang::ask::Field;

use super::{Shape, StoredField};
use crate::pattern::tag;

impl StoredField for Field {
    const ID: &'static str = "event_id";
    const WEIGHT: Option<&'static str> = None;

    fn shape(&self) -> Shape {
        match self {
            Self::Project | Self::Issue | Self::Size | Self::Attachments => Shape::Whole,
            Self::EventId | Self::Trace => Shape::Id(16),
            Self::Span => Shape::Id(8),
            Self::Timestamp | Self::Received => Shape::Time,
            Self::ErrorHandled => Shape::Truth,
            _ => Shape::Text,
        }
    }

    fn value(&self) -> Expr {
        ident(match self {
            Self::Project => "project",
            Self::Issue => "issue",
            Self::EventId => "event_id",
            Self::Timestamp => "timestamp",
            Self::Received => "received",
            Self::Level => "level",
            Self::EventType => "event_type",
            Self::Platform => "platform",
            Self::Environment => "environment",
            Self::Release => "release",
            Self::Dist => "dist",
            Self::Transaction => "transaction",
            Self::ServerName => "server_name",
            Self::Logger => "logger",
            Self::Title => "title",
            Self::Message => "message",
            Self::Culprit => "culprit",
            Self::User => "user",
            Self::UserId => "user_id",
            Self::UserEmail => "user_email",
            Self::UserUsername => "user_username",
            Self::UserIp => "user_ip",
            Self::GeoCountry => "geo_country",
            Self::SdkName => "sdk_name",
            Self::SdkVersion => "sdk_version",
            Self::HttpMethod => "http_method",
            Self::HttpUrl => "http_url",
            Self::ErrorType => "error_type",
            Self::ErrorValue => "error_value",
            Self::ErrorMechanism => "error_mechanism",
            Self::ErrorHandled => "error_handled",
            Self::StackFunctions => "stack_functions",
            Self::StackModules => "stack_modules",
            Self::StackFilenames => "stack_filenames",
            Self::Trace => "trace",
            Self::Span => "span",
            Self::Replay => "replay",
            Self::Size => "size",
            Self::Attachments => "attachments",
            Self::Tag(name) => return tag("tags", name),
            Self::Flag(name) => return tag("flags", name),
        })
    }

    fn is_timestamp(&self) -> bool {
        *self == Self::Timestamp
    }

    fn is_multi_line(&self) -> bool {
        matches!(self, Self::StackFunctions | Self::StackModules | Self::StackFilenames)
    }

    fn is_free(&self) -> bool {
        matches!(self, Self::Tag(_) | Self::Flag(_))
    }

    fn is_null_if_missing(&self) -> bool {
        false
    }

    fn is_rare(&self) -> bool {
        matches!(
            self,
            Self::EventId
                | Self::Issue
                | Self::Trace
                | Self::Span
                | Self::Replay
                | Self::User
                | Self::UserId
                | Self::UserEmail
                | Self::UserUsername
                | Self::UserIp
        )
    }
}
