import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Organization, Project } from "./test.ts";

const HOUR_MS = 3_600_000;

const ADA = { author_name: "Ada Lovelace", author_email: "ada@example.com" };
const BEN = { author_name: "Ben Bitdiddle", author_email: "ben@example.com" };

/** A hash that looks like git's. */
export const hash = (): string => randomBytes(20).toString("hex");

interface CommitTold {
  readonly message: string;
  readonly files: readonly string[];
  readonly by?: "ada" | "ben";
  /** Hours ago. */
  readonly age?: number;
}

/** What a pipeline tells of a release: its commits, when it came out, where it was deployed. */
export async function tell(
  project: Project,
  version: string,
  about: {
    readonly repository: string;
    readonly commits: readonly CommitTold[];
    /** Hours ago. */
    readonly age: number;
    /** By environment, hours ago. */
    readonly deploys: Readonly<Record<string, number>>;
  },
): Promise<readonly string[]> {
  const { owner } = project;
  const releases = `organizations/${owner.slug}/releases/`;
  const hashes = about.commits.map(hash);
  await owner.change("POST", releases, {
    version,
    projects: [project.slug],
    dateReleased: ago(about.age),
    ref: "main",
    commits: about.commits.map(({ message, files, by, age }, place) => ({
      id: hashes[place],
      repository: about.repository,
      message,
      timestamp: ago(age ?? about.age + place + 1),
      patch_set: files.map((path) => ({ path, type: "M" })),
      ...(by === "ben" ? BEN : ADA),
    })),
  });
  for (const [environment, age] of Object.entries(about.deploys)) {
    await owner.change("POST", `${releases}${encodeURIComponent(version)}/deploys/`, {
      environment,
      name: `${environment} #${Math.round(age * 10)}`,
      url: "https://ci.example.com/deploys/7",
      dateStarted: ago(age + 0.05),
      dateFinished: ago(age),
    });
  }
  return hashes;
}

function ago(hours: number): string {
  return new Date(Date.now() - hours * HOUR_MS).toISOString();
}

/** Sessions of a release, hour by hour; waits until they are counted. */
export async function sessions(
  project: Project,
  version: string,
  {
    hours,
    perHour,
    crashed,
    environment = "production",
  }: {
    /** From how many hours ago on, until how many. */
    readonly hours: readonly [number, number];
    readonly perHour: number;
    /** Which share crashed. */
    readonly crashed: number;
    readonly environment?: string;
  },
): Promise<void> {
  const aggregates = [];
  for (let hour = hours[0]; hour >= hours[1]; hour -= 1) {
    const all = Math.round(perHour * (1 + 0.4 * Math.sin(hour / 4)));
    const bad = Math.round(all * crashed);
    const started = ago(hour);
    aggregates.push({ started, exited: all - 2 * bad, errored: bad, crashed: bad });
    for (let person = 0; person < 6; person += 1) {
      const did = `${project.id}-${hour % 7}-${person}`;
      aggregates.push({ started, did, exited: 1, ...(person === 0 && bad > 2 ? { crashed: 1 } : {}) });
    }
  }
  await project.envelope([[{ type: "sessions" }, { aggregates, attrs: { release: version, environment } }]]);
  const query = `field=sum(session)&statsPeriod=14d&interval=1d&query=release:"${encodeURIComponent(version)}"`;
  const path = `organizations/${project.owner.slug}/sessions/?${query}&environment=${environment}`;
  await project.until<{ groups: readonly unknown[] }>(path, ({ groups }) => groups.length > 0);
}

/** Numbers between 0 and 1 from a seed, the same each time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

interface EndpointTold {
  readonly name: string;
  /** The share that fails, and the middle of its durations in seconds. */
  readonly failing: number;
  readonly seconds: number;
}

/** Requests of a release in the last minutes, with what they paid out; waits until they can be found. */
export async function requests(
  project: Project,
  version: string,
  endpoints: readonly EndpointTold[],
  payout: number,
  count = 300,
): Promise<void> {
  const chance = dice(version.length * 7919 + Math.round(payout));
  const spans = endpoints.flatMap(({ name, failing, seconds }) =>
    Array.from({ length: count }, () => {
      const end = Date.now() / 1000 - 5 - chance() * 900;
      const took = seconds * (0.6 + 0.8 * chance());
      const text = (value: string) => ({ type: "string", value });
      return {
        trace_id: randomBytes(16).toString("hex"),
        span_id: randomBytes(8).toString("hex"),
        name,
        is_segment: true,
        status: chance() < failing ? "error" : "ok",
        start_timestamp: end - took,
        end_timestamp: end,
        attributes: {
          "sentry.release": text(version),
          "sentry.op": text("http.server"),
          "sentry.environment": text("production"),
          payout: { type: "double", value: payout * (0.9 + 0.2 * chance()) },
          bet: { type: "double", value: 500 * (0.9 + 0.2 * chance()) },
        },
      };
    }),
  );
  for (let from = 0; from < spans.length; from += 100) {
    const items = spans.slice(from, from + 100);
    const content_type = "application/vnd.sentry.items.span.v2+json";
    await project.envelope([
      [
        { type: "span", item_count: items.length, content_type },
        { version: 2, items },
      ],
    ]);
  }
  const query = `dataset=spans&field=count()&statsPeriod=1h&query=release:"${encodeURIComponent(version)}"`;
  const path = `organizations/${project.owner.slug}/events/?${query}&project=${project.id}`;
  await project.until<{ data: readonly { "count()": number }[] }>(
    path,
    ({ data }) => (data[0]?.["count()"] ?? 0) >= spans.length,
  );
}

/** An artifact bundle, as bundler plugins make them: a ZIP without compression. */
function bundle(debugId: string, url: string): Buffer {
  const files = {
    "files/app.min.js": {
      type: "minified_source",
      url,
      headers: { "debug-id": debugId, sourcemap: "app.js.map" },
    },
    "files/app.js.map": { type: "source_map", url: `${url}.map`, headers: { "debug-id": debugId } },
  };
  const map = {
    version: 3,
    sources: ["src/app.ts"],
    sourcesContent: ["spin()"],
    names: [],
    mappings: "AAAA",
  };
  return Buffer.concat([
    Buffer.from("SYSB\x02\0\0\0", "latin1"),
    zip({
      "files/app.min.js": "spin();\n//# sourceMappingURL=app.js.map\n",
      "files/app.js.map": JSON.stringify(map),
      "manifest.json": JSON.stringify({ debug_id: debugId, files }),
    }),
  ]);
}

/** Source: APPNOTE.TXT of PKWARE, 4.3.7, 4.3.12 and 4.3.16. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const [name, content] = [Buffer.from(path), Buffer.from(text)];
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt32LE(crc32(content), 10);
    about.writeUInt32LE(content.length, 14);
    about.writeUInt32LE(content.length, 18);
    about.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), about, name, content);
    directory.push(Buffer.from("PK\x01\x02\x14\0", "latin1"), about, place, name);
    offset += 30 + name.length + content.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(files).length, 4);
  end.writeUInt16LE(Object.keys(files).length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from("PK\x05\x06", "latin1"), end]);
}

/** Uploads a bundle for a release as sentry-cli does: in pieces, which are then put together. */
export async function uploadBundle(project: Project, version: string, debugId: string): Promise<void> {
  const { owner } = project;
  const content = bundle(debugId, "~/assets/app.min.js");
  const checksum = createHash("sha1").update(content).digest("hex");
  const organization = `organizations/${owner.slug}`;
  await owner.upload(`${organization}/chunk-upload/`, [new File([new Uint8Array(content)], checksum)]);
  const asked = { checksum, chunks: [checksum], projects: [project.slug], version };
  await owner.change("POST", `${organization}/artifactbundle/assemble/`, asked);
  const path = `projects/${owner.slug}/${project.slug}/files/artifact-bundles/`;
  await project.until<readonly unknown[]>(path, (bundles) => bundles.length > 0);
}

/** Uploads one file of a release, as sentry-cli 2 could. */
export async function uploadFile(project: Project, version: string, name: string): Promise<void> {
  const files = `projects/${project.owner.slug}/${project.slug}/releases/${encodeURIComponent(version)}/files/`;
  await project.owner.upload(files, [new File(["spin();"], name)]);
}

/** A repository that nobody else has, with its page. */
export async function repository(owner: Organization, name: string): Promise<string> {
  const answer = await owner.change("POST", `organizations/${owner.slug}/repos/`, {
    name,
    url: `https://gitlab.example.com/${name}`,
  });
  const { id }: { id: string } = await answer.json();
  return id;
}
