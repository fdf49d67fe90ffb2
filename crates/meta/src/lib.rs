//! Everything else at rest: organisations, projects, keys, users, issues, releases, part catalogue; SQLite.
//!
//! [`Meta`] is the one door. It is cheap to clone and may be used from any thread; calls block, so
//! asynchronous callers put them on a blocking thread. There is one writer; readers have connections
//! of their own and never wait for it. What ingest and the pipeline need for every request, the
//! [`doors`](Meta::doors) and the [`project settings`](Meta::project_settings), is kept in memory.

mod activity;
mod apply;
mod artifact;
mod artifact_generation;
mod artifact_inventory;
mod artifact_lookup;
mod attachment;
mod batch;
mod bundle;
mod catalogue;
mod channel_secret;
mod clock_time;
mod code_mapping;
mod commit;
mod database;
mod debug_file;
mod deploy;
mod directory;
mod door;
mod environment;
mod error;
mod fix;
mod flag_change;
mod flag_secret;
mod forecast;
mod hook;
mod invite;
mod issue;
mod issue_change;
mod issue_list;
mod issue_merge;
mod issue_query;
mod issue_state;
mod key;
mod lifecycle;
pub mod limits;
mod login;
mod member;
mod organization;
mod outcome_sums;
mod page;
mod password;
mod profile;
mod project;
mod provision;
mod pull_request;
mod recent;
mod release;
mod release_commits;
mod release_file;
mod repository;
mod retention;
mod route;
mod saved_search;
mod scope;
mod seal;
mod secret;
mod session;
mod settings;
pub mod short_id;
pub mod signature;
mod slug;
mod suspect;
mod team;
mod token;
mod transition;
mod uptime_headers;
mod user;
mod user_report;

pub use activity::{Activity, ActivityKind};
pub use artifact::{Claim, StoredArtifact};
pub use artifact_lookup::{FoundFile, Renewable};
pub use attachment::Attachment;
pub use batch::{
    Applied, Batch, Deployment, EventFacts, NewAttachment, NewUserReport, Placement, SessionBatch,
    TraceBatch,
};
pub use bundle::{Bundle, BundleFile, BundlePlace, NewBundle, NewBundleFile, UploadedTo};
pub use catalogue::Offsets;
pub use code_mapping::{CodeMapping, MappedAs, NewCodeMapping};
pub use commit::{Commit, CommitFile, FileChange, FileChangeKind, NewCommit};
pub use database::Meta;
pub use debug_file::{DebugFile, NewDebugFile};
pub use deploy::{Deploy, NewDeploy};
pub use door::{Door, Doors, Quota, QuotaScope};
pub use environment::Environment;
pub use error::MetaError;
pub use flag_change::{
    AuthorKind, FLAG_CHANGES_MAX, FlagAction, FlagChange, FlagChangeOrder, FlagChangeQuery,
    FlagsTold, NewFlagChange,
};
pub use flag_secret::{FlagProvider, FlagSecret};
pub use hook::Hook;
pub use invite::{Invite, NewInvite};
pub use issue::{HashState, Issue, IssueMarks, IssueOwner};
pub use issue_change::{Archiving, IssueAction, IssueChange, Resolving};
pub use issue_query::{
    Assignee, Compare, IssueCursor, IssuePage, IssuePredicate, IssueQuery, IssueSort, IssueTest,
    TextPattern,
};
pub use issue_state::{
    Archive, IssueState, IssueStatus, Level, Priority, Resolution, Standing, StatusDetails,
    Substatus,
};
pub use key::{Key, KeyChange, NewKey};
pub use login::LoginError;
pub use member::Member;
pub use organization::Organization;
pub use outcome_sums::{OutcomeGroup, OutcomeQuestion, OutcomeSum};
pub use page::{Listed, Page};
pub use password::{hash_password, verify_password};
pub use profile::{ProfileFilter, ProfileOrder, ProfileRelease, StoredProfile};
pub use project::{NewProject, Project, ProjectChange};
pub use provision::{
    FirstLogin, ProvisionError, ProvisionFile, ProvisionMember, ProvisionOrganization,
    ProvisionProject, ProvisionReport, ProvisionToken,
};
pub use pull_request::PullRequest;
pub use release::{Release, ReleaseChange, ReleaseQuery, ReleaseStatus};
pub use release_commits::{Author, Head, ReleaseCommit, ReleaseContents};
pub use release_file::{NewReleaseFile, ReleaseFile};
pub use repository::{NewRepository, Provider, Repository};
pub use retention::{Forgotten, Tended};
pub use saved_search::{NewSavedSearch, SavedSearch};
pub use scope::{Role, Scope, Scopes};
pub use secret::{Secret, random_password};
pub use session::{NewSession, Session};
pub use settings::{
    DetectorValue, FilterSettings, OrganizationSettings, ProjectSettings, QuotaSetting,
};
pub use slug::slugify;
pub use suspect::Change;
pub use team::Team;
pub use token::{NewToken, Token, TokenGrant};
pub use transition::{Transition, TransitionKind, Unread};
pub use user::User;
pub use user_report::UserReport;
