import { buildModel, officialSizes } from '../../../classifier/architectures/registry.js';
import { classifierPresets } from '../../../classifier/presets.js';
import { ganPresets } from '../../../gan/presets.js';
import { UsageError } from '../../errors.js';
import { withAbstractModel } from '../../mixer/abstract.js';
import type { ModelSizes } from '../../mixer/architecture.js';
import { type ModelSummary, summarise } from '../../mixer/summary.js';
import { grouped } from '../../text.js';
import { layerTable, mega } from '../layer-table.js';
import { summariseConfig } from '../model-summary.js';
import { report, table } from '../output.js';

/** What the presets see that train on the digits. */
const digits: ModelSizes = { imageShape: [28, 28, 1], numClasses: 10 };

interface Entry {
  readonly name: string;
  readonly what: string;
  readonly summary: () => ModelSummary;
}

function entries(): Entry[] {
  const trained = [...Object.values(classifierPresets), ...Object.values(ganPresets)];
  const names = new Set(trained.map(({ preset }) => preset));
  return [
    ...trained.map((config) => {
      const sizes: ModelSizes = officialSizes[config.preset] ?? digits;
      return {
        name: config.preset,
        what: config.kind === 'gan' ? `GAN, ${sizes.imageShape.join('×')}` : describe(sizes),
        summary: () => summariseConfig(config, sizes),
      };
    }),
    ...Object.entries(officialSizes)
      .filter(([name]) => !names.has(name))
      .map(([name, { model, ...sizes }]) => ({
        name,
        what: describe(sizes),
        summary: () => withAbstractModel((init) => buildModel(model, sizes, { init }), summarise),
      })),
  ];
}

const describe = ({ imageShape, numClasses }: ModelSizes): string =>
  `classifier, ${imageShape.join('×')}, ${grouped(numClasses)} classes`;

/** `mixgan summary [PRESET]` */
export function summary(preset: string | undefined, flags: { readonly json?: boolean }): void {
  const known = entries();
  if (preset === undefined) {
    const rows = known.map(({ name, what, summary }) => {
      const { parameters, flops } = summary();
      return { name, what, parameters, flops };
    });
    report(flags.json, rows, () =>
      table(
        ['preset', 'model', 'parameters', 'MFLOPs'],
        rows.map((row) => [row.name, row.what, grouped(row.parameters), mega(row.flops)]),
      ),
    );
    return;
  }
  const entry = known.find(({ name }) => name === preset);
  if (entry === undefined) {
    const names = known.map(({ name }) => name).join(', ');
    throw new UsageError(`there is no preset ${preset}; there are ${names}`);
  }
  const model = entry.summary();
  report(flags.json, model, () => layerTable(model));
}
