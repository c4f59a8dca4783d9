/** Opening an engine by name, or the best one that this machine has. */
import * as tf from '@tensorflow/tfjs-core';
import { mendSecondOrderGradients } from '../compile/trace/second-order.js';
import { EngineError, UsageError } from '../errors.js';
import { cpu } from './cpu.js';
import { cuda } from './cuda.js';
import type { Engine, EngineName } from './engine.js';
import { measuredEngine } from './measured.js';
import { onnx } from './onnx.js';
import type { EngineOptions, EngineProbe, EngineSource } from './source.js';
import { tensorflow, tensorflowGpu } from './tensorflow.js';
import { wasm } from './wasm.js';
import { webgpu } from './webgpu.js';

/** Every engine, in the order in which `auto` prefers them. */
export const engineSources: readonly EngineSource[] = [
  tensorflowGpu,
  onnx,
  cuda,
  webgpu,
  tensorflow,
  wasm,
  cpu,
];

export interface OpenedEngine {
  readonly engine: Engine;
  /** One line for a person: which engine this is, and why this one. */
  readonly reason: string;
}

/**
 * Opens an engine and makes its backend the current one of TensorFlow.js.
 *
 * It also puts TensorFlow.js into production mode, which only silences its chatter, and corrects
 * the gradients that are wrong at second order.
 * @throws UsageError if there is no engine of that name, or it cannot be told a number of threads
 * @throws EngineError if it does not load on this machine, with why and what to do
 */
export async function openEngine(
  name: 'auto' | EngineName,
  sources: readonly EngineSource[] = engineSources,
  options: EngineOptions = {},
): Promise<OpenedEngine> {
  tf.enableProdMode();
  const { source, devices, reason } = await choose(name, sources, options);
  if (options.threads !== undefined && source.takesThreads !== true) {
    throw new UsageError(
      `engine '${source.name}' takes no number of threads, only 'onnx' does: leave the number out`,
    );
  }
  const opened = await source.open(devices, options);
  const rivals = name === 'auto' ? await openRivals(source, sources, options) : [];
  const engine = rivals.length === 0 ? opened : measuredEngine([opened, ...rivals], options);
  await tf.ready();
  // Last, because loading an engine may bring the stock gradients back.
  mendSecondOrderGradients();
  const told = rivals.map(
    (rival) => `${rival.name} on ${rival.devices.join(', ')} is timed against it at the first step`,
  );
  return { engine, reason: [reason, ...told].join('; ') };
}

/** Engines that may turn out to be faster than the one that `auto` takes, for a training. */
async function openRivals(
  { takesThreads }: EngineSource,
  sources: readonly EngineSource[],
  { forTraining, threads }: EngineOptions,
): Promise<Engine[]> {
  // Whoever says how many threads are to compute means the cores.
  if (forTraining !== true || threads !== undefined || takesThreads !== true) return [];
  const rivals: Engine[] = [];
  for (const source of sources) {
    const probe = await source.challenge?.();
    if (probe?.loads === true) rivals.push(await source.open(probe.devices));
  }
  return rivals;
}

interface Choice {
  readonly source: EngineSource;
  readonly devices: readonly string[];
  readonly reason: string;
}

async function choose(
  name: string,
  sources: readonly EngineSource[],
  options: EngineOptions,
): Promise<Choice> {
  if (name === 'auto') return chooseBest(sources, options);
  const source = sources.find((candidate) => candidate.name === name);
  if (source === undefined) {
    const names = ['auto', ...sources.map((candidate) => candidate.name)];
    throw new UsageError(`there is no engine '${name}'; choose one of ${names.join(', ')}`);
  }
  const { loads, why, devices } = await source.probe(options);
  if (!loads) throw new EngineError(`engine '${name}' does not load here: ${why}`);
  return { source, devices, reason: `${name}, as asked, on ${devices.join(', ')}` };
}

async function chooseBest(
  sources: readonly EngineSource[],
  options: EngineOptions,
): Promise<Choice> {
  const refused: EngineProbe[] = [];
  // What has to be measured is not chosen unseen.
  for (const source of sources.filter(({ challenge }) => challenge === undefined)) {
    const probe = await source.probe(options);
    if (probe.loads) {
      const found = `${source.name} on ${probe.devices.join(', ')}, the fastest engine that loads`;
      return { source, devices: probe.devices, reason: [found, ...explain(refused)].join('; ') };
    }
    refused.push(probe);
  }
  throw new EngineError(`no engine loads here: ${explain(refused).join('; ')}`);
}

/** Why engines were passed over, those with the same reason together. */
function explain(refused: readonly EngineProbe[]): string[] {
  const namesByReason = new Map<string, string[]>();
  for (const { name, why } of refused) {
    namesByReason.set(why, [...(namesByReason.get(why) ?? []), name]);
  }
  return Array.from(namesByReason, ([why, names]) => `${names.join(' and ')}: ${why}`);
}
