import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";

/** The other side of a channel: answers as it is told to, and keeps what it was sent. */
export class Hook {
  readonly received: string[] = [];
  status = 200;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<Hook> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no free port");
    const hook = new Hook(server, `http://127.0.0.1:${address.port}/hook`);
    server.on("request", async (request, response) => {
      hook.received.push(await text(request));
      response.writeHead(hook.status).end(hook.status === 200 ? "thanks" : "not today");
    });
    return hook;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }
}
