"""A service that answers on a port, with sentry-sdk on. Usage: python_wallet.py DSN PORT

Serves requests until its standard input ends.
"""

import sys
import threading

import sentry_sdk
import uvicorn
from fastapi import FastAPI

sentry_sdk.init(dsn=sys.argv[1], environment="prod", release="wallet-service@2.0.7", traces_sample_rate=1.0)
app = FastAPI()


@app.get("/players/{player}/balance")
def balance(player: str) -> dict[str, int]:
    with sentry_sdk.start_span(op="db.sql.query", name="SELECT balance FROM players WHERE id = 7"):
        return {"balance": len(player)}


server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning"))
thread = threading.Thread(target=server.run)
thread.start()
print("serving", flush=True)
sys.stdin.read()
server.should_exit = True
thread.join()
sentry_sdk.flush(10)
