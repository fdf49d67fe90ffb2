//! A database of its own and a wallet process that can be killed.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_postgres::{Client, NoTls};

/// Exists as long as the test.
pub(crate) struct Database {
    admin: String,
    name: String,
    pub(crate) address: String,
}

impl Database {
    /// None when there is no server to create it on.
    pub(crate) async fn create(test: &str) -> Option<Self> {
        let admin = std::env::var("CASINO_POSTGRES").ok().filter(|address| !address.is_empty())?;
        let name = format!("casino_test_{test}_{}", std::process::id());
        let (base, _) = admin
            .rsplit_once('/')
            .expect("CASINO_POSTGRES is a postgres:// address with a database");
        let address = format!("{base}/{name}");
        let client = connect(&admin).await;
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .expect("the role of CASINO_POSTGRES may create databases");
        Some(Self { admin, name, address })
    }

    pub(crate) async fn client(&self) -> Client {
        connect(&self.address).await
    }

    /// Also ends the connections of whoever is left.
    pub(crate) async fn drop(self) {
        let client = connect(&self.admin).await;
        client.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await.unwrap();
    }
}

async fn connect(address: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(address, NoTls).await.expect("CASINO_POSTGRES can be reached");
    tokio::spawn(connection);
    client
}

/// The wallet's process.
pub(crate) struct Server {
    child: Child,
    database: String,
    port: u16,
}

impl Server {
    pub(crate) async fn start(database: &Database) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = spawn(&database.address, port);
        let server = Self { child, database: database.address.clone(), port };
        server.wait().await;
        server
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// SIGKILL, and another one at the same address.
    pub(crate) async fn crash(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = spawn(&self.database, self.port);
        self.wait().await;
    }

    async fn wait(&self) {
        let until = Instant::now() + Duration::from_secs(20);
        let url = format!("{}/health", self.address());
        while reqwest::get(&url).await.is_err() {
            assert!(Instant::now() < until, "the wallet does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Runs all checks now.
    pub(crate) async fn check(&self) -> Value {
        let url = format!("{}/checks", self.address());
        reqwest::Client::new().post(url).send().await.unwrap().json().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have died by itself, which the test has noticed otherwise.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(database: &str, port: u16) -> Child {
    Command::new(env!("CARGO_BIN_EXE_casino-wallet"))
        .env("CASINO_POSTGRES", database)
        .env("CASINO_LISTEN", format!("127.0.0.1:{port}"))
        .env_remove("SENTRY_DSN")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}
