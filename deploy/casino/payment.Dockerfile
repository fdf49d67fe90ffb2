# Payment, in Node. Build from the folder casino.
FROM node:20-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
WORKDIR /srv
COPY services/payment/package.json services/payment/package-lock.json ./
RUN npm ci --no-audit --no-fund --omit=dev
COPY services/payment ./
USER node
ENTRYPOINT ["node", "--max-old-space-size=128", "--import", "./instrument.mjs", "src/main.mjs"]
