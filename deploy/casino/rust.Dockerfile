# One of the casino's services in Rust; SERVICE names it. The gateway brings the pages of players and admins along.
# Build from the folder casino: docker build -f ../deploy/casino/rust.Dockerfile --build-arg SERVICE=wallet .
FROM node:20-bookworm-slim AS pages
WORKDIR /src
COPY services/web services/web
COPY services/admin services/admin
RUN for page in web admin; do (cd services/$page && npm ci --no-audit --no-fund && npm run build) || exit 1; done

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --release --workspace \
    && mkdir /built && find target/release -maxdepth 1 -type f -name 'casino-*' -perm -100 -exec cp {} /built/ \;

FROM debian:bookworm-slim AS service
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home casino
ARG SERVICE
COPY --from=build /built/casino-${SERVICE} /usr/local/bin/service
USER casino
WORKDIR /home/casino
ENTRYPOINT ["service"]

FROM service AS gateway
COPY --from=pages /src/services/web/dist/browser /srv/web
COPY --from=pages /src/services/admin/dist /srv/admin
ENV CASINO_WEB_FILES=/srv/web CASINO_ADMIN_FILES=/srv/admin
