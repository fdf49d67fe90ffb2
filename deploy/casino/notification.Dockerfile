# Notification, in Go. Build from the folder casino.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY services/notification ./
RUN go build -o /notification .

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home casino
COPY --from=build /notification /usr/local/bin/notification
USER casino
WORKDIR /home/casino
ENTRYPOINT ["notification"]
