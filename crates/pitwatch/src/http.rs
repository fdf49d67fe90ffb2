//! Connections: limits on how many, how slow and how long, and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

use crate::roles::Stop;

/// Connections at the same time; others wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 4_096;
/// How long a client may take to send the head of a request. Source: Relay uses five seconds.
const HEAD_MAX: Duration = Duration::from_secs(5);
/// How long requests may go on after the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(5);
/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The same in HTTP/2, where heads are lists.
const HEADER_LIST_BYTES_MAX: u32 = 64 * 1024;
/// Requests of one HTTP/2 connection at the same time. Exporters send one after the other.
const STREAMS_MAX: u32 = 32;
/// Bytes that a client may send before they are read: of one HTTP/2 request, and of all requests of a
/// connection.
const WINDOW_BYTES: [u32; 2] = [256 * 1024, 512 * 1024];
/// How long an HTTP/2 connection may be silent before it is asked whether it is there, and how long it
/// may take to answer.
const ALIVE: Duration = Duration::from_secs(20);

/// What connections speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Everything but gRPC.
    Http1,
    /// gRPC, without TLS and without asking first.
    Http2,
}

/// Answers connections until told to stop, then lets what is under way end.
pub async fn serve(listener: TcpListener, router: Router, protocol: Protocol, stop: Stop) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.told() => break,
        };
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                // Mostly too many open files: accepting again at once would only burn the processor.
                tracing::warn!(%cause, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        answer(accepted, router.clone(), protocol, &graceful, slot);
    }
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(FAREWELL) => tracing::warn!("some requests were cut off"),
    }
}

/// Answers the requests of one connection, in a task of its own that holds the slot.
fn answer(
    (stream, peer): (TcpStream, SocketAddr),
    router: Router,
    protocol: Protocol,
    graceful: &GracefulShutdown,
    slot: OwnedSemaphorePermit,
) {
    if let Err(cause) = stream.set_nodelay(true) {
        tracing::debug!(%cause, "a connection stays slow to answer");
    }
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let stream = TokioIo::new(stream);
    match protocol {
        Protocol::Http1 => {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_MAX)
                .max_buf_size(HEAD_BYTES_MAX)
                .serve_connection(stream, service);
            spawn(connection, graceful, slot);
        }
        Protocol::Http2 => {
            let [of_stream, of_connection] = WINDOW_BYTES;
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .keep_alive_interval(ALIVE)
                .keep_alive_timeout(ALIVE)
                .max_header_list_size(HEADER_LIST_BYTES_MAX)
                .max_concurrent_streams(STREAMS_MAX)
                .initial_stream_window_size(of_stream)
                .initial_connection_window_size(of_connection)
                .serve_connection(stream, service);
            spawn(connection, graceful, slot);
        }
    }
}

fn spawn<C>(connection: C, graceful: &GracefulShutdown, slot: OwnedSemaphorePermit)
where
    C: GracefulConnection<Error = hyper::Error> + Send + 'static,
{
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(cause) = connection.await {
            tracing::debug!(%cause, "a connection ended early");
        }
        drop(slot);
    });
}
