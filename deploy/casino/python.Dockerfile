# The engine or analytics; SERVICE names it. Build from the folder casino.
FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home casino
ARG SERVICE
COPY services/python-telemetry /src/python-telemetry
COPY services/${SERVICE} /src/${SERVICE}
RUN pip install --no-cache-dir -r /src/${SERVICE}/requirements.txt \
    && pip install --no-cache-dir --no-deps /src/python-telemetry /src/${SERVICE}
ENV MODULE=casino_${SERVICE} PYTHONUNBUFFERED=1
USER casino
WORKDIR /home/casino
ENTRYPOINT ["sh", "-c", "exec python -m $MODULE"]
