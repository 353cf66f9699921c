// A link that a story can cut: a proxy between one person's browser and the rest of the world.

import { createServer, request } from "node:http";

export class Link {
  #sockets = new Set();
  #server = createServer((asked, answer) => {
    const onward = request(asked.url, { method: asked.method, headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode, got.rawHeaders);
      answer.flushHeaders(); // a stream of events begins before its first event
      got.pipe(answer);
      got.on("error", () => answer.destroy());
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  });

  constructor() {
    this.#server.on("connection", (socket) => {
      if (this.isCut) return socket.destroy();
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  isCut = false;

  /** Where a browser finds it, as Playwright's proxy option. */
  async open() {
    await new Promise((ready) => this.#server.listen(0, "127.0.0.1", ready));
    return { server: `http://127.0.0.1:${this.#server.address().port}` };
  }

  /** What is under way breaks off, and nothing gets through until mend. */
  cut() {
    this.isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.isCut = false;
  }

  close() {
    this.cut();
    this.#server.close();
  }
}
