/**
 * Drawings as pictures: SVG to bytes on a background, by `@resvg/resvg-js` in worker threads, once; after
 * that they come from a cache.
 */
import { basename } from 'node:path';
import { InputError } from '../../errors.js';
import { cached } from '../cache.js';
import { findPackage } from '../packages.js';
import { allThreads, ThreadPool } from '../thread-pool.js';
import { type RasterJob, type RasterLook, type Rgb, rasterTask } from './raster-task.js';

/** A drawing, and what messages call it. */
export interface Drawing {
  readonly name: string;
  /** A whole SVG document. */
  readonly svg: string;
}

export interface RasterOptions {
  /** What the pictures are together: in messages (`--data faces`) … */
  readonly need: string;
  /** … and in the name of the cache's file: letters, digits, dots and dashes. */
  readonly name: string;
  /** Side of each picture in pixels, 1 … 1024; a drawing that is no square is placed in its middle. */
  readonly size: number;
  /** What shows where nothing is drawn; white. */
  readonly background?: Rgb;
  /** Font files that text is drawn with; none of the system's is ever used. */
  readonly fonts?: readonly string[];
  /** All that the drawings depend on, as JSON: versions of packages, seeds. The cache is kept by it. */
  readonly key: unknown;
  /** Is told lines for the user on what takes long. */
  readonly say?: ((line: string) => void) | undefined;
  /** Where the cache is; the user's folder. */
  readonly cacheFolder?: string | undefined;
}

/** What drawings became, and what was told about them. */
export interface Rasterised {
  /** RGB, [N, S, S, 3], 0 … 255. */
  readonly images: Uint8Array;
  /** N. */
  readonly count: number;
  /** What `draw` said of them, kept beside them: labels, names. */
  readonly about: unknown;
}

/** Drawings one after the other, asked for only where the cache has no pictures of them. */
export interface DrawingSource {
  /** N. */
  readonly count: number;
  /** May make each drawing when its turn comes: meanwhile threads rasterise those before it. */
  readonly drawings: () => Iterable<Drawing>;
  /** JSON that is kept beside the pictures; asked for when all drawings were made. */
  readonly about?: () => unknown;
}

const rasteriser = '@resvg/resvg-js';
const white: Rgb = [255, 255, 255];
/** Drawings that go to a thread at once: some 20 ms of work. */
const drawingsPerJob = 64;
/** Below this many, threads take longer to start than to draw. */
const worthThreads = 256;
/** Milliseconds between two lines about progress. */
const lineEveryMs = 2000;

/**
 * Rasterises drawings, or finds the pictures in the cache.
 *
 * @throws InputError where the rasteriser is not installed, a drawing is no SVG (by its name), or the
 *   cache's file is damaged
 */
export async function rasterise(
  source: DrawingSource,
  options: RasterOptions,
): Promise<Rasterised> {
  const { name, size, background = white, fonts = [], need, say } = options;
  const { version } = findPackage(rasteriser, need);
  const { bytes, about } = await cached({
    ...{ name, say, folder: options.cacheFolder },
    // Not where the fonts lie, which is nobody's business but this machine's.
    key: [
      options.key,
      source.count,
      size,
      background,
      fonts.map((path) => basename(path)),
      rasteriser,
      version,
    ],
    make: async () => {
      const images = await drawn(source, { need, name, size, background, fonts }, say);
      return { bytes: images, about: source.about?.() ?? null };
    },
  });
  const expected = source.count * size * size * 3;
  if (bytes.length !== expected) {
    throw new RangeError(`${name}: ${bytes.length} bytes in the cache, not ${expected}`);
  }
  return { images: bytes, count: source.count, about };
}

interface Look extends RasterLook {
  readonly name: string;
}

async function drawn(
  source: DrawingSource,
  look: Look,
  say: RasterOptions['say'],
): Promise<Uint8Array> {
  const { count } = source;
  const pool = count < worthThreads ? undefined : threadsFor(look);
  const inline = rasterTask(look);
  const imageBytes = look.size ** 2 * 3;
  const images = new Uint8Array(new SharedArrayBuffer(count * imageBytes));
  const started = performance.now();
  let [done, toldAt] = [0, started];
  const rasteriseJob = async (drawings: readonly Drawing[], first: number): Promise<void> => {
    const into = images.subarray(first * imageBytes, (first + drawings.length) * imageBytes);
    const job: RasterJob = { drawings, into };
    await (pool?.run(job) ?? inline(job));
    done += drawings.length;
    const now = performance.now();
    if (now - toldAt < lineEveryMs) return;
    toldAt = now;
    say?.(`${look.name}: ${done} of ${count} drawn`);
  };
  if (pool !== undefined) say?.(`drawing the ${count} pictures of ${look.name}, once`);
  try {
    const jobs: Promise<void>[] = [];
    let [batch, first] = [[] as Drawing[], 0];
    const send = async (): Promise<void> => {
      const job = rasteriseJob(batch, first);
      // All are waited for below: until then none may fail unseen.
      job.catch(() => undefined);
      jobs.push(job);
      first += batch.length;
      batch = [];
      // Lets answers in, and keeps but few drawings in memory.
      if (jobs.length > 16) await jobs[jobs.length - 16];
    };
    for (const drawing of source.drawings()) {
      batch.push(drawing);
      if (batch.length === drawingsPerJob) await send();
    }
    if (batch.length > 0) await send();
    await Promise.all(jobs);
    if (first !== count) {
      throw new RangeError(`${look.name} has ${first} drawings, where ${count} were promised`);
    }
  } finally {
    await pool?.close();
  }
  if (pool !== undefined) {
    say?.(`${look.name}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  return images;
}

const threadsFor = (look: Look): ThreadPool<RasterJob, undefined> =>
  new ThreadPool(allThreads(), {
    from: import.meta.url,
    module: './raster-task.js',
    exportName: 'rasterTask',
    data: look,
  });

/** Sizes that pictures are drawn in. */
export function requireRasterSize(size: number, need: string): void {
  if (Number.isInteger(size) && size >= 1 && size <= 1024) return;
  throw new InputError(`${need} is drawn at 1 to 1024 pixels, not ${size}`);
}
