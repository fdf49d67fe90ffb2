# Pitwatch itself: pages, then the server with the pages in it, then an image with nothing but the binary.
# Build from the root of the repository: docker build -f deploy/casino/pitwatch.Dockerfile .
FROM node:20-bookworm-slim AS pages
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
COPY crates/api/openapi.json /src/crates/api/openapi.json
RUN npm run build

FROM rust:1.95-bookworm AS server
WORKDIR /src
COPY . .
COPY --from=pages /src/web/dist web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --release -p pitwatch && cp target/release/pitwatch /pitwatch

FROM debian:bookworm-slim
RUN useradd --uid 10001 --create-home --home-dir /data pitwatch
COPY --from=server /pitwatch /usr/local/bin/pitwatch
USER pitwatch
EXPOSE 8000
ENTRYPOINT ["pitwatch"]
CMD ["serve", "--data", "/data", "--listen", "0.0.0.0:8000"]
