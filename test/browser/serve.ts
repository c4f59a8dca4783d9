/** Folders of built pages, served as the tab's are. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../../samples/tab/serve.js';

/** @returns the page's address, and what ends its server */
export async function served(
  folder: string,
  isolated: boolean,
): Promise<{ url: string; close: () => void }> {
  const server: Server = await serve(folder, { isolated });
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://localhost:${port}/`, close };
}

/** An empty folder, with a page that runs a script. */
export async function folderFor(
  script: string,
): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'mixgan-browser-'));
  await writeFile(
    join(path, 'index.html'),
    `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`,
  );
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
