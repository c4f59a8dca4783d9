/**
 * Who is answered. The server listens to this machine alone, but a browser on it may be told by any
 * page of the web to send requests there: those say in `Host`, `Origin` or `Sec-Fetch-Site` where they
 * come from, and are refused.
 */
import type { IncomingMessage } from 'node:http';

/** More than any address of the page has. */
const longestUrl = 2048;
/** More than any command takes, in bytes. */
export const longestBody = 64 * 1024;

/** Why a request is refused. */
export interface Refusal {
  readonly status: number;
  readonly why: string;
}

const names = ['127.0.0.1', 'localhost', '[::1]'];

/** @param port that the server listens to */
export function refusalOf(request: IncomingMessage, port: number): Refusal | undefined {
  const { host, origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const hosts = names.map((name) => `${name}:${port}`);
  // A name of the web that leads to this machine would make its pages ours (DNS rebinding).
  if (host === undefined || !hosts.includes(host.toLowerCase())) {
    return { status: 403, why: `this server is ${hosts[0]}, and answers to no other name` };
  }
  if (origin !== undefined && !hosts.some((own) => origin === `http://${own}`)) {
    return { status: 403, why: 'pages of other servers are not answered' };
  }
  if (site === 'cross-site' || site === 'same-site') {
    const isNavigation = request.headers['sec-fetch-mode'] === 'navigate';
    // A link to the page may be followed; nothing may be embedded, nor read.
    if (!isNavigation || request.method !== 'GET') {
      return { status: 403, why: 'pages of other servers are not answered' };
    }
  }
  if ((request.url ?? '').length > longestUrl) {
    return { status: 414, why: `addresses have at most ${longestUrl} characters` };
  }
  return refusalOfMethod(request);
}

function refusalOfMethod({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (method !== 'POST') return { status: 405, why: 'only GET, HEAD and POST are answered' };
  // Forms of other pages cannot send this type without being asked for leave first.
  if (!/^application\/json\b/.test(headers['content-type'] ?? '')) {
    return { status: 415, why: 'commands are JSON: send Content-Type: application/json' };
  }
  if (Number(headers['content-length'] ?? 0) > longestBody) {
    return { status: 413, why: `commands have at most ${longestBody} bytes` };
  }
  return undefined;
}

/**
 * The parts of a request's path; undefined where one could name another folder.
 * `/data/runs.json` is `['data', 'runs.json']`.
 */
export function partsOf(url: string): string[] | undefined {
  const [path = ''] = url.split(/[?#]/);
  if (!path.startsWith('/')) return undefined;
  try {
    const parts = path.slice(1).split('/').map(decodeURIComponent);
    return parts.every(isPlain) ? parts : undefined;
  } catch {
    return undefined;
  }
}

const isPlain = (part: string, index: number, { length }: readonly string[]): boolean =>
  /^[\w-][\w.-]*$/.test(part) || (part === '' && index === 0 && length === 1);

/** What browsers are told with every answer. */
export const safetyHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Of the page that trains by itself, whose styles stand in its markup, and whose threads are blobs. */
export const tabPolicy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; style-src 'unsafe-inline'; img-src 'self' blob: data:; frame-ancestors 'none'";
