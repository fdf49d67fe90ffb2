//! The fields of spans. Those that are attributes have columns only in the scan that was told of them.

use datafusion::logical_expr::{Expr, ident};
use lang::ask::SpanField;
use store::spans::schema::{number_column, text_column};

use super::{Shape, StoredField, or};

impl StoredField for SpanField {
    const ID: &'static str = "span";
    const WEIGHT: Option<&'static str> = Some("weight");

    fn shape(&self) -> Shape {
        match self {
            Self::Project => Shape::Whole,
            Self::Trace => Shape::Id(16),
            Self::Span | Self::Parent | Self::Segment => Shape::Id(8),
            Self::Group => Shape::Hash,
            Self::IsSegment => Shape::Truth,
            Self::Timestamp | Self::Received => Shape::Time,
            Self::Duration | Self::SelfTime => Shape::Millis,
            Self::Weight | Self::Number(_) => Shape::Number,
            Self::Op
            | Self::Category
            | Self::Name
            | Self::Description
            | Self::Transaction
            | Self::Status
            | Self::Environment
            | Self::Release
            | Self::Platform
            | Self::User
            | Self::Attribute(_) => Shape::Text,
        }
    }

    fn value(&self) -> Expr {
        ident(match self {
            Self::Project => "project",
            Self::Trace => "trace",
            Self::Span => "span",
            Self::Parent => "parent",
            // Null where it is the span.
            Self::Segment => return or(ident("segment"), ident("span")),
            Self::IsSegment => "is_segment",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            // Null where it is the duration.
            Self::SelfTime => return or(ident("self_time"), ident("duration")),
            Self::Received => "received",
            Self::Op => "op",
            Self::Category => "category",
            Self::Name => "name",
            Self::Description => "description",
            Self::Group => "group",
            Self::Transaction => "transaction",
            Self::Status => "status",
            Self::Environment => "environment",
            Self::Release => "release",
            Self::Platform => "platform",
            Self::User => "user",
            Self::Weight => "weight",
            Self::Attribute(name) => return ident(text_column(name)),
            Self::Number(name) => return ident(number_column(name)),
        })
    }

    fn is_timestamp(&self) -> bool {
        *self == Self::Timestamp
    }

    fn is_multi_line(&self) -> bool {
        false
    }

    fn is_free(&self) -> bool {
        matches!(self, Self::Attribute(_))
    }

    fn is_null_if_missing(&self) -> bool {
        matches!(self, Self::Attribute(_))
    }

    fn is_rare(&self) -> bool {
        matches!(self, Self::Trace | Self::Span | Self::Parent | Self::Segment | Self::User)
    }
}
