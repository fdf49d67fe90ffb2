/** How an app is told about Pitwatch, step by step. */
export interface Guide {
  readonly id: string;
  readonly name: string;
  /** What the server calls the platform of such a project. */
  readonly platform: string;
  readonly steps: (dsn: string) => readonly Step[];
}

export interface Step {
  readonly title: "install" | "configure" | "test" | "run";
  /** Where the code belongs, if anywhere. */
  readonly file?: string;
  readonly language: string;
  readonly code: string;
}

function python(extra: string, file: string, code: (dsn: string) => string, test: Step): Guide["steps"] {
  return (dsn) => [
    { title: "install", language: "", code: `pip install "sentry-sdk${extra}"` },
    { title: "configure", file, language: "python", code: code(dsn) },
    test,
  ];
}

export const GUIDES: readonly Guide[] = [
  {
    id: "fastapi",
    name: "Python: FastAPI",
    platform: "python-fastapi",
    steps: python(
      "[fastapi]",
      "main.py",
      (dsn) => `import sentry_sdk
from fastapi import FastAPI

sentry_sdk.init(
    dsn="${dsn}",
    environment="production",
    release="my-app@1.0.0",
)

app = FastAPI()


@app.get("/pitwatch-test")
async def pitwatch_test():
    return 1 / 0`,
      {
        title: "test",
        language: "",
        code: "uvicorn main:app &\nsleep 2; curl http://127.0.0.1:8000/pitwatch-test",
      },
    ),
  },
  {
    id: "celery",
    name: "Python: Celery",
    platform: "python-celery",
    steps: python(
      "[celery]",
      "tasks.py",
      (dsn) => `import sentry_sdk
from celery import Celery, signals


@signals.celeryd_init.connect
def start_reporting(**_kwargs):
    sentry_sdk.init(
        dsn="${dsn}",
        environment="production",
        release="my-app@1.0.0",
    )


app = Celery("tasks", broker="redis://127.0.0.1:6379/0")


@app.task
def pitwatch_test():
    return 1 / 0`,
      {
        title: "test",
        language: "",
        code: 'celery -A tasks worker &\npython -c "from tasks import pitwatch_test; pitwatch_test.delay()"',
      },
    ),
  },
  {
    id: "tornado",
    name: "Python: Tornado",
    platform: "python-tornado",
    steps: python(
      "[tornado]",
      "main.py",
      (dsn) => `import asyncio

import sentry_sdk
import tornado.web

sentry_sdk.init(
    dsn="${dsn}",
    environment="production",
    release="my-app@1.0.0",
)


class PitwatchTest(tornado.web.RequestHandler):
    def get(self):
        self.write(str(1 / 0))


async def main():
    app = tornado.web.Application([("/pitwatch-test", PitwatchTest)])
    app.listen(8888)
    await asyncio.Event().wait()


asyncio.run(main())`,
      {
        title: "test",
        language: "",
        code: "python main.py &\nsleep 2; curl http://127.0.0.1:8888/pitwatch-test",
      },
    ),
  },
  {
    id: "python",
    name: "Python: any program",
    platform: "python",
    steps: python(
      "",
      "main.py",
      (dsn) => `import sentry_sdk

sentry_sdk.init(
    dsn="${dsn}",
    environment="production",
    release="my-app@1.0.0",
)

1 / 0  # the first event`,
      { title: "test", language: "", code: "python main.py" },
    ),
  },
  {
    id: "node",
    name: "Node.js",
    platform: "node",
    steps: (dsn) => [
      { title: "install", language: "", code: "npm install @sentry/node" },
      {
        title: "configure",
        file: "instrument.mjs",
        language: "javascript",
        code: `import * as Sentry from "@sentry/node";

Sentry.init({
  dsn: "${dsn}",
  environment: "production",
  release: "my-app@1.0.0",
});`,
      },
      {
        title: "test",
        file: "app.mjs",
        language: "javascript",
        code: `setTimeout(() => {
  throw new Error("Hello Pitwatch");
}, 100);`,
      },
      { title: "run", language: "", code: "node --import ./instrument.mjs app.mjs" },
    ],
  },
  {
    id: "browser",
    name: "Browser JavaScript",
    platform: "javascript",
    steps: (dsn) => [
      { title: "install", language: "", code: "npm install @sentry/browser" },
      {
        title: "configure",
        file: "main.js",
        language: "javascript",
        code: `import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: "${dsn}",
  environment: "production",
  release: "my-app@1.0.0",
});`,
      },
      {
        title: "test",
        language: "javascript",
        code: `setTimeout(() => {\n  throw new Error("Hello Pitwatch");\n});`,
      },
    ],
  },
  {
    id: "angular",
    name: "Angular",
    platform: "javascript-angular",
    steps: (dsn) => [
      { title: "install", language: "", code: "npm install @sentry/angular" },
      {
        title: "configure",
        file: "src/main.ts",
        language: "typescript",
        code: `import { ErrorHandler } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import * as Sentry from "@sentry/angular";
import { AppComponent } from "./app/app.component";
import { appConfig } from "./app/app.config";

Sentry.init({
  dsn: "${dsn}",
  environment: "production",
  release: "my-app@1.0.0",
});

bootstrapApplication(AppComponent, {
  ...appConfig,
  providers: [...appConfig.providers, { provide: ErrorHandler, useValue: Sentry.createErrorHandler() }],
});`,
      },
      {
        title: "test",
        file: "any component",
        language: "typescript",
        code: `ngOnInit() {\n  throw new Error("Hello Pitwatch");\n}`,
      },
    ],
  },
  {
    id: "react",
    name: "React",
    platform: "javascript-react",
    steps: (dsn) => [
      { title: "install", language: "", code: "npm install @sentry/react" },
      {
        title: "configure",
        file: "src/main.jsx",
        language: "javascript",
        code: `import * as Sentry from "@sentry/react";
import { createRoot } from "react-dom/client";
import { App } from "./App";

Sentry.init({
  dsn: "${dsn}",
  environment: "production",
  release: "my-app@1.0.0",
});

createRoot(document.getElementById("root"), {
  onUncaughtError: Sentry.reactErrorHandler(),
  onCaughtError: Sentry.reactErrorHandler(),
  onRecoverableError: Sentry.reactErrorHandler(),
}).render(<App />);`,
      },
      {
        title: "test",
        file: "any component",
        language: "javascript",
        code: `<button onClick={() => { throw new Error("Hello Pitwatch"); }}>Break</button>`,
      },
    ],
  },
  {
    id: "go",
    name: "Go",
    platform: "go",
    steps: (dsn) => [
      { title: "install", language: "", code: "go get github.com/getsentry/sentry-go" },
      {
        title: "configure",
        file: "main.go",
        language: "go",
        code: `package main

import (
	"errors"
	"log"
	"time"

	"github.com/getsentry/sentry-go"
)

func main() {
	err := sentry.Init(sentry.ClientOptions{
		Dsn:              "${dsn}",
		Environment:      "production",
		Release:          "my-app@1.0.0",
		AttachStacktrace: true,
	})
	if err != nil {
		log.Fatalf("sentry.Init: %v", err)
	}
	defer sentry.Flush(2 * time.Second)

	sentry.CaptureException(errors.New("hello pitwatch"))
}`,
      },
      { title: "test", language: "", code: "go run ." },
    ],
  },
  {
    id: "rust",
    name: "Rust",
    platform: "rust",
    steps: (dsn) => [
      { title: "install", language: "", code: "cargo add sentry" },
      {
        title: "configure",
        file: "src/main.rs",
        language: "rust",
        code: `fn main() {
    // Reports what is left when it is dropped: keep it until the end of main.
    let _guard = sentry::init((
        "${dsn}",
        sentry::ClientOptions {
            release: sentry::release_name!(),
            environment: Some("production".into()),
            ..Default::default()
        },
    ));

    panic!("hello pitwatch");
}`,
      },
      { title: "test", language: "", code: "cargo run" },
    ],
  },
  {
    id: "curl",
    name: "curl",
    platform: "other",
    steps: (dsn) => [
      {
        title: "test",
        language: "",
        code: `curl -X POST '${storeUrl(dsn)}' \\
  -H 'Content-Type: application/json' \\
  -d '{"message":"Hello Pitwatch","level":"error","platform":"other"}'`,
      },
    ],
  },
];

/** Where a bare event is posted to, from `https://KEY@host/path/PROJECT`. */
export function storeUrl(dsn: string): string {
  const parts = /^(https?):\/\/([^@/:]+)(?::[^@/]*)?@([^/]+)(\/.*)?\/([^/]+)$/.exec(dsn);
  if (parts === null) return dsn;
  const [, scheme, key, host, path = "", project] = parts;
  return `${scheme}://${host}${path}/api/${project}/store/?sentry_key=${key}`;
}

/** The guide for a platform name, however precise it is. */
export function guideFor(platform: string | null): Guide | undefined {
  if (platform === null) return undefined;
  const family = platform.split("-")[0];
  return (
    GUIDES.find((guide) => guide.platform === platform) ?? GUIDES.find((guide) => guide.platform === family)
  );
}
