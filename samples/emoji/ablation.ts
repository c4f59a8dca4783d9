/**
 * What each part of a translation is good for: trains variants of the preset `emoji` with each seed, all
 * for the same time, and writes a line of JSON for each:
 * `node --import tsx samples/emoji/ablation.ts --seconds 240 --seeds 0 --out ablation.jsonl`, with
 * `--extractor RUN` of a classifier for Fréchet distances too.
 *
 * Seconds are those of one core, so that other work on the machine does not count; compiling the first step
 * does. Lines that the file has are not made again, so that a stopped ablation goes on. One variant alone:
 * `--only 'no blocks'`.
 */
import { appendFile, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openExtractorFile } from '../../classifier/extractors.js';
import { mergeOverrides } from '../../src/config/change.js';
import type { Overrides } from '../../src/config/json.js';
import { parseConfig } from '../../src/config/parse.js';
import { asJson } from '../../src/config/resolve.js';
import { openEngine } from '../../src/engine/open.js';
import { players, translationConfigSchema } from '../../translation/config.js';
import {
  loadDomains,
  openTranslation,
  trainTranslation,
  translationPresets,
} from '../../translation/index.js';
import { cycleganRecipe } from '../../translation/presets.js';

const preset = translationPresets.emoji!;

/** Residual convolutions where the preset has Mixer blocks, with all else around them as it is. */
const convolutions = (numBlocks: number): Overrides => {
  const { tokenDim: _, channelDim: __, branchGain: ___, ...around } = players.mixer.generator;
  const { channels, skip, residual } = preset.generator;
  const generator = { ...around, channels, skip, residual, arch: 'cyclegan', numBlocks };
  return { generator } as Overrides;
};

/** By name, what each changes of the preset. */
const variants: Readonly<Record<string, Overrides>> = {
  'preset, 3 Mixer blocks': {},
  'no blocks': { generator: { numBlocks: 0 } },
  '1 Mixer block': { generator: { numBlocks: 1 } },
  '6 Mixer blocks': { generator: { numBlocks: 6 } },
  '9 Mixer blocks': { generator: { numBlocks: 9 } },
  '3 residual blocks': convolutions(3),
  '9 residual blocks': convolutions(9),
  'no identity loss': { identityWeight: 0 },
  'identity loss 1': { identityWeight: 1 },
  'cycle loss 2': { cycleWeight: 2 },
  'cycle loss 5': { cycleWeight: 5 },
  'least squares, no penalty': { loss: 'lsgan', penalty: { kind: 'none' } },
  'changes of the picture': { generator: { skip: true, residual: true } },
  cyclegan: asJson(cycleganRecipe) as Overrides,
};

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1800' },
    seeds: { type: 'string', default: '0,1,2' },
    out: { type: 'string', default: 'ablation.jsonl' },
    extractor: { type: 'string' },
    only: { type: 'string' },
  },
});
const { out, only } = values;
const seconds = Number(values.seconds);
const known = await readFile(out, 'utf8').catch(() => '');
const done = new Set(
  known
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { variant, seed } = JSON.parse(line) as { variant: string; seed: number };
      return `${variant} ${seed}`;
    }),
);
const { engine } = await openEngine('onnx', undefined, { threads: 1 });
const extractors = values.extractor ? [await openExtractorFile(engine, values.extractor)] : [];
const data = await loadDomains(preset.data, { imageSize: preset.imageSize });

for (const seed of values.seeds.split(',').map(Number)) {
  for (const [variant, changes] of Object.entries(variants)) {
    if (done.has(`${variant} ${seed}`) || (only !== undefined && only !== variant)) continue;
    const changed = mergeOverrides(translationConfigSchema, asJson(preset), changes, variant);
    const {
      preset: _,
      kind: __,
      ...config
    } = parseConfig(...([translationConfigSchema, changed, variant] as const));
    const up = new AbortController();
    const began = process.cpuUsage();
    const { checkpoint, steps } = await trainTranslation({
      ...{ data, engine, signal: up.signal },
      // Rates stay as they are: how many steps there will be is not known.
      config: {
        ...{ ...config, seed, steps: 1_000_000 },
        optimiser: { ...config.optimiser, constantShare: 1 },
      },
      onStep() {
        const { user, system } = process.cpuUsage(began);
        if (user + system > 1e6 * seconds) up.abort();
      },
    });
    const trained = await openTranslation(checkpoint, { engine });
    const { aToB, bToA } = await trained.evaluate(data, { extractors });
    await trained.dispose();
    const line = { variant, seed, steps, seconds, aToB, bToA };
    await appendFile(out, `${JSON.stringify(line)}\n`);
  }
}
