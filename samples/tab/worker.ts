/**
 * The worker of the page: it trains, since a step keeps its thread busy for as long as it takes.
 */
import {
  type Checkpoint,
  checkedDataset,
  checkpointBlob,
  type DatasetSplits,
  type Engine,
  findPageGpu,
  type GanConfig,
  ganConfigSchema,
  ganPresets,
  InputError,
  type LoadedCheckpoint,
  openPageEngine,
  readCheckpoint,
  runArchive,
  trainGan,
  wasmRuntime,
} from 'mixgan/web';
import * as ort from 'onnxruntime-web/wasm';
import { digitsFile, gpuWasmFile, headerWords, ortScript, wasmFile } from './files.js';
import type { Device, Numbers, Report, Request } from './protocol.js';

/** Pictures more often than in a terminal, where they are files. */
const recipe: GanConfig = { ...ganPresets['mnist-quick']!, pictureEvery: 25, saveEvery: 100 };

interface Training {
  readonly config: GanConfig;
  readonly metrics: Numbers[];
  stop: AbortController;
  checkpoint: LoadedCheckpoint | undefined;
}

let training: Training | undefined;
let machine: Promise<{ readonly engine: Engine; readonly data: DatasetSplits }> | undefined;

const tell = (report: Report, transfer: Transferable[] = []): void =>
  self.postMessage(report, { transfer });

async function fetched(name: string): Promise<ArrayBuffer> {
  const url = new URL(name, self.location.href);
  const response = await fetch(url).catch((thrown: unknown) => {
    throw new InputError(`${name} could not be fetched: is the server still there?`, {
      cause: thrown,
    });
  });
  if (!response.ok) throw new InputError(`${name} is not beside the page (${response.status})`);
  const bytes = await response.arrayBuffer();
  const [first, second] = new Uint8Array(bytes);
  // Some servers declare the compression, and the browser has undone it.
  if (first !== 0x1f || second !== 0x8b) return bytes;
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(plain).arrayBuffer();
}

async function loadDigits(): Promise<DatasetSplits> {
  const bytes = await fetched(digitsFile);
  const [train, test, side] = new Uint32Array(bytes, 0, headerWords) as unknown as number[];
  let at = 4 * headerWords;
  const next = (length: number): Uint8Array => {
    at += length;
    return new Uint8Array(bytes, at - length, length);
  };
  const split = (name: string, count: number) => ({
    ...{ name, count, labels: next(count), images: next(count * side! ** 2) },
    ...{ height: side!, width: side!, channels: 1 },
    classNames: Array.from({ length: 10 }, (_, digit) => `${digit}`),
  });
  return {
    train: checkedDataset(split('mnist train', train!)),
    test: checkedDataset(split('mnist test', test!)),
  };
}

async function openCores(threads: number | undefined): Promise<Engine> {
  ort.env.wasm.wasmBinary = await fetched(wasmFile);
  ort.env.wasm.wasmPaths = { mjs: new URL(ortScript, self.location.href).href };
  return openPageEngine(wasmRuntime(ort, { threads }));
}

async function openGpu(): Promise<Engine> {
  const [{ openGpu }, wasm] = await Promise.all([import('./gpu.js'), fetched(gpuWasmFile)]);
  return openGpu(wasm);
}

/** Milliseconds of the fastest of a few steps, the first of which is compiled. */
async function msPerStep(engine: Engine, data: DatasetSplits): Promise<number> {
  const times: number[] = [performance.now()];
  await trainGan({
    ...{ config: { ...recipe, steps: 7 }, data, engine },
    onStep: () => {
      times.push(performance.now());
    },
  });
  return Math.min(...times.slice(2).map((time, i) => time - times[i + 1]!));
}

async function chooseEngine(
  { threads, device }: { readonly threads?: number; readonly device?: Device },
  data: DatasetSplits,
): Promise<Engine> {
  if (device === 'gpu') return openGpu();
  const cores = openCores(threads);
  const gpu = device === 'wasm' ? undefined : await findPageGpu();
  if (gpu === undefined || gpu.isSoftware) return cores;
  // The models are small: a GPU may be slower than the cores.
  const engines = [await cores, await openGpu()];
  const times: number[] = [];
  for (const engine of engines) times.push(await msPerStep(engine, data));
  const told = engines.map(({ devices }, i) => `${devices.join()} ${times[i]!.toFixed(1)} ms`);
  tell({ kind: 'line', line: `A step takes: ${told.join(', ')}` });
  return engines[times.indexOf(Math.min(...times))]!;
}

async function start(asked: { readonly threads?: number; readonly device?: Device }) {
  const data = await loadDigits();
  return { engine: await chooseEngine(asked, data), data };
}

/** @throws InputError when it is no GAN of such digits */
async function opened(file: File, steps: number): Promise<Training> {
  const checkpoint = await readCheckpoint(file, file.name, { kind: 'gan' });
  const { task: _, ...keys } = Object(checkpoint.config) as Record<string, unknown>;
  const parsed = ganConfigSchema.safeParse(keys);
  if (!parsed.success) throw new InputError(`${file.name} has a configuration of another version`);
  const config = {
    ...parsed.data,
    // It may have been judged by scores, which the page has not.
    evaluateEvery: 0,
    steps: Math.max(parsed.data.steps, steps),
  };
  return { config, metrics: [], stop: new AbortController(), checkpoint };
}

async function run(asked: Parameters<typeof start>[0] = {}): Promise<void> {
  const current = training!;
  const { config, metrics, checkpoint: from } = current;
  current.stop = new AbortController();
  machine ??= start(asked);
  const { engine, data } = await machine;
  tell({
    kind: 'begun',
    devices: engine.devices.join(),
    steps: config.steps,
    from: from?.step ?? 0,
  });
  const save = (checkpoint: Checkpoint): void => {
    current.checkpoint = { ...checkpoint, path: 'this tab' };
  };
  const { outcome, checkpoint } = await trainGan({
    ...{ config, data, engine, from, signal: current.stop.signal, onSave: save },
    onStep: (step) => tell({ kind: 'step', step }),
    onLine: (line) => tell({ kind: 'line', line }),
    onMetrics: (record) => {
      metrics.push(record);
      tell({ kind: 'metrics', record });
    },
    onPicture: (name, taken, { width, height, pixels }) =>
      tell({ kind: 'picture', name, taken, width, height, pixels: new Uint8Array(pixels) }),
  });
  save(checkpoint);
  tell({ kind: 'ended', step: checkpoint.step, finished: outcome === 'finished' });
}

async function answer(request: Request): Promise<void> {
  switch (request.kind) {
    case 'train': {
      const config = { ...recipe, steps: request.steps ?? recipe.steps };
      training = request.from
        ? await opened(request.from, config.steps)
        : { config, metrics: [], stop: new AbortController(), checkpoint: undefined };
      return run(request);
    }
    case 'continue':
      return run();
    case 'stop':
      training?.stop.abort('finishing the step');
      return;
    case 'file': {
      const { checkpoint, metrics } = training ?? {};
      if (checkpoint === undefined) throw new InputError('there is nothing to save yet');
      const isRun = request.form === 'run';
      const blob = isRun
        ? await runArchive('run-from-tab', { checkpoint, metrics: metrics ?? [] })
        : await checkpointBlob(checkpoint);
      tell({ kind: 'file', name: isRun ? 'run-from-tab.zip' : 'latest.safetensors', blob });
    }
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  answer(data).catch((thrown: unknown) =>
    tell({ kind: 'failed', why: thrown instanceof Error ? thrown.message : String(thrown) }),
  );
});
