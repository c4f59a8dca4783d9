/** Folders of runs as trainings leave them, without the training. */
import { appendFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../../src/image/png.js';

export const emptyFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'mixgan-studio-test-'));

export const line = (step: number, values: Readonly<Record<string, number | null>> = {}): string =>
  `${JSON.stringify({ step, seconds: step / 10, ...values })}\n`;

export interface MadeRun {
  readonly kind?: string;
  readonly preset?: string;
  readonly steps?: number;
  /** Lines of metrics. */
  readonly lines?: number;
  readonly log?: readonly string[];
  /** Steps of pictures. */
  readonly pictures?: readonly number[];
}

/** @returns the run's folder */
export async function makeRun(
  folder: string,
  name: string,
  {
    kind = 'gan',
    preset = 'mnist-quick',
    steps = 100,
    lines = 0,
    log = [],
    pictures = [],
  }: MadeRun = {},
): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  const config = { kind, preset, data: 'mnist', seed: 0, steps };
  await writeFile(join(path, 'config.json'), JSON.stringify(config));
  const text = Array.from({ length: lines }, (_, i) =>
    line(i + 1, { 'discriminator.loss': 1 / (i + 1), 'generator.loss': Math.sin(i) }),
  );
  await writeFile(join(path, 'metrics.jsonl'), text.join(''));
  const said = log.map((words) => `2026-11-21T10:00:00.000Z ${words}\n`);
  await writeFile(join(path, 'log.txt'), said.join(''));
  for (const step of pictures) await writeFile(join(path, pictureName(step)), picture(step));
  return path;
}

export const pictureName = (step: number): string => `fakes-${String(step).padStart(6, '0')}.png`;

/** A grey square whose brightness is its step's. */
export const picture = (step: number): Uint8Array =>
  encodePng({ width: 16, height: 16, channels: 1, pixels: new Uint8Array(256).fill(step % 256) });

export const grow = (run: string, step: number, values: Readonly<Record<string, number>>) =>
  appendFile(join(run, 'metrics.jsonl'), line(step, values));
