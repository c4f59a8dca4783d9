/**
 * The studio's server: the page, what it reads, what changed, and what it asks to be done.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  EngineError,
  InputError,
  MixganError,
  messageOf,
  OutputError,
  systemErrorCode,
} from '../../src/errors.js';
import type { Family } from '../../src/family/family.js';
import { tabFolder } from '../shared/files.js';
import type { CommandLine } from './command-line.js';
import { Commands } from './commands.js';
import { Events } from './events.js';
import { longestBody, partsOf, refusalOf, safetyHeaders, tabPolicy } from './guard.js';
import { openLibrary } from './library.js';
import { pageFiles, pageFolder } from './page-files.js';
import { type Library, resourceAt } from './resources.js';

export interface StudioOptions {
  /** Holds the folders of runs, at any depth; it need not exist yet. */
  readonly folder: string;
  /** A free one where it is 0. */
  readonly port: number;
  readonly families: readonly Family[];
  readonly version: string;
  readonly commandLine: CommandLine;
}

export interface Studio {
  readonly url: string;
  /** Trainings that were begun from the page, and are under way. */
  readonly trainings: number;
  /** Stops those trainings, which save, and the server. */
  close(): Promise<void>;
}

/** More than any number of tabs needs. */
const mostConnections = 200;

/**
 * @throws OutputError where the port is taken
 */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const { folder, commandLine, families } = options;
  const events = new Events((pages) => {
    library.runs.isWatched = pages > 0;
  });
  const library = await openLibrary({
    ...options,
    isLive: true,
    onChange: (_, { summary, lines }) => {
      if (lines !== undefined) events.send('lines', lines);
      events.send('run', summary);
    },
    onGone: (key) => events.send('gone', key),
    onProgress: (key, line) => events.send('examining', { key, line }),
  });
  const { runs } = library;
  const kinds = families.map(({ kind }) => kind);
  const commands = new Commands({ commandLine, folder, kinds, runs });
  const files = await pageFiles(await pageFolder());
  let port = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(safetyHeaders)) response.setHeader(name, value);
    const refusal = refusalOf(request, port);
    if (refusal !== undefined) return refuse(response, refusal.status, refusal.why);
    const url = request.url ?? '/';
    const parts = partsOf(url);
    if (parts === undefined) return refuse(response, 404, 'there is no such thing');
    const [first, ...below] = parts;
    if (request.method === 'POST') {
      if (parts.join('/') !== 'data/commands')
        return refuse(response, 404, 'there is no such thing');
      return send(
        response,
        200,
        'application/json',
        JSON.stringify(await commanded(request, commands)),
      );
    }
    if (parts.join('/') === 'data/events') return events.add(response);
    if (first === 'data') return sendResource(library, below, url, response);
    const path = parts.join('/');
    const file = files.get(path === '' ? 'index.html' : path);
    if (file === undefined) return refuse(response, 404, 'there is no such thing');
    if (first === tabFolder) response.setHeader('Content-Security-Policy', tabPolicy);
    send(response, 200, file.type, file.bytes);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      if (response.headersSent) response.destroy();
      else refuse(response, statusOf(thrown), messageOf(thrown));
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.maxConnections = mostConnections;
  port = await listen(server, options.port);
  void runs.open().then(() => events.send('complete', true));
  return {
    url: `http://127.0.0.1:${port}/`,
    get trainings() {
      return commands.trainings;
    },
    async close() {
      runs.close();
      events.close();
      server.close();
      server.closeAllConnections();
      await commands.close();
      await library.models.close();
      await library.examinations.close();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const isTaken = systemErrorCode(error) === 'EADDRINUSE';
      reject(
        new OutputError(
          isTaken
            ? `port ${port} is taken by another program; give --port another number, or leave it out`
            : `port ${port} cannot be had: ${error.message}`,
          { cause: error },
        ),
      );
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function sendResource(
  library: Library,
  parts: readonly string[],
  url: string,
  response: ServerResponse,
): Promise<void> {
  const from = Number(new URLSearchParams(url.split('?')[1] ?? '').get('from') ?? 0);
  if (!Number.isSafeInteger(from) || from < 0) {
    return refuse(response, 400, 'from is the number of a byte');
  }
  const resource = await resourceAt(library, parts, from);
  if (resource === undefined) return refuse(response, 404, 'there is no such thing');
  if (resource.version !== undefined) response.setHeader('X-Version', resource.version);
  send(response, 200, resource.type, resource.bytes);
}

/** The whole body, which is short. */
async function commanded(request: IncomingMessage, commands: Commands): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > longestBody) throw new TooLong(`commands have at most ${longestBody} bytes`);
    pieces.push(piece);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(pieces).toString());
  } catch {
    throw new InputError('not a command: it is no JSON');
  }
  return commands.run(value);
}

class TooLong extends InputError {}

const statusOf = (thrown: unknown): number => {
  if (thrown instanceof TooLong) return 413;
  if (thrown instanceof EngineError) return 500;
  return thrown instanceof MixganError ? 400 : 500;
};

function send(
  response: ServerResponse,
  status: number,
  type: string,
  bytes: Uint8Array | string,
): void {
  const body = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': body.length,
    // Files of runs change under their names.
    'Cache-Control': 'no-cache',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** One line of text. What is left of the request is not read. */
function refuse(response: ServerResponse, status: number, why: string): void {
  if (!response.req.complete) response.setHeader('Connection', 'close');
  send(response, status, 'text/plain; charset=utf-8', `${why}\n`);
}
