# The page of switches, which changes the flags that all services read. Build from the folder casino.
FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home casino && install -d -o casino /flags
COPY demo /srv/demo
COPY flags.json /srv/flags.json
USER casino
ENV DEMO_DATA=/flags PYTHONUNBUFFERED=1
VOLUME /flags
ENTRYPOINT ["python", "/srv/demo/switches_alone.py"]
