/**
 * Server-sent events: what changed, to every page that is open.
 */
import type { ServerResponse } from 'node:http';

/** A page that reads too slowly is let go once so many bytes wait for it; it connects again. */
const mostWaiting = 2 ** 24;
/** Between two comments that keep a connection from being given up, milliseconds. */
const aliveMs = 15_000;

export class Events {
  readonly #pages = new Set<ServerResponse>();
  readonly #onCount: (pages: number) => void;
  readonly #timer: NodeJS.Timeout;

  /** @param onCount is told how many pages listen, whenever that changes */
  constructor(onCount: (pages: number) => void) {
    this.#onCount = onCount;
    this.#timer = setInterval(() => this.#write(': alive\n\n'), aliveMs).unref();
  }

  /** Answers a request with events, for as long as it stays open. */
  add(response: ServerResponse): void {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
    });
    // Where the connection is lost, the page comes back after this, and asks for what it missed.
    response.write('retry: 1000\n\n');
    this.#pages.add(response);
    this.#onCount(this.#pages.size);
    response.once('close', () => {
      this.#pages.delete(response);
      this.#onCount(this.#pages.size);
    });
  }

  send(event: string, data: unknown): void {
    if (this.#pages.size > 0) this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const page of this.#pages) page.end();
  }

  #write(text: string): void {
    for (const page of this.#pages) {
      if (page.writableLength > mostWaiting) page.destroy();
      else page.write(text);
    }
  }
}
