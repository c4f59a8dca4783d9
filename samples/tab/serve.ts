/**
 * A server of one folder, for this machine alone, with the two headers that threads need:
 * `node --import tsx samples/tab/serve.ts [PORT] [--plain]`. `--plain` leaves the headers out.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { dirname, extname, join, normalize, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.png': 'image/png',
  '.mjs': 'text/javascript',
  '.gz': 'application/gzip',
  '.wasm': 'application/wasm',
};

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * @param isolated whether to send the headers
 * @param port a free one when 0
 */
export function serve(
  folder: string,
  { isolated = true, port = 0 }: { readonly isolated?: boolean; readonly port?: number } = {},
): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = join(folder, normalize(decodeURIComponent(pathname)));
    const file = path.endsWith(sep) ? join(path, 'index.html') : path;
    const isThere = await stat(file).then(
      (entry) => entry.isFile(),
      () => false,
    );
    if (!isThere) {
      response.writeHead(404).end('not here');
      return;
    }
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, ...(isolated && isolation) });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const args = process.argv.slice(2);
  const port = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 8080);
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'dist');
  await serve(folder, { port, isolated: !args.includes('--plain') });
  console.log(`http://localhost:${port}/`);
}
